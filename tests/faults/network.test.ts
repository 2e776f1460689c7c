/*
 * network.test.ts -- F5, F6: datagrams are lost, doubled, late and out of order; the PBX
 * forgets, or is dead. When the fault is over, what ringbridge
 * shows is true again within 35 s.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { block } from "../integration/support/place.js";
import { never, until } from "../integration/support/wait.js";
import { announce, long } from "./support/dice.js";
import { Fleet, callsPerMinute } from "./support/fleet.js";

const CONVERGED_MS = 35_000;
const EVENTS = 60;

/* Documents come late and in part: times are theirs, so the truth allows for repeats. */
const SLACK_S = 2;

describe("a bad network", () => {
  let fleet: Fleet;
  before(async () => {
    announce("F5");
    fleet = await Fleet.open({ net: block(63), lines: 60, speed: 300, sip_proxy: true });
  });
  after(() => fleet?.close());

  const faults: [string, string[]][] = [
    ["1 % loss", ["loss 1"]],
    ["30 % loss", ["loss 30"]],
    ["delay, another order, doubles", ["delay 5 80", "reorder 20", "duplicate 20"]],
    ["nothing comes from the PBX", ["cut in"]],
  ];
  for (const [what, commands] of faults) {
    test(`F5: ${what}, then calls that go on are seen as they are within 35 s`, async () => {
      const proxy = fleet.sipProxy;
      assert.ok(proxy);
      await fleet.sim.ask(`calls ${callsPerMinute(EVENTS)}`);
      await proxy.ask(...commands);
      await never("ringbridge gives up", () => !fleet.daemon.running, (long ? 60 : 8) * 1000);
      await proxy.ask("clear");
      const cleared = Date.now();
      await fleet.quiet(40_000);
      await fleet.daemon.watching(CONVERGED_MS);
      await until("nothing goes on", async () => (await fleet.daemon.metric("ringbridge_conversations")) === 0, CONVERGED_MS);
      const took = Date.now() - cleared;
      console.log(`F5 ${what}: as it is ${(took / 1000).toFixed(1)} s after the fault, ${JSON.stringify(await proxy.count())}`);
      await fleet.settled();
      const v = await fleet.verdict(SLACK_S);
      assert.deepEqual({ open: v.open, lost: v.lost }, { open: [], lost: [] });
    });
  }
});

describe("a PBX that dies", () => {
  let fleet: Fleet;
  const LINES = long ? 10_000 : 1000;
  before(async () => {
    announce("F6");
    fleet = await Fleet.open({ net: block(64), lines: LINES, sip_proxy: true, speed: 300 });
  });
  after(() => fleet?.close());

  test("F6: it forgets every subscription, and its calls go on", async () => {
    await fleet.sim.ask(`calls ${callsPerMinute(EVENTS)}`);
    const before = (await fleet.sim.count())["begun"] ?? 0;
    await until("calls", async () => ((await fleet.sim.count())["begun"] ?? 0) > before + 20);
    await fleet.sim.ask("forget");
    await fleet.quiet();
    await until("nothing goes on", async () => (await fleet.daemon.metric("ringbridge_conversations")) === 0, 90_000);
    await fleet.settled();
    const v = await fleet.verdict(SLACK_S);
    assert.deepEqual({ lost: v.lost, doubled: v.doubled, open: v.open }, { lost: [], doubled: [], open: [] });
  });

  test(`F6: dead, with ${LINES} lines: at most 10 datagrams a second; then all are back within 30 s`, async () => {
    const proxy = fleet.sipProxy;
    assert.ok(proxy);
    await proxy.ask("cut both");
    await until("ringbridge knows", async () => (await fleet.daemon.health()).status !== 200, 90_000);
    const out = async (): Promise<number> => (await proxy.count())["out"] ?? 0;
    /* Requests that were under way run out: 64 T1 at most (RFC 3261 section 17.1.2.2). */
    let last = await out();
    let most = 0;
    await never("a storm", async () => {
      const now = await out();
      most = Math.max(most, now - last);
      last = now;
      await new Promise((done) => setTimeout(done, 980));
      return false;
    }, 12_000);
    await proxy.ask("clear");
    const back = Date.now();
    await fleet.daemon.watching(60_000);
    const took = Date.now() - back;
    console.log(`F6: ${most} datagrams/s at most towards a dead PBX with ${LINES} lines; all back after ${(took / 1000).toFixed(1)} s`);
    assert.ok(most <= 10, `${most} datagrams in a second`);
    assert.ok(took <= 30_000, `all lines were back only after ${took} ms`);
  });
});
