/*
 * lying.test.ts -- F11, F13: a write or a sync fails, once; somebody sets the clock.
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, test } from "node:test";
import { block, buildDir, discard, temporaryFolder } from "../integration/support/place.js";
import { Cleanup, until } from "../integration/support/wait.js";
import { Dice, announce, long } from "./support/dice.js";
import { Fleet, callsPerMinute } from "./support/fleet.js";

const preload = (more: Record<string, string>): Record<string, string> =>
  ({ LD_PRELOAD: join(buildDir, "tests/sim/faultlib.so"), ...more });

const EVENTS = 100;
const HOUR_S = 3600;

describe("a system that lies", () => {
  const cleanup = new Cleanup();
  afterEach(() => cleanup.run());

  async function open(net: string, env: Record<string, string>, journal = ""): Promise<Fleet> {
    const fleet = await Fleet.open({ net, lines: 60, daemon: { env, journal } });
    cleanup.add("the fleet", () => fleet.close());
    return fleet;
  }

  async function someCalls(fleet: Fleet, n: number): Promise<void> {
    const began = (await fleet.sim.count())["begun"] ?? 0;
    await until("calls", async () => ((await fleet.sim.count())["begun"] ?? 0) > began + n, 60_000);
  }

  test("F13: the clock is set forward by an hour and back by two while calls go on", async () => {
    announce("F13");
    const folder = temporaryFolder("clock");
    cleanup.add("a folder", () => discard(folder));
    const clock = join(folder, "ahead");
    writeFileSync(clock, "0\n");
    const fleet = await open(block(69), preload({ FAULTLIB_CLOCK: clock }));
    await fleet.sim.ask(`calls ${callsPerMinute(EVENTS)}`);
    for (const ahead of [HOUR_S, -HOUR_S, 0]) {
      await someCalls(fleet, 20);
      writeFileSync(clock, `${ahead}\n`);
    }
    await someCalls(fleet, 20);
    await fleet.quiet();
    await fleet.settled();
    const v = await fleet.verdict(2 * HOUR_S);
    const durations = await fleet.database.query("SELECT count(*) FROM conversations WHERE ended_at < started_at OR ended_at - started_at > interval '10 minutes'");
    const legs = await fleet.database.query("SELECT count(*) FROM legs WHERE talked_s < 0 OR ring_s < 0 OR talked_s > 600 OR ring_s > 600");
    console.log(`F13: ${v.reported} calls reported: ${v.lost.length} lost, ${v.doubled.length} double, ${v.open.length} open, ${durations[0]?.[0] ?? ""} that end before they begin or last too long, ${legs[0]?.[0] ?? ""} such legs`);
    assert.deepEqual({ lost: v.lost, doubled: v.doubled, open: v.open }, { lost: [], doubled: [], open: [] });
    assert.deepEqual([durations[0]?.[0], legs[0]?.[0]], ["0", "0"]);
    assert.ok(v.reported > 60);
  });

  /* The daemon writes two journals: some of these are inputs, some are records. */
  const dice = new Dice();
  const writes = Array.from({ length: long ? 50 : 3 }, () => dice.between(400, 1200));
  for (const n of writes) {
    test(`F11: write ${n} fails: it is done again, and nothing is missing`, async () => {
      announce("F11");
      const fleet = await open(block(70), preload({ FAULTLIB_WRITE: String(n) }));
      await fleet.sim.ask(`calls ${callsPerMinute(EVENTS)}`);
      await until("that write is behind us", async () =>
        (await fleet.daemon.metric("ringbridge_inputs_total")) + (await fleet.daemon.metric("ringbridge_records_total")) > n + 50, 60_000);
      await someCalls(fleet, 10);
      await fleet.quiet();
      await fleet.settled();
      assert.equal(await fleet.daemon.metric("ringbridge_records_lost_total"), 0);
      await fleet.expectTruth(`F11, write ${n}`, { slack_s: 8 });
    });
  }

  test("F11: a sync fails: it is counted, and an alarm says so", async () => {
    const fleet = await open(block(70), preload({ FAULTLIB_SYNC: "20" }), "fsync_interval = 20ms");
    await fleet.sim.ask(`calls ${callsPerMinute(EVENTS)}`);
    await until("the sync failed, and was counted", async () => (await fleet.daemon.metric("ringbridge_journal_sync_errors_total")) > 0, 60_000);
    await someCalls(fleet, 10);
    await fleet.quiet();
    await fleet.settled();
    await fleet.expectTruth("F11, a sync");
  });
});
