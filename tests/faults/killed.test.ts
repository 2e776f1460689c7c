/*
 * killed.test.ts -- F1: ringbridge is killed with SIGKILL at random moments while 500
 * things happen a second. What was acknowledged is in the log, once.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Fleet, callsPerMinute } from "./support/fleet.js";
import { block } from "../integration/support/place.js";
import { Dice, announce, long } from "./support/dice.js";

const KILLS = long ? 200 : 8;

describe("F1: killed at random", () => {
  let fleet: Fleet;
  before(async () => {
    fleet = await Fleet.open({ net: block(61), lines: 200, speed: 2500, daemon: { database_more: "batch_rows = 500" } });
  });
  after(() => fleet?.close());

  test(`${KILLS} times under 500 events a second`, async () => {
    announce("F1");
    const dice = new Dice();
    const watcher = await fleet.admin();
    await fleet.sim.ask(`calls ${callsPerMinute(500)}`);
    for (let n = 0; n < KILLS; n++) {
      await new Promise((done) => setTimeout(done, dice.between(200, 3000)));
      assert.equal(await fleet.daemon.stop("SIGKILL"), "SIGKILL");
      await fleet.daemon.start();
      await fleet.daemon.watching(60_000);
    }
    await fleet.quiet();
    await fleet.settled();
    await fleet.expectTruth("F1", { watcher });
  });
});
