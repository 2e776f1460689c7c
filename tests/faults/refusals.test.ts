/*
 * refusals.test.ts -- F7, F8: the PBX refuses, forgets, keeps silent or notifies out of turn.
 * What passes by itself is passed; where somebody must act, it asks seldom and says so.
 */
import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { block } from "../integration/support/place.js";
import { never, until } from "../integration/support/wait.js";
import { announce } from "./support/dice.js";
import { Fleet } from "./support/fleet.js";

const LINES = 4;
const SLACK_S = 2;

describe("a PBX that refuses", () => {
  let fleet: Fleet;
  before(async () => {
    announce("F7, F8");
    fleet = await Fleet.open({ net: block(65), lines: LINES, speed: 600, sim: ["--expires-max", "5", "--expires-min", "1", "--retry-after", "1"] });
  });
  after(() => fleet?.close());

  /* Each passes by itself, and calls are watched again. */
  for (const fault of ["481:1", "503:2", "silent:1", "posthumous:1", "early-notify:1", "fork:1"]) {
    test(`F7, F8: ${fault}`, async () => {
      if (/early|fork/.test(fault)) await fleet.sim.ask("forget");
      await fleet.sim.ask(`fault ${fault}`);
      await fleet.sim.ask("calls 60");
      const before = (await fleet.sim.count())["begun"] ?? 0;
      await until("the fault was met, and calls after it", async () => ((await fleet.sim.count())["begun"] ?? 0) >= before + 12, 60_000);
      await fleet.sim.ask("fault none");
      await fleet.daemon.watching(45_000);
      await fleet.quiet();
      await fleet.settled(90_000);
      const v = await fleet.verdict(SLACK_S);
      assert.deepEqual({ lost: v.lost, doubled: v.doubled, open: v.open }, { lost: [], doubled: [], open: [] });
    });
  }

  /* Somebody must act: it asks seldom, and says so. */
  for (const [fault, most] of [["403", 2], ["489", 2], ["302", 2]] as const) {
    test(`F7: ${fault} stops the asking`, async () => {
      await fleet.sim.ask(`fault ${fault}`);
      await fleet.sim.ask("forget");
      await until("no line is watched", async () => (await fleet.daemon.health()).status !== 200, 30_000);
      const asked = async (): Promise<number> => (await fleet.sim.count())["subscribes"] ?? 0;
      const from = await asked();
      await never("it goes on asking", async () => (await asked()) - from > most * LINES, 8000);
      await fleet.sim.ask("fault none");
      await fleet.daemon.stop();
      await fleet.daemon.start();
      await fleet.daemon.watching(30_000);
    });
  }
});
