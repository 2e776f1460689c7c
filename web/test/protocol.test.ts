/* protocol.test.ts -- the guards over schema/ws/examples, which the C tests read too. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { decode } from "@ringbridge/sdk";
import { conversation } from "./support/conversations.js";

const dir = join(process.env["WEB_ROOT"] ?? ".", "../schema/ws/examples");
const files = readdirSync(dir).filter((f) => f.endsWith(".json"));
const read = (f: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(dir, f), "utf8")) as Record<string, unknown>;

const FROM_HUB = [
  "welcome", "snapshot", "change", "pop", "pop_withdrawn", "result", "health", "ping", "pong", "error",
];
const TO_HUB = ["hello", "pop_ack", "focus", "command", "note", "ping", "pong"];

/* Every field of got that is not null says the same as the example. */
function agree(got: unknown, want: unknown, path: string): void {
  if (Array.isArray(got)) {
    assert.equal(got.length, (want as unknown[]).length, path);
    got.forEach((g, i) => agree(g, (want as unknown[])[i], `${path}[${i}]`));
  } else if (typeof got === "object" && got !== null)
    for (const [k, v] of Object.entries(got)) {
      const w = (want as Record<string, unknown>)[k];
      if (w === undefined) assert.ok(v === null || (Array.isArray(v) && v.length === 0), `${path}.${k}`);
      else agree(v, w, `${path}.${k}`);
    }
  else assert.equal(got, want, path);
}

describe("schema/ws/examples", () => {
  it("has an example of every message", () => {
    const types = new Set(files.map((f) => read(f)["type"]));
    for (const t of [...FROM_HUB, ...TO_HUB]) assert.ok(types.has(t), t);
  });

  for (const f of files) {
    const example = read(f);
    if (!FROM_HUB.includes(String(example["type"]))) continue;
    it(`${f} passes whole`, () => {
      const d = decode(JSON.stringify(example));
      assert.ok(d.ok, d.ok ? "" : d.problem);
      assert.deepEqual(d.problems, []);
      agree(d.message, example, f);
    });

    it(`${f} with any field of a wrong kind never throws`, () => {
      for (const key of Object.keys(example))
        for (const bad of [null, 7, "x", [], {}, true, -1, 1e300])
          assert.equal(typeof decode(JSON.stringify({ ...example, [key]: bad })).ok, "boolean");
    });

    it(`${f} cut off anywhere is refused`, () => {
      const text = JSON.stringify(example);
      for (let n = 0; n < text.length; n += 7) assert.equal(decode(text.slice(0, n)).ok, false);
    });
  }

  it("ignores fields it does not know", () => {
    const d = decode(JSON.stringify({ ...read("pop.json"), colour: "red", __proto__x: 1 }));
    assert.ok(d.ok && !("colour" in d.message));
  });
});

describe("guards", () => {
  it("leave one bad conversation out of a snapshot, not all", () => {
    const snapshot = read("snapshot.json");
    const d = decode(JSON.stringify({
      ...snapshot, conversations: [conversation({ id: "good" }), conversation({ state: "?" })],
    }));
    assert.ok(d.ok && d.message.type === "snapshot");
    assert.deepEqual(d.message.conversations.map((c) => c.id), ["good"]);
    assert.equal(d.problems.length, 1);
    assert.match(d.problems[0]!, /conversations\[1\]\.state/);
  });

  it("never let a withheld number through", () => {
    for (const presentation of ["withheld", "payphone", "interaction", "unavailable"]) {
      const leaky = conversation({ external: {
        number: "0312345678", e164: "+81312345678", display: "03-1234-5678", name: "YAMADA",
        presentation, source: "ami",
      } });
      const d = decode(JSON.stringify({ type: "change", seq: 1, conversation: leaky }));
      assert.ok(d.ok && d.message.type === "change");
      assert.deepEqual(d.message.conversation.external, {
        number: null, e164: null, display: null, name: null, presentation, source: "ami",
      });
    }
  });

  it("do not touch prototypes", () => {
    const d = decode('{"type":"error","code":"x","text":"y","__proto__":{"polluted":1}}');
    assert.ok(d.ok);
    assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
    assert.equal(Object.getPrototypeOf(d.message), Object.prototype);
  });
});
