/* sdk.test.ts -- the client against a small hub over real sockets. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { WebSocket } from "ws";
import { HttpError } from "@ringbridge/sdk";
import type { Client, ClientEvents, ClientOptions, Result } from "@ringbridge/sdk";
import { login } from "@ringbridge/sdk/node";
import type { Session } from "@ringbridge/sdk/node";
import { conversation } from "./support/conversations.js";
import type { Wire } from "./support/conversations.js";
import { FakeHub } from "./support/fakehub.js";

let hub: FakeHub;
let session: Session;
let clients: Client[];

/* Fast enough for a test, slow enough to see the order of things. */
const FAST: Partial<ClientOptions> = { retry_first_ms: 10, retry_most_ms: 40, ping_ms: 10_000 };

function client(more: Partial<ClientOptions> = {}): Client {
  const c = session.client({ ...FAST, ...more });
  clients.push(c);
  return c;
}

function next<K extends keyof ClientEvents>(c: Client, name: K): Promise<ClientEvents[K]> {
  return new Promise((f) => {
    const off = c.on(name, (v) => {
      off();
      f(v);
    });
  });
}

async function online(c: Client): Promise<void> {
  const snapshot = next(c, "snapshot");
  c.connect();
  await snapshot;
}

beforeEach(async () => {
  hub = await FakeHub.start();
  session = await login({ base: hub.base, name: "aoki", password: "secret", WebSocket });
  clients = [];
});

afterEach(async () => {
  for (const c of clients) c.close();
  await hub.stop();
});

describe("log-in", () => {
  it("gives the user", () => assert.equal(session.user.name, "aoki"));

  it("refuses a wrong password with the server's code", async () => {
    await assert.rejects(
      login({ base: hub.base, name: "aoki", password: "no", WebSocket }),
      (e) => e instanceof HttpError && e.status === 401 && e.code === "wrong-name-or-password");
  });

  it("says status 0 when nobody answers", async () => {
    await hub.stop();
    await assert.rejects(session.rest.me(), (e) => e instanceof HttpError && e.status === 0);
    hub = await FakeHub.start();
  });
});

describe("connecting", () => {
  it("sends hello with a token that is not in the address", async () => {
    const c = client({ client: "tab-1" });
    await online(c);
    assert.equal(c.link.state, "online");
    assert.deepEqual({ ...hub.hellos[0], token: "" },
      { type: "hello", token: "", client: "tab-1", focused: true, dirty: false });
    assert.ok(hub.requests.every((r) => !r.includes(String(hub.hellos[0]!["token"]))));
  });

  it("asks for a log-in when the session has gone", async () => {
    hub.sessionGone = true;
    const c = client();
    const denied = new Promise<void>((f) => c.on("link", (l) => l.state === "denied" && f()));
    c.connect();
    await denied;
    assert.equal(hub.hellos.length, 0);
  });

  it("takes a new token after 4401", async () => {
    hub.refuseTokens = true;
    const c = client();
    c.connect();
    await hub.until(() => hub.hellos.length === 2, "second try");
    hub.refuseTokens = false;
    await next(c, "snapshot");
    assert.equal(new Set(hub.hellos.map((h) => h["token"])).size, hub.hellos.length);
  });
});

describe("resume", () => {
  it("gets what it missed, each once", async () => {
    const c = client();
    const versions: number[] = [];
    c.on("change", (m) => versions.push(m.conversation.version));
    await online(c);
    hub.publish({ type: "change", conversation: conversation({ version: 1 }) });
    await next(c, "change");
    hub.breakAll();
    await hub.until(() => hub.peers.length === 0);
    hub.publish({ type: "change", conversation: conversation({ version: 2 }) });
    hub.publish({ type: "change", conversation: conversation({ version: 3 }) });
    await new Promise<void>((f) => c.on("change", (m) => m.conversation.version === 3 && f()));
    assert.deepEqual(versions, [1, 2, 3]);
    assert.deepEqual(hub.hellos.at(-1)!["resume"], { epoch: "epoch-1", seq: 1 });
  });

  it("drops what a hub repeats after a resume", async () => {
    const c = client();
    const versions: number[] = [];
    c.on("change", (m) => versions.push(m.conversation.version));
    await online(c);
    hub.publish({ type: "change", conversation: conversation({ version: 1 }) });
    await next(c, "change");
    hub.breakAll();
    await next(c, "welcome");
    hub.say({ type: "change", seq: 1, conversation: conversation({ version: 1 }) });
    hub.publish({ type: "change", conversation: conversation({ version: 2 }) });
    await next(c, "change");
    assert.deepEqual(versions, [1, 2]);
  });

  it("takes a snapshot after its rights changed", async () => {
    const c = client();
    await online(c);
    for (const p of hub.peers) p.socket.close(4403);
    await next(c, "snapshot");
    assert.equal(hub.hellos.at(-1)!["resume"], undefined);
  });

  it("spreads the return of all pages after a restart over five seconds", async () => {
    const c = client({ random: () => 0.5 });
    await online(c);
    for (const p of hub.peers) p.socket.close(1001);
    const waiting = await next(c, "link");
    assert.equal(waiting.state, "waiting");
    assert.ok(Math.abs(waiting.retry_at! - Date.now() - 2500) < 200);
  });

  it("starts over with a snapshot when the hub started anew", async () => {
    const c = client();
    await online(c);
    hub.publish({ type: "change", conversation: conversation() });
    await next(c, "change");
    hub.epoch = "epoch-2";
    hub.breakAll();
    await next(c, "snapshot");
    hub.breakAll();
    await next(c, "welcome");
    assert.equal((hub.hellos.at(-1)!["resume"] as Wire)["epoch"], "epoch-2");
  });

  it("does not count what it has not received yet", async () => {
    const c = client();
    await online(c);
    for (let n = 1; n <= 3; n++) hub.publish({ type: "change", conversation: conversation({ version: n }) });
    await new Promise<void>((f) => c.on("change", (m) => m.conversation.version === 3 && f()));
    /* welcome says seq 3 again; only messages move our own position. */
    hub.breakAll();
    await next(c, "welcome");
    assert.deepEqual(hub.hellos.at(-1)!["resume"], { epoch: "epoch-1", seq: 3 });
  });
});

describe("a dead link", () => {
  it("is found by a ping without an answer", async () => {
    hub.mute = true;
    const c = client({ ping_ms: 40 });
    await online(c);
    await hub.until(() => hub.hellos.length >= 2, "a second connection");
    assert.ok(hub.heard.some((m) => m["type"] === "ping"));
  });

  it("answers the hub's ping", async () => {
    const c = client();
    await online(c);
    hub.say({ type: "ping", at: "2026-11-24T08:41:00Z" });
    await hub.until(() => hub.heard.some((m) => m["type"] === "pong"), "pong");
  });

  it("waits longer each time, never all pages at once", async () => {
    const c = client({ retry_first_ms: 20, retry_most_ms: 80, random: () => 0 });
    await online(c);
    await hub.stop();
    const waits: number[] = [];
    await new Promise<void>((f) => c.on("link", (l) => {
      if (l.state === "waiting") waits.push(Math.round((l.retry_at! - Date.now()) / 10) * 10);
      if (waits.length === 4) f();
    }));
    assert.deepEqual(waits, [10, 20, 40, 40]);
    hub = await FakeHub.start();
  });
});

describe("commands", () => {
  const done = { state: "done", conversation: "0193-a" };

  it("reports progress and one final result", async () => {
    const c = client();
    await online(c);
    hub.onMessage = (_p, m) => {
      if (m["type"] !== "command") return;
      const id = String(m["id"]);
      hub.result(id, { state: "progress", phase: "agent-ringing" });
      hub.result(id, done);
      hub.result(id, { state: "failed", why: "timeout" });
    };
    const seen: Result[] = [];
    c.on("result", (r) => seen.push(r));
    const h = c.dial("+81 (0)3 1234 5678");
    const phases: (string | null)[] = [];
    h.onProgress((r) => phases.push(r.phase));
    const r = await h.result;
    hub.publish({ type: "health", health: hub.snapshot["health"] });
    await next(c, "health");
    assert.equal(r.state, "done");
    assert.deepEqual(phases, ["agent-ringing"]);
    assert.deepEqual(seen.map((s) => s.state), ["progress", "done"]);
    assert.equal(hub.heard.find((m) => m["type"] === "command")!["number"], "+81 (0)3 1234 5678");
  });

  it("sends an open command again with the same id after a break", async () => {
    const c = client();
    await online(c);
    const h = c.dial("0312345678");
    await hub.until(() => hub.heard.some((m) => m["type"] === "command"));
    hub.breakAll();
    hub.onMessage = (_p, m) => m["type"] === "command" && hub.result(String(m["id"]), done);
    assert.equal((await h.result).state, "done");
    const ids = hub.heard.filter((m) => m["type"] === "command").map((m) => m["id"]);
    assert.deepEqual(ids, [h.id, h.id]);
  });

  it("does not ring a phone by surprise: an old command is not repeated", async () => {
    const c = client({ resend_ms: -1 });
    await online(c);
    const h = c.dial("0312345678");
    await hub.until(() => hub.heard.some((m) => m["type"] === "command"));
    hub.breakAll();
    const r = await h.result;
    assert.deepEqual([r.state, r.why], ["failed", "connection-lost"]);
    assert.equal(hub.heard.filter((m) => m["type"] === "command").length, 1);
  });

  it("fails at once without a connection", async () => {
    const r = await client().dial("0312345678").result;
    assert.deepEqual([r.state, r.why], ["failed", "not-connected"]);
  });

  it("confirms and cancels under the same id", async () => {
    const c = client();
    await online(c);
    hub.onMessage = (_p, m) => {
      if (m["verb"] === "dial" && !m["confirmed"])
        hub.result(String(m["id"]), { state: "confirm", why: "needs-confirmation" });
      if (m["verb"] === "cancel") hub.result(String(m["command"]), { state: "failed", why: "cancelled" });
    };
    const h = c.dial("0990123456");
    h.onProgress((r) => r.state === "confirm" && h.confirm());
    await hub.until(() => hub.heard.some((m) => m["confirmed"] === true && m["id"] === h.id));
    h.cancel();
    assert.equal((await h.result).why, "cancelled");
  });

  it("ends what is open when the client is closed", async () => {
    const c = client();
    await online(c);
    const h = c.dial("0312345678");
    c.close();
    assert.equal((await h.result).why, "connection-lost");
  });
});

describe("hostile messages", () => {
  const rubbish: (Wire | string)[] = [
    "", "{", "[]", "null", "1", '"x"', "{}", '{"type":1}', '{"type":"__proto__"}',
    '{"type":"constructor"}', '{"type":"toString"}', '{"type":"launch"}',
    { type: "change" }, { type: "change", seq: -1, conversation: conversation() },
    { type: "change", seq: 1.5, conversation: conversation() },
    { type: "change", seq: 1, conversation: conversation({ state: "flying" }) },
    { type: "change", seq: 1, conversation: conversation({ legs: {} }) },
    { type: "change", seq: 1, conversation: conversation({ started_at: "yesterday" }) },
    { type: "pop", seq: 1, id: 7, conversation: "x", line: "201", why: "", here: true },
    { type: "result", seq: 1, id: "x", state: "perhaps" },
    { type: "snapshot", seq: 9, conversations: "all", lines: [], health: {} },
    `{"type":"change","seq":1,"conversation":${"[".repeat(500)}${"]".repeat(500)}}`,
  ];

  it("are refused one by one, and the connection goes on", async () => {
    const c = client();
    await online(c);
    const problems: string[] = [];
    c.on("problem", (p) => problems.push(p));
    c.on("change", () => assert.fail("must not pass"));
    for (const r of rubbish) hub.say(r);
    hub.publish({ type: "health", health: hub.snapshot["health"] });
    await next(c, "health");
    assert.equal(problems.length, rubbish.length);
    assert.equal(c.link.state, "online");
  });

  it("a listener that throws does not stop the next one", async (t) => {
    const report = t.mock.method(console, "error", () => undefined);
    const c = client();
    c.on("snapshot", () => {
      throw new Error("mine");
    });
    await online(c);
    assert.match(String(report.mock.calls[0]?.arguments[0]), /mine/);
  });
});

describe("focus and notes", () => {
  it("tells changes only, and repeats `dirty` after a reconnect", async () => {
    const c = client();
    await online(c);
    c.focus(true, false);
    c.focus(false, true);
    c.focus(false, true);
    await hub.until(() => hub.heard.some((m) => m["type"] === "focus"));
    hub.breakAll();
    await hub.until(() => hub.hellos.length === 2, "second hello");
    assert.equal(hub.heard.filter((m) => m["type"] === "focus").length, 1);
    assert.deepEqual([hub.hellos[1]!["focused"], hub.hellos[1]!["dirty"]], [false, true]);
  });

  it("says whether a note went out", async () => {
    const c = client();
    assert.equal(c.note("0193-a", "n-1", "call back"), false);
    await online(c);
    assert.equal(c.note("0193-a", "n-1", "call back"), true);
    await hub.until(() => hub.heard.some((m) => m["type"] === "note" && m["text"] === "call back"));
  });
});
