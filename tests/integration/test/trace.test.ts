/*
 * trace.test.ts -- "why did it not pop?", live on a real Asterisk: what the REST interface
 * and `ringbridge doctor call` say about one call names who was shown it and who was away.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { row, YAMADA } from "../support/basic.js";
import { Office } from "../support/office.js";
import { block } from "../support/place.js";
import { until } from "../support/wait.js";
import type { Watcher } from "../support/watcher.js";

interface Entry { at: string; what: string; detail: string }

let office: Office;
let aoki: Watcher;

async function traceOf(id: string): Promise<Entry[]> {
  const session = await office.daemon.login("kanri");
  const answer = await session.fetch(`${office.daemon.base}/api/v1/calls/${id}`, { method: "GET" });
  return (JSON.parse(await answer.text()) as { trace: Entry[] }).trace;
}

const of = (trace: Entry[], what: string): string[] => trace.filter((e) => e.what === what).map((e) => e.detail);

/* A customer calls the group 201, 202, 203 and gives up while all three ring. */
async function missedByGroup(): Promise<string> {
  const is = office.fresh();
  const outside = await office.trunk.call("0355501235", YAMADA);
  for (const line of ["201", "202", "203"]) await office.phone(line).incoming();
  const c = await aoki.sees("the group's ring", (x) => is(x) && x.state === "alerting");
  await until("the card is at 201", () => aoki.popsOf(c.id).length > 0);
  outside.cancel();
  await row(office, c.id);
  return c.id;
}

describe("why it did not pop", () => {
  before(async () => {
    office = await Office.open({ net: block(73), pbx: "asterisk", sources: ["sip", "ami"] });
    await office.daemon.addUser({ name: "wada", role: "agent", lines: ["201"] });
    aoki = await office.watcher("aoki");
  });
  after(() => office?.close());

  test("the trace names who was shown the card and who had no page open", async () => {
    const id = await missedByGroup();
    const trace = await traceOf(id);
    assert.ok(of(trace, "delivered").some((d) => d.startsWith("line=201 user=aoki tab=")), JSON.stringify(trace));
    assert.deepEqual(of(trace, "no-session").sort(), ["line=202", "line=203"]);
    assert.deepEqual(of(trace, "away").sort(), ["line=201 user=wada", "line=202 user=baba", "line=203 user=chiba"]);
    assert.equal(of(trace, "pop").length, 3);
    assert.ok(of(trace, "pop-withdrawn").length >= 3, "each card is taken away");
  });

  test("doctor call prints the same decisions, and knows no other call", async () => {
    const id = await missedByGroup();
    const said = await office.daemon.run(["doctor", "call", id]);
    assert.match(said, /inbound {2}missed {2}PBX main/);
    for (const e of await traceOf(id))
      assert.ok(said.includes(`${e.what.padEnd(12)} ${e.detail}`), `${e.what} ${e.detail} in\n${said}`);
    await assert.rejects(office.daemon.run(["doctor", "call", "01936c1e-0000-7000-8000-000000000000"]),
      /there is no call 01936c1e/);
  });
});
