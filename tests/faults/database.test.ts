/*
 * database.test.ts -- F2, F3, F4: PostgreSQL is killed, stands still, or is cut off right
 * behind a COMMIT while calls go on. Nothing is lost or doubled, and telephony does
 * not wait for it.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { block } from "../integration/support/place.js";
import { never, until } from "../integration/support/wait.js";
import { Dice, announce, long } from "./support/dice.js";
import { Floor } from "./support/floor.js";
import { Fleet, callsPerMinute } from "./support/fleet.js";

const EVENTS = 300;
const CUTS = long ? 1000 : 50;
const DOWN_S = long ? 300 : 15;

describe("the database is in trouble", () => {
  let fleet: Fleet;
  before(async () => {
    announce("F2 to F4");
    fleet = await Fleet.open({ net: block(62), lines: 300, database_proxy: true, daemon: { database_more: "batch_rows = 500" } });
  });
  after(() => fleet?.close());

  let behind = { missing: 0, rate: 1 };

  test(`F2: killed for ${DOWN_S} s, and back`, async () => {
    const watcher = await fleet.admin();
    await fleet.sim.ask(`calls ${callsPerMinute(EVENTS)}`);
    await until("calls are in the database", async () => (await fleet.daemon.metric("ringbridge_store_written_total")) > 20);
    await fleet.database.crash();
    const down = Date.now();
    const seen = watcher.conversations.size;
    const records = await fleet.daemon.metric("ringbridge_records_total");
    await never("ringbridge gives up", () => !fleet.daemon.running, DOWN_S * 1000);
    assert.ok(watcher.conversations.size > seen, "screens go on without the database");
    const rate = ((await fleet.daemon.metric("ringbridge_records_total")) - records) / ((Date.now() - down) / 1000);
    await fleet.quiet();
    const missing = (await fleet.daemon.metric("ringbridge_records_total")) - records;
    await fleet.database.start();
    await fleet.settled(240_000);
    behind = { missing, rate };
    await fleet.expectTruth("F2", { watcher });
  });

  test("F2: it catches up at 5 times real time", async () => {
    const { missing, rate } = behind;
    const { took_s, factor } = await catchUp(fleet, missing, rate);
    console.log(`F2: ${missing} records that had come at ${rate.toFixed(0)}/s caught up in ${took_s.toFixed(2)} s, ${factor.toFixed(1)} times real time`);
    assert.ok(factor >= 5);
  });

  test("F3: stands still: telephony does not", async () => {
    const stalls = await fleet.daemon.metric("ringbridge_loop_stall_max_seconds");
    assert.ok(!Number.isNaN(stalls), "the stall is exported");
    await fleet.sim.ask(`calls ${callsPerMinute(EVENTS)}`);
    const floor = new Floor();
    fleet.database.freeze();
    const worst: number[] = [];
    const inputs = await fleet.daemon.metric("ringbridge_inputs_total");
    try {
      await never("ringbridge gives up", async () => {
        worst.push(await fleet.daemon.metric("ringbridge_loop_stall_seconds"));
        return !fleet.daemon.running;
      }, (long ? 120 : 12) * 1000);
    } finally {
      fleet.database.thaw();
    }
    const taken = (await fleet.daemon.metric("ringbridge_inputs_total")) - inputs;
    const most_ms = Math.max(...worst) * 1000;
    const floor_ms = await floor.stop();
    console.log(`F3: longest turn of the loop ${most_ms.toFixed(1)} ms; a thread that does nothing was late by ${floor_ms.toFixed(1)} ms at most; ${taken} inputs meanwhile`);
    assert.ok(taken > EVENTS, "inputs were taken meanwhile");
    /* What the machine itself holds up is not ours. */
    assert.ok(most_ms <= Math.max(50, 3 * floor_ms), `the loop stalled for ${most_ms} ms`);
    await fleet.quiet();
    await fleet.settled();
    await fleet.expectTruth("F3");
  });

  test(`F4: cut ${CUTS} times behind a COMMIT`, async () => {
    const dice = new Dice();
    await fleet.sim.ask(`calls ${callsPerMinute(EVENTS / 3)}`);
    const proxy = fleet.databaseProxy;
    assert.ok(proxy);
    for (let n = 0; n < CUTS; n++) {
      await proxy.ask("commits 1");
      await until("a COMMIT was cut off", async () => (await proxy.count())["commit_cuts"] === n + 1, 20_000);
      await new Promise((done) => setTimeout(done, dice.between(200, 700)));
    }
    await fleet.quiet();
    await fleet.settled(240_000);
    console.log(`F4: ${CUTS} cuts, ${await fleet.daemon.metric("ringbridge_store_repeated_total")} batches of unknown outcome repeated`);
    await fleet.expectTruth("F4");
  });
});

/* How fast the store was, against how fast the calls came. */
async function catchUp(fleet: Fleet, records: number, rate: number): Promise<{ took_s: number; factor: number }> {
  const text = fleet.daemon.log.split("\n").filter((l) => l.includes('"writing from"')).pop() ?? "";
  const back = Date.parse((JSON.parse(text) as { time: string }).time);
  const rows = await fleet.database.query("SELECT extract(epoch FROM max(written_at)) FROM conversations");
  const took_s = Math.max(0.001, Number(rows[0]?.[0]) - back / 1000);
  return { took_s, factor: records / took_s / rate };
}
