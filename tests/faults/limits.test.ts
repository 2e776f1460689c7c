/*
 * limits.test.ts -- F9, F10, F12, F13: browsers that do not read, a full disk, no
 * descriptors left, a clock that jumps.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { afterEach, describe, test } from "node:test";
import { block, iAmRoot, temporaryFolder } from "../integration/support/place.js";
import { Cleanup, never, until } from "../integration/support/wait.js";
import { announce } from "./support/dice.js";
import { Fleet, callsPerMinute } from "./support/fleet.js";

const cpu_s = (pid: number): number => {
  const f = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(f[11]) + Number(f[12])) / 100;
};

describe("limits", () => {
  const cleanup = new Cleanup();
  afterEach(() => cleanup.run());

  async function open(o: Parameters<typeof Fleet.open>[0]): Promise<Fleet> {
    const fleet = await Fleet.open(o);
    cleanup.add("the fleet", () => fleet.close());
    return fleet;
  }

  test("F9: one browser does not read: others are not delayed, and it is brought up to date", async () => {
    announce("F9");
    const fleet = await open({ net: block(66), lines: 100 });
    const good = await fleet.admin();
    const slow = await fleet.daemon.watch("kanri");
    const raw = slow.client as unknown as { socket?: { pause?: () => void; resume?: () => void } };
    raw.socket?.pause?.();
    await fleet.sim.ask(`calls ${callsPerMinute(200)}`);
    const began = (await fleet.sim.count())["begun"] ?? 0;
    await until("calls", async () => ((await fleet.sim.count())["begun"] ?? 0) > began + 200, 60_000);
    raw.socket?.resume?.();
    await fleet.quiet();
    await fleet.settled();
    await fleet.expectTruth("F9", { watcher: good });
    await until("the slow one knows that nothing goes on", () => [...slow.conversations.values()].every((c) => c.state === "ended"), 20_000);
    assert.deepEqual(slow.problems, []);
  });

  test("F9: log-out closes a user's sockets within 5 s", async () => {
    const fleet = await open({ net: block(66), lines: 4 });
    const w = await fleet.admin();
    const told = new Promise<void>((done) => w.client.on("link", (l) => {
      if (l.state !== "online") done();
    }));
    const at = Date.now();
    await w.session.rest.logout();
    await told;
    assert.ok(Date.now() - at <= 5000);
  });

  test("F10: the journal's disk is full: an alarm, no crash, screens go on, nothing acknowledged is lost", { skip: !iAmRoot && "mounting a tmpfs needs root" }, async () => {
    announce("F10");
    const folder = temporaryFolder("full");
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=3m,mode=0777", "none", folder]);
    cleanup.add("the small disk", () => execFileSync("umount", ["-l", folder]));
    mkdirSync(`${folder}/state`);
    const fleet = await open({ net: block(67), lines: 100, daemon: { state: `${folder}/state`, journal: "segment_size = 256K" } });
    const watcher = await fleet.admin();
    await fleet.database.crash(); /* so that the record journal cannot be trimmed */
    await fleet.sim.ask(`calls ${callsPerMinute(200)}`);
    await until("the disk is full, and refused inputs are counted", async () => (await fleet.daemon.metric("ringbridge_inputs_refused_total")) > 0, 90_000);
    await until("an alarm", async () => (await fleet.daemon.metric("ringbridge_alarms")) > 0, 10_000);
    assert.equal((await fleet.daemon.health()).status, 503);
    assert.ok(fleet.daemon.running);
    await fleet.sim.ask("calls 0");
    await fleet.database.start();
    await fleet.quiet(90_000);
    await until("the store has made room", async () => (await fleet.daemon.metric("ringbridge_store_lag_bytes")) === 0, 60_000);
    await until("it is watching again", async () => (await fleet.daemon.health()).status === 200, 120_000);
    await fleet.settled(90_000);
    const lost = await fleet.daemon.metric("ringbridge_records_lost_total");
    const v = await fleet.verdict(60);
    console.log(`F10: ${await fleet.daemon.metric("ringbridge_inputs_refused_total")} inputs refused, ${lost} records lost; lost calls ${v.lost.length}, open ${v.open.length}`);
    assert.deepEqual({ records: lost, lost: v.lost, open: v.open }, { records: 0, lost: [], open: [] });
    assert.ok(watcher.conversations.size > 0);
  });

  test("F12: no descriptors left: it stops accepting, does not spin, and telephony goes on", async () => {
    announce("F12");
    const fleet = await open({ net: block(68), lines: 50, daemon: { wrap: ["prlimit", "--nofile=160:160"], web: "max_clients = 5000" } });
    await fleet.sim.ask(`calls ${callsPerMinute(50)}`);
    const sockets: Socket[] = [];
    cleanup.add("sockets", () => sockets.forEach((s) => s.destroy()));
    for (let n = 0; n < 400; n++) {
      const s = connect({ host: `${fleet.o.net}.40`, port: 8080 });
      s.on("error", () => undefined);
      sockets.push(s);
    }
    const before = (await fleet.sim.count())["begun"] ?? 0;
    const pid = fleet.daemon.pid;
    const cpu = cpu_s(pid);
    const at = Date.now();
    await never("it dies", () => !fleet.daemon.running, 6000);
    const share = (cpu_s(pid) - cpu) / ((Date.now() - at) / 1000);
    const fds = execFileSync("ls", [`/proc/${pid}/fd`]).toString().split("\n").length;
    for (const s of sockets) s.destroy();
    console.log(`F12: ${fds} descriptors of 160, ${(100 * share).toFixed(0)} % of a processor, ${((await fleet.sim.count())["begun"] ?? 0) - before} calls meanwhile`);
    await until("it serves again", async () => (await fleet.daemon.health()).status === 200, 30_000);
    await fleet.quiet();
    await fleet.settled();
    await fleet.expectTruth("F12");
    assert.ok(share < 0.5, "it spins");
  });
});
