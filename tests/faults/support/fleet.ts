/*
 * fleet.ts -- a busy house: pbxsim with many lines, a database, ringbridge, a browser
 * that sees everything, and bad networks in between where a test wants them.
 */
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Daemon } from "../../integration/support/daemon.js";
import type { DaemonOptions } from "../../integration/support/daemon.js";
import { Pbxsim } from "../../integration/support/lab.js";
import { discard, temporaryFolder } from "../../integration/support/place.js";
import { Postgres } from "../../integration/support/postgres.js";
import { Cleanup, until } from "../../integration/support/wait.js";
import type { Watcher } from "../../integration/support/watcher.js";
import { ROWS, check, checkScreen, summary } from "./checker.js";
import type { Row, Verdict } from "./checker.js";
import { seed } from "./dice.js";
import { Proxy } from "./proxy.js";
import { readTruth } from "./truth.js";

export interface FleetOptions {
  net: string; /* a loopback block, "127.19.1" */
  lines: number;
  calls_per_minute?: number; /* 0: none until ask("calls ...") */
  speed?: number; /* percent: how fast people are; default 1000 */
  sim?: string[];
  sip_proxy?: boolean; /* between pbxsim and ringbridge */
  database_proxy?: boolean; /* between ringbridge and PostgreSQL */
  pbx?: Record<string, string>;
  daemon?: Partial<DaemonOptions>;
}

/* A call makes four or five changes of state at a line, so so many calls a minute make
 * about this many events a second. */
export const callsPerMinute = (events_per_s: number): number => Math.round((events_per_s * 60) / EVENTS_A_CALL);
export const EVENTS_A_CALL = 5.2;

export class Fleet {
  readonly cleanup = new Cleanup();
  sipProxy: Proxy | null = null;
  databaseProxy: Proxy | null = null;
  private readonly folder = temporaryFolder("fleet");
  private lives = 0;

  private constructor(readonly o: FleetOptions, readonly database: Postgres, public sim: Pbxsim, readonly daemon: Daemon) {}

  static async open(o: FleetOptions): Promise<Fleet> {
    const cleanup = new Cleanup();
    const database = await Postgres.open(cleanup);
    const proxyFolder = temporaryFolder("pgproxy");
    cleanup.add("a folder", () => discard(proxyFolder));
    const daemon = new Daemon({
      host: `${o.net}.40`, level: "info", pbx: settings(o),
      database: o.database_proxy ? `postgresql:///ringbridge?host=${proxyFolder}&user=ringbridge` : database.url,
      ...o.daemon,
    });
    const fleet = new Fleet(o, database, null as unknown as Pbxsim, daemon);
    fleet.cleanup.add("the rest", () => cleanup.run());
    fleet.cleanup.add("a folder", () => discard(fleet.folder));
    try {
      if (o.database_proxy) fleet.databaseProxy = await Proxy.open("stream", join(proxyFolder, ".s.PGSQL.5432"), database.socket, seed, fleet.cleanup);
      if (o.sip_proxy) fleet.sipProxy = await Proxy.open("udp", `${o.net}.20:5060`, `${o.net}.10:5060`, seed, fleet.cleanup);
      await fleet.startSim();
      fleet.cleanup.add("pbxsim", () => fleet.sim.stop());
      await daemon.run(["migrate"]);
      await daemon.addUser({ name: "kanri", role: "admin", lines: [] });
      await daemon.start(fleet.cleanup);
      await daemon.watching(60_000);
    } catch (e) {
      await fleet.close();
      throw e;
    }
    return fleet;
  }

  private get files(): [string, string] {
    return [join(this.folder, `truth-${this.lives}.jsonl`), join(this.folder, `acks-${this.lives}.jsonl`)];
  }

  /* A PBX that knows nothing of the last one. */
  async startSim(): Promise<void> {
    this.lives++;
    mkdirSync(this.folder, { recursive: true });
    const [truth, acks] = this.files;
    this.sim = new Pbxsim({
      host: `${this.o.net}.10`,
      more: ["--lines", `${FIRST}-${FIRST + this.o.lines - 1}`, "--seed", String(seed), "--calls-per-minute", String(this.o.calls_per_minute ?? 0),
        "--speed", String(this.o.speed ?? 1000), "--unique-numbers", "--shared-call-id", "--quiet", "--truth", truth, "--acks", acks,
        ...(this.o.sip_proxy ? ["--nat"] : []), ...(this.o.sim ?? [])],
    });
    await this.sim.ready();
  }

  async admin(): Promise<Watcher> {
    return this.daemon.watch("kanri");
  }

  /* No new calls; those that go on come to their end. */
  async quiet(within_ms = 60_000): Promise<void> {
    await this.sim.ask("calls 0");
    await until("every call has ended", async () => (await this.sim.count())["calls"] === 0, within_ms);
  }

  /* Ringbridge thinks so too, and the database has it. */
  async settled(within_ms = 60_000): Promise<void> {
    await until("ringbridge knows of no call that goes on", async () => (await this.daemon.metric("ringbridge_conversations")) === 0, within_ms)
      .catch(async (e: unknown) => {
        throw new Error(`${String(e)}; ${JSON.stringify(await this.database.query("SELECT external_number, lines, state, started_at FROM conversations WHERE ended_at IS NULL AND NOT ended_unknown LIMIT 5"))}`);
      });
    await until("the database has everything", async () => (await this.daemon.metric("ringbridge_store_lag_bytes")) === 0, within_ms);
  }

  async rows(): Promise<Row[]> {
    return this.database.json<Row>(ROWS);
  }

  async verdict(slack_s = 1.5): Promise<Verdict> {
    return check(readTruth(...this.files), await this.rows(), { slack_s });
  }

  /* Everything is as it was: nothing lost, double, open, wrong or invented. */
  async expectTruth(what: string, o: { slack_s?: number; watcher?: Watcher } = {}): Promise<Verdict> {
    const v = await this.verdict(o.slack_s);
    console.log(`${what}: ${summary(v)}; datagrams dropped ${await this.daemon.metric("ringbridge_pbx_datagrams_dropped_total")}`);
    const { lost, doubled, open, wrong, invented } = v;
    assert.deepEqual({ lost, doubled, open, wrong, invented }, { lost: [], doubled: [], open: [], wrong: [], invented: [] });
    assert.ok(v.reported > 0, "no call was reported: nothing was tested");
    if (o.watcher) {
      assert.deepEqual(checkScreen(o.watcher.conversations.values(), await this.rows()), []);
      assert.deepEqual(o.watcher.problems, []);
    }
    return v;
  }

  async close(): Promise<void> {
    await this.cleanup.run();
  }
}

const FIRST = 10001;

function settings(o: FleetOptions): Record<string, string> {
  const host = `${o.net}.10`;
  return {
    kind: "generic", lines: `${FIRST}-${FIRST + o.lines - 1}`, country: "JP", area_code: "3", extension_digits: "5",
    sip_servers: `sip:${o.net}.${o.sip_proxy ? 20 : 10}:5060`, sip_domain: host, sip_user: "cti", sip_password: "pwcti",
    sip_local: `${o.net}.40`, sip_pace: "1000", ...o.pbx,
  };
}
