/*
 * sim.test.ts -- ringbridge watches the demo PBX, and what it logged is compared with
 * what truly happened, call by call.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Conversation, Moment } from "@ringbridge/sdk";
import { dial } from "../support/dialling.js";
import { Office } from "../support/office.js";
import { block, temporaryFolder } from "../support/place.js";
import { until } from "../support/wait.js";

interface Truth {
  id: string;
  epoch: number; /* s, of its start */
  direction: string;
  external: { number: string | null; name: string | null; presentation: string } | null;
  start: number;
  answer: number | null;
  end: number;
  outcome: string;
  lines: { line: string; role: string; rang: [number, number] | null; held: [number, number][]; result: string }[];
}

/* With "asterisk" many are left out, see visible(). */
const ENOUGH = { rfc: 40, asterisk: 25 } as const;

for (const dialect of ["rfc", "asterisk"] as const) {
  describe(`the demo PBX, dialect ${dialect}`, () => {
    const net = dialect === "rfc" ? block(27) : block(28);
    const file = join(temporaryFolder("truth"), "truth.jsonl");
    let office: Office;
    const truth = (): Truth[] => readFileSync(file, "utf8").split("\n").filter(Boolean).map((l) => JSON.parse(l) as Truth);

    before(async () => {
      office = await Office.open({
        net, pbx: "pbxsim",
        sim: ["--dialect", dialect, "--seed", "7", "--calls-per-minute", dialect === "rfc" ? "240" : "60", "--speed", "800", "--truth", file, "--quiet"],
      });
    });
    after(() => office?.close());

    test(`${ENOUGH[dialect]} calls are logged as they were`, async () => {
      const admin = await office.watcher("kanri");
      const began = Date.now();
      /* Calls that began before we watched may be seen from the middle. */
      const late = (t: Truth): boolean => t.epoch * 1000 > began;
      /* A device has one state for all its calls. It does not change for a call that was
       * refused before it rang, and of calls that meet at a phone it does not tell which. */
      const visible = (t: Truth): boolean => dialect === "rfc" ||
        (t.outcome !== "busy" && !truth().some((u) => u.id !== t.id && (meet(t, u))));
      const told = await until(`${ENOUGH[dialect]} calls`, () => {
        const all = truth().filter((t) => late(t) && visible(t));
        return all.length >= ENOUGH[dialect] ? all : null;
      }, 90_000);
      const wrongNow = async (): Promise<string[]> => {
        const page = await admin.session.rest.calls({ from: new Date(began - 2000).toISOString(), limit: 200 });
        const wrong: string[] = [];
        for (const t of told) {
          try {
            check(t, match(t, page.calls), dialect === "rfc");
          } catch (e) {
            wrong.push(`${t.id}: ${e instanceof Error ? e.message : String(e)}`);
          }
        }
        return wrong;
      };
      let wrong: string[] = [];
      await until("all of them in the log", async () => (wrong = await wrongNow()).length === 0, 20_000).catch(() => null);
      assert.deepEqual(wrong, []);
    });
  });
}

describe("click-to-dial on the demo PBX", () => {
  let office: Office;
  before(async () => {
    office = await Office.open({ net: block(29), pbx: "pbxsim", sim: ["--calls-per-minute", "0", "--speed", "500", "--quiet"] });
  });
  after(() => office?.close());

  test("a number that answers, one that is busy, one that does not exist", async () => {
    const aoki = await office.watcher("aoki");
    const ok = await dial(aoki, "03-1234-5678").final();
    assert.equal(ok.state, "done", JSON.stringify(ok));
    await aoki.sees("the call's end", (c) => c.external?.number === "0312345678" && c.state === "ended", 20_000);
    const busy = await dial(aoki, "03-1234-5686").final();
    assert.equal(busy.why, "customer-busy", JSON.stringify(busy));
    const none = await dial(aoki, "03-1234-5604").final();
    assert.equal(none.why, "not-found", JSON.stringify(none));
    assert.equal(aoki.pops.length, 0);
  });
});

/* Two calls at one phone, at the same time or one right after the other. */
function meet(a: Truth, b: Truth): boolean {
  const GAP_S = 0.4;
  return a.epoch < b.epoch + (b.end - b.start) + GAP_S && b.epoch < a.epoch + (a.end - a.start) + GAP_S &&
    a.lines.some((l) => b.lines.some((m) => m.line === l.line));
}

function match(t: Truth, rows: Conversation[]): Conversation {
  const lines = new Set(t.lines.map((l) => l.line));
  const near = rows.filter((r) => Math.abs(Date.parse(String(r.started_at)) - t.epoch * 1000) < 600 &&
    r.legs.some((l) => l.line !== null && lines.has(l.line)));
  /* A line may have had another call in that time. */
  const named = near.filter((r) => (r.external?.number ?? null) === (t.external?.number ?? null));
  const found = named.length ? named : near;
  assert.equal(found.length, 1, `${found.length} rows are this call`);
  return found[0] as Conversation;
}

/* Two processes, and what lies between them. */
function near(moment: Moment | null | undefined, at_ms: number, what: string): void {
  assert.ok(moment && moment !== "unknown", `${what}: the time is ${String(moment)}`);
  const off = Math.abs(Date.parse(moment) - at_ms);
  assert.ok(off <= 400, `${what}: ${moment} is ${off} ms from ${new Date(at_ms).toISOString()}`);
}

/* all: the source tells everything but who pressed what and what was dialled. */
function check(t: Truth, r: Conversation, all: boolean): void {
  if (t.external) {
    assert.equal(r.external?.presentation, t.external.presentation, "presentation");
    if (all || t.lines.some((l) => l.rang)) assert.equal(r.external?.number, t.external.number, "number");
  }
  const at = (s: number): number => (t.epoch + s - t.start) * 1000;
  near(r.ended_at, at(t.end), "end");
  if (t.answer !== null) near(r.answered_at, at(t.answer), "answer");
  if (all) {
    assert.equal(r.direction, t.direction, "direction");
    assert.equal(r.outcome, t.outcome, "outcome");
  }
  for (const line of t.lines) {
    const leg = r.legs.find((l) => l.line === line.line);
    assert.ok(leg, `line ${line.line} took part`);
    if (all) assert.equal(leg.result, line.result, `result of ${line.line}`);
    if (line.rang) near(leg.rang?.[1], at(line.rang[1]), `ring's end at ${line.line}`);
    if (all) assert.equal(leg.held.length, line.held.length, `holds at ${line.line}`);
  }
}
