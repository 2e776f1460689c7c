/*
 * fakehub.ts -- a small hub for tests of the SDK and the pages: log-in, tokens,
 * numbered messages with resume, and whatever a test makes it say. It serves
 * web/dist under the same Content-Security-Policy as the real one.
 */
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { WebSocketServer } from "ws";
import type { WebSocket } from "ws";
import { health } from "./conversations.js";
import type { Wire } from "./conversations.js";

export const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
  + "font-src 'self'; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'self'; "
  + "frame-ancestors 'self'";

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".json": "application/json",
};

export const aoki: Wire = {
  id: "u-1", name: "aoki", display: "青木 さくら", role: "agent", lang: "ja", lines: ["201"], watch: [],
};

export interface Peer { socket: WebSocket; hello: Wire; heard: Wire[] }

type Handler = (peer: Peer, message: Wire) => void;

export class FakeHub {
  epoch = "epoch-1";
  user: Wire = aoki;
  capabilities: Wire = { dial: true, answer: false, hangup: true, hold: false, transfer: false, consult: false };
  settable: string[] = [];
  peers: Peer[] = [];
  /* Every hello that came, also of peers that have gone. */
  hellos: Wire[] = [];
  heard: Wire[] = [];
  snapshot: Wire = {
    conversations: [], lines: [{ line: "201", state: "idle" }], pops: [], health: health(),
  };
  calls: (query: URLSearchParams) => Wire = () => ({ calls: [], next: null });
  contacts: (number: string) => Wire = () => ({ status: "none", reason: null, matches: [] });
  /* Further answers, by path under /api/v1: GET and what changes something alike. */
  answers: Record<string, (query: URLSearchParams, body: Wire | null, method: string) => Wire> = {};
  requests: string[] = [];
  onMessage: Handler = () => undefined;
  /* What is left out of welcome and resume, for tests that play a silent hub. */
  mute = false;
  refuseTokens = false;
  sessionGone = false;
  dist = "";
  /* The server's clock, ms. */
  now: () => number = Date.now;
  pages: Record<string, string> = {};

  private seq = 0;
  private numbered: Wire[] = [];
  private tokens = new Set<string>();
  private nextToken = 1;
  private waiters: { test: () => boolean; done: () => void }[] = [];

  private constructor(private readonly http: Server, private readonly wss: WebSocketServer) {}

  static async start(host = "127.17.0.1", port = 0): Promise<FakeHub> {
    const http = createServer();
    const wss = new WebSocketServer({
      server: http, path: "/ws", handleProtocols: (p) => (p.has("ringbridge.v1") ? "ringbridge.v1" : false),
    });
    const hub = new FakeHub(http, wss);
    http.on("request", (q: IncomingMessage, a: ServerResponse) => void hub.answer(q, a));
    wss.on("connection", (socket) => hub.join(socket));
    await new Promise<void>((ok, bad) => http.once("error", bad).listen(port, host, ok));
    return hub;
  }

  get base(): string {
    const a = this.http.address() as AddressInfo;
    return `http://${a.address}:${a.port}`;
  }

  get port(): number {
    return (this.http.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    for (const c of this.wss.clients) c.terminate();
    this.wss.close();
    this.http.closeAllConnections();
    await new Promise((f) => this.http.close(f));
  }

  /* Number a message, remember it for resume, send it to all. */
  publish(message: Wire): number {
    const m = { ...message, seq: ++this.seq };
    this.numbered.push(m);
    for (const p of this.peers) p.socket.send(JSON.stringify(m));
    this.wake();
    return m.seq;
  }

  /* Not numbered: results, errors, rubbish. */
  say(message: Wire | string): void {
    for (const p of this.peers)
      p.socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  change(conversation: Wire): void {
    const rest = (this.snapshot["conversations"] as Wire[]).filter((c) => c["id"] !== conversation["id"]);
    this.snapshot = { ...this.snapshot, conversations: [...rest, conversation] };
    this.publish({ type: "change", conversation });
  }

  pop(conversation: string, more: Wire = {}): void {
    this.publish({ type: "pop", id: `pop-${conversation}`, conversation, line: "201", why: "ringing", here: true, ...more });
  }

  withdraw(conversation: string, why: string): void {
    this.publish({ type: "pop_withdrawn", id: `pop-${conversation}`, conversation, line: "201", why });
  }

  result(id: string, more: Wire): void {
    this.publish({ type: "result", id, ...more });
  }

  breakAll(): void {
    for (const c of this.wss.clients) c.terminate();
  }

  /* Resolves as soon as test() holds; looked at after everything that happens here. */
  async until(test: () => boolean, what = "condition"): Promise<void> {
    if (test()) return;
    let done: () => void = () => undefined;
    const happened = new Promise<void>((f) => (done = f));
    this.waiters.push({ test, done });
    const limit = setTimeout(() => {
      throw new Error(`not in 10 s: ${what}`);
    }, 10_000);
    await happened;
    clearTimeout(limit);
  }

  private wake(): void {
    this.waiters = this.waiters.filter((w) => {
      if (!w.test()) return true;
      w.done();
      return false;
    });
  }

  private join(socket: WebSocket): void {
    socket.on("message", (data) => {
      const m = JSON.parse(String(data)) as Wire;
      const peer = this.peers.find((p) => p.socket === socket);
      if (!peer) this.hello(socket, m);
      else {
        peer.heard.push(m);
        this.heard.push(m);
        if (m["type"] === "ping" && !this.mute) socket.send(JSON.stringify({ type: "pong", at: m["at"] }));
        this.onMessage(peer, m);
      }
      this.wake();
    });
    socket.on("close", () => {
      this.peers = this.peers.filter((p) => p.socket !== socket);
      this.wake();
    });
  }

  private hello(socket: WebSocket, hello: Wire): void {
    this.hellos.push(hello);
    if (!this.tokens.delete(String(hello["token"])) || this.refuseTokens) {
      socket.send(JSON.stringify({ type: "error", code: "bad-token", text: "log in again" }));
      socket.close(4401);
      return;
    }
    const peer = { socket, hello, heard: [] };
    const send = (m: Wire): void => socket.send(JSON.stringify(m));
    const resume = hello["resume"] as { epoch: string; seq: number } | undefined;
    send({
      type: "welcome", user: this.user, epoch: this.epoch, seq: this.seq,
      capabilities: this.capabilities, settable: this.settable, resumed: resume?.epoch === this.epoch, ping_s: 25,
      server: { version: "0.1.0", time: new Date(this.now()).toISOString() },
    });
    if (resume?.epoch === this.epoch)
      for (const m of this.numbered) {
        if ((m["seq"] as number) > resume.seq) send(m);
      }
    else send({ type: "snapshot", seq: this.seq, ...this.snapshot });
    this.peers.push(peer);
  }

  private async answer(q: IncomingMessage, a: ServerResponse): Promise<void> {
    const url = new URL(q.url ?? "/", this.base);
    let body = "";
    for await (const piece of q) body += String(piece);
    this.requests.push(`${q.method} ${url.pathname}${url.search}`);
    const json = (status: number, value: Wire): void => {
      a.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
    };
    const refuse = (status: number, code: string): void => json(status, { error: { code, text: code } });
    const user = !this.sessionGone && (q.headers.cookie ?? "").includes("rb_session=s1");
    if (!url.pathname.startsWith("/api/v1")) await this.page(url.pathname, a);
    else if (q.method === "POST" && q.headers["x-ringbridge"] !== "1") refuse(403, "header-missing");
    else if (url.pathname === "/api/v1/login") {
      const { password } = JSON.parse(body) as { password?: string };
      if (password !== "secret") refuse(401, "wrong-name-or-password");
      else {
        this.sessionGone = false;
        a.setHeader("set-cookie", "rb_session=s1; HttpOnly; SameSite=Strict; Path=/");
        json(200, this.user);
      }
    } else if (!user) refuse(401, "log-in");
    else this.rest(url, json, a, q.method ?? "GET", body === "" ? null : JSON.parse(body) as Wire);
    this.wake();
  }

  private rest(
    url: URL, json: (status: number, value: Wire) => void, a: ServerResponse, method: string, body: Wire | null,
  ): void {
    const path = url.pathname.slice("/api/v1".length);
    const answer = this.answers[path];
    if (answer) return json(200, answer(url.searchParams, body, method));
    switch (path) {
      case "/me": return json(200, this.user);
      case "/token": {
        const token = `t${this.nextToken++}`;
        this.tokens.add(token);
        return json(200, { token, expires_at: new Date(Date.now() + 60_000).toISOString() });
      }
      case "/logout":
        a.setHeader("set-cookie", "rb_session=; Max-Age=0; Path=/");
        return json(200, {});
      case "/calls": return json(200, this.calls(url.searchParams));
      case "/contacts": return json(200, this.contacts(url.searchParams.get("number") ?? ""));
      case "/calls.csv":
        a.writeHead(200, { "content-type": "text/csv", "content-disposition": 'attachment; filename="calls.csv"' });
        a.end("start\r\n");
        return;
      default: return json(404, { error: { code: "not-found", text: "no such thing" } });
    }
  }

  private async page(path: string, a: ServerResponse): Promise<void> {
    const file = path === "/" ? "/index.html" : normalize(path);
    try {
      const text = this.pages[path] ?? (await readFile(join(this.dist, file)));
      a.writeHead(200, {
        "content-type": TYPES[extname(file)] ?? "text/html; charset=utf-8",
        "content-security-policy": CSP, "x-content-type-options": "nosniff",
      }).end(text);
    } catch {
      a.writeHead(404).end();
    }
  }
}
