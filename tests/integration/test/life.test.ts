/*
 * life.test.ts -- ringbridge under a service manager: ready, fed, reloaded, ended, with
 * calls going on all the time.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { dial } from "../support/dialling.js";
import { Manager } from "../support/manager.js";
import { Office } from "../support/office.js";
import { block } from "../support/place.js";
import { Cleanup, until } from "../support/wait.js";
import type { Watcher } from "../support/watcher.js";

const STOP_MS = 5000;
const cleanup = new Cleanup();
let office: Office;
let manager: Manager;
let original: string;

const both = (w: Watcher, is: (c: { state: string }) => boolean): number =>
  [...w.conversations.values()].filter(is).length;

/* Calls that are over, and calls that go on, have been seen. */
async function busy(name: string): Promise<Watcher> {
  const w = await office.daemon.watch(name);
  await until("calls go on and calls are over", () =>
    both(w, (c) => c.state !== "ended") > 0 && both(w, (c) => c.state === "ended") > 1, 30_000);
  return w;
}

async function moreCalls(w: Watcher): Promise<void> {
  const seen = w.seqs.length;
  await until("calls go on meanwhile", () => w.seqs.length > seen + 10, 20_000);
}

/* Ends it by SIGTERM: within the time, and by itself. */
async function ends(): Promise<void> {
  const asked = Date.now();
  const code = await office.daemon.stop();
  const took = Date.now() - asked;
  assert.equal(code, 0);
  assert.ok(took < STOP_MS, `it took ${took} ms`);
}

async function start(): Promise<void> {
  await office.daemon.start();
  await office.daemon.watching();
}

/* How a call ended, as one text: when, if somebody knows, and what it came to. */
const ending = (ended: string | null, outcome: string | null): string =>
  `${ended === "unknown" ? ended : ended ? "at a known time" : "not yet"}, ${outcome ?? "nobody knows how"}`;

/* All that was seen is in the database, and what was seen to end has ended there as it
 * was seen to. */
async function allKept(w: Watcher): Promise<void> {
  const seen = [...w.conversations.values()].filter((c) => !c.merged_into);
  const kept = new Map((await office.database.json<{ id: string; ended_at: string | null; outcome: string | null }>(
    `SELECT json_build_object('id', id, 'ended_at', CASE WHEN ended_unknown THEN 'unknown' ELSE ended_at::text END, 'outcome', outcome)
       FROM conversations WHERE id IN (${seen.map((c) => `'${c.id}'`).join(",")})`)).map((r) => [r.id, r]));
  assert.deepEqual(seen.filter((c) => !kept.has(c.id)).map((c) => c.id), [], "rows that are missing");
  for (const c of seen.filter((s) => s.state === "ended")) {
    const row = kept.get(c.id);
    assert.equal(ending(row?.ended_at ?? null, row?.outcome ?? null), ending(c.ended_at, c.outcome ?? null), c.id);
  }
}

describe("life under a service manager", () => {
  before(async () => {
    manager = await Manager.open(cleanup);
    office = await Office.open({
      net: block(33), pbx: "pbxsim", sim: ["--seed", "3", "--calls-per-minute", "240", "--speed", "800", "--quiet"],
      env: { NOTIFY_SOCKET: manager.path, WATCHDOG_USEC: "400000" },
    });
  });
  after(async () => {
    await office?.close();
    await cleanup.run();
  });

  test("it says when it is ready, and feeds the watchdog", async () => {
    await manager.hears(["READY=1 STATUS=watching"]);
    await until("the watchdog is fed, again and again", () => manager.told.filter((t) => t === "WATCHDOG=1").length >= 3);
  });

  test("SIGHUP: what can be reloaded is, what cannot is named", async () => {
    const aoki = await office.watcher("aoki");
    assert.notEqual((await dial(aoki, "03-1234-5686").final()).state, "refused");
    office.daemon.edit((text) => {
      original = text;
      return text.replace("[dial]", "[dial]\nagent = internal").replace("port = 8080", "port = 8081");
    });
    office.daemon.signal("SIGHUP");
    await office.daemon.logged({ msg: "setting taken over", section: "dial", key: "agent" });
    await office.daemon.logged({ msg: "this setting needs a restart", section: "web", key: "port" });
    await manager.hears(["RELOADING=1", "READY=1"]);
    const refused = await dial(aoki, "03-1234-5686").final();
    assert.equal(refused.state, "refused");
    assert.equal(refused.why, "number-not-allowed");
  });

  test("SIGHUP with mistakes in the file: all are named, and nothing changes", async () => {
    office.daemon.edit(() => original.replace("[dial]", "[dial]\nagent = nonsense\nper_minut = 3"));
    office.daemon.signal("SIGHUP");
    const mistake = { level: "error", msg: "configuration", file: office.daemon.config, line: /^[0-9]+$/, remedy: /./ };
    await office.daemon.logged({ ...mistake, key: "agent", what: /nonsense/ });
    await office.daemon.logged({ ...mistake, key: "per_minut" });
    await office.daemon.logged({ level: "error", msg: /^reload refused/, mistakes: "2" });
    const aoki = await office.watcher("aoki");
    assert.equal((await dial(aoki, "03-1234-5686").final()).state, "refused");
    office.daemon.edit(() => original);
    office.daemon.signal("SIGHUP");
    await until("the old rule is back", async () => (await dial(aoki, "03-1234-5686").final()).state !== "refused");
  });

  test("SIGTERM in the middle of calls: ended within 5 s, everything in the database", async () => {
    const w = await busy("kanri");
    await ends();
    await manager.hears(["STOPPING=1"]);
    await allKept(w);
    await start();
  });

  test("SIGTERM while the PBX is silent", async () => {
    const w = await busy("kanri");
    office.sim?.signal("SIGSTOP");
    try {
      await ends();
      await allKept(w);
    } finally {
      office.sim?.signal("SIGCONT");
    }
    await start();
  });

  test("SIGTERM while the database is away: what it missed is there after the next start", async () => {
    const w = await busy("kanri");
    await office.database.stop();
    await moreCalls(w);
    await ends();
    await office.database.start();
    await start();
    await until("the store has caught up", () => allKept(w).then(() => true), 20_000);
  });

  test("SIGTERM while the database hangs", async () => {
    const w = await busy("kanri");
    office.database.freeze();
    try {
      await moreCalls(w);
      await ends();
    } finally {
      office.database.thaw();
    }
    await start();
    await until("the store has caught up", () => allKept(w).then(() => true), 20_000);
  });
});
