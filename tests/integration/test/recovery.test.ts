/*
 * recovery.test.ts -- a PBX that refuses, is too busy, forgets or keeps silent: the
 * monitor gets its subscriptions in the end, or says what to mend.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Daemon } from "../support/daemon.js";
import { Pbxsim } from "../support/lab.js";
import { block } from "../support/place.js";
import { Postgres } from "../support/postgres.js";
import { Cleanup, never, until } from "../support/wait.js";

const net = block(30);
const cleanup = new Cleanup();
let database: Postgres;

async function withFault(fault: string[], play: (daemon: Daemon, sim: Pbxsim) => Promise<void>): Promise<void> {
  const own = new Cleanup();
  try {
    const sim = new Pbxsim({ host: `${net}.10`, more: ["--lines", "201-202", "--calls-per-minute", "60", "--speed", "400", ...fault] });
    own.add("pbxsim", () => sim.stop());
    await sim.ready();
    const daemon = new Daemon({
      host: `${net}.40`, database: database.url,
      pbx: { kind: "generic", lines: "201-202", sip_servers: `sip:${net}.10:5060`, sip_domain: `${net}.10`, sip_user: "cti",
        sip_password: "pwcti", sip_local: `${net}.40` },
    });
    await daemon.start(own);
    await play(daemon, sim);
  } finally {
    await own.run();
  }
}

describe("a difficult PBX", () => {
  before(async () => {
    database = await Postgres.open(cleanup);
    const first = new Daemon({ host: `${net}.40`, database: database.url, pbx: { kind: "generic", lines: "201", sip_servers: `sip:${net}.10` } });
    await first.run(["migrate"]);
    await first.addUser({ name: "kanri", role: "admin", lines: [] });
  });
  after(() => cleanup.run());

  /* Each of these passes: the monitor watches in the end, and sees a call. */
  const passing: [string, string[]][] = [
    ["too busy twice (503, Retry-After)", ["--fault", "503:2", "--retry-after", "1"]],
    ["wants longer subscriptions (423)", ["--expires-min", "1200"]],
    ["keeps silent once", ["--fault", "silent:1"]],
    ["forgot the subscription (481 to a refresh)", ["--fault", "481:1", "--expires-max", "5"]],
  ];
  for (const [what, fault] of passing) {
    test(what, async () => {
      await withFault(fault, async (daemon, sim) => {
        await daemon.watching(45_000);
        if (fault.includes("--fault")) await until("the fault was played", () => sim.output.includes("fault for line"), 20_000);
        const admin = await daemon.watch("kanri");
        const seen = admin.conversations.size;
        await until("a call after it", () => admin.conversations.size > seen, 30_000);
        admin.client.close();
      });
    });
  }

  /* These do not pass by themselves: health says so. */
  const lasting: [string, string[]][] = [
    ["does not let us subscribe (403)", ["--fault", "403"]],
    ["knows no such extension (404)", ["--fault", "404"]],
    ["has no dialog events (489)", ["--fault", "489"]],
    ["does not know our password (401)", ["--password", "another"]],
  ];
  for (const [what, fault] of lasting) {
    test(what, async () => {
      await withFault(fault, async (daemon) => {
        const began = Date.now();
        await never("it calls itself healthy", async () => (await daemon.health()).status === 200, 1500);
        assert.ok(Date.now() - began < 10_000);
      });
    });
  }
});
