/*
 * daemon.ts -- ringbridge itself: its configuration, its subcommands, its life, and
 * ways in: REST and WebSocket by the project's own SDK.
 */
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { login } from "@ringbridge/sdk/node";
import type { Session } from "@ringbridge/sdk/node";
import WebSocket from "ws";
import { Child } from "./child.js";
import { buildDir, discard, root, temporaryFolder } from "./place.js";
import type { Cleanup } from "./wait.js";
import { until } from "./wait.js";
import { Watcher } from "./watcher.js";

export interface DaemonOptions {
  host: string; /* address of the page and of its SIP side */
  port?: number; /* of the page; default: 8080 */
  database: string;
  pbx: Record<string, string>;
  more?: string; /* further sections */
  journal?: string; /* further keys of [journal] */
  database_more?: string; /* further keys of [database] */
  web?: string; /* further keys of [web] */
  level?: "debug" | "info"; /* of the log; default: debug */
  state?: string; /* a folder for the journals, in place of one of its own */
  wrap?: string[]; /* a program that starts it, with its arguments */
  env?: Record<string, string>; /* what a service manager would say */
}

export interface User {
  name: string;
  role: "agent" | "supervisor" | "admin";
  lines: string[];
}

export const password = (name: string): string => `${name} keeps a long secret`;

export class Daemon {
  private readonly folder = temporaryFolder("rb");
  private child: Child | null = null;
  private readonly watchers: Watcher[] = [];
  /* What all its lives wrote. */
  private past = "";

  constructor(private readonly o: DaemonOptions) {
    mkdirSync(this.state, { recursive: true });
    writeFileSync(this.config, this.text());
  }

  get config(): string {
    return join(this.folder, "ringbridge.conf");
  }

  /* Where its journals lie. */
  get state(): string {
    return this.o.state ?? join(this.folder, "state");
  }

  get base(): string {
    const host = this.o.host.includes(":") ? `[${this.o.host}]` : this.o.host;
    return `http://${host}:${this.o.port ?? 8080}`;
  }

  get log(): string {
    return this.past + (this.child?.output ?? "");
  }

  private text(): string {
    const pbx = Object.entries(this.o.pbx).map(([k, v]) => `${k} = ${v}`).join("\n");
    return `[log]
level = ${this.o.level ?? "debug"}
[journal]
dir = ${this.state}
${this.o.journal ?? ""}
[database]
url = ${this.o.database}
${this.o.database_more ?? ""}
[web]
listen = ${this.o.host}
port = ${this.o.port ?? 8080}
dir = ${join(root, "web/dist")}
${/^contact_url/m.test(this.o.web ?? "") ? "" : "contact_url = https://crm.example/contact/{id}"}
${this.o.web ?? ""}
[dial]
per_minute = 1000
${this.o.more ?? ""}
[pbx main]
${pbx}
`;
  }

  /* Its file as an administrator would edit it; SIGHUP or a start makes it count. */
  edit(change: (text: string) => string): void {
    writeFileSync(this.config, change(readFileSync(this.config, "utf8")));
  }

  signal(signal: NodeJS.Signals): void {
    this.child?.signal(signal);
  }

  /* A subcommand; its standard output. Fails with both outputs. */
  async run(words: string[], input = ""): Promise<string> {
    return new Promise((done, fail) => {
      const child = execFile(join(buildDir, "cti-core/main/ringbridge"), [...words, "--config", this.config],
        { maxBuffer: 1 << 26, timeout: 60_000 }, (e, out, err) => {
          if (e) fail(new Error(`ringbridge ${words.join(" ")}: ${e.message}\n${out}\n${err}`));
          else done(out);
        });
      child.stdin?.end(input);
    });
  }

  async addUser(u: User): Promise<void> {
    const lines = u.lines.length ? ["--lines", u.lines.join(",")] : [];
    await this.run(["user", "add", u.name, "--role", u.role, ...lines], `${password(u.name)}\n`);
  }

  async start(cleanup?: Cleanup): Promise<void> {
    cleanup?.add("ringbridge", () => this.close());
    const words = [...(this.o.wrap ?? []), join(buildDir, "cti-core/main/ringbridge"), "serve", "--config", this.config];
    this.child = new Child("ringbridge", words[0] ?? "", words.slice(1), { env: { ...process.env, ...this.o.env } });
    await this.child.until("ringbridge answers", () => this.answers());
  }

  private async answers(): Promise<boolean> {
    const r = await fetch(`${this.base}/healthz`).catch(() => null);
    return r !== null;
  }

  async health(): Promise<{ status: number; text: string }> {
    const r = await fetch(`${this.base}/healthz`);
    return { status: r.status, text: await r.text() };
  }

  /* It watches all its lines, by all its links. */
  async watching(within_ms = 20_000): Promise<void> {
    let last = "";
    await this.child?.until("ringbridge is healthy", async () => {
      const h = await this.health();
      last = h.text;
      return h.status === 200;
    }, within_ms).catch((e: unknown) => {
      throw new Error(`${last}: ${String(e)}`);
    });
  }

  /* Ends it as a system would, and says how it ended. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<number | string> {
    const child = this.child;
    if (!child) return 0;
    const code = await child.stop(signal);
    this.past += child.output;
    this.child = null;
    return code;
  }

  get pid(): number {
    return this.child?.pid ?? 0;
  }

  get running(): boolean {
    return this.child?.running ?? false;
  }

  async login(name: string): Promise<Session> {
    return login({ base: this.base, name, password: password(name), WebSocket });
  }

  /* A browser without a page. */
  async watch(name: string): Promise<Watcher> {
    const session = await this.login(name);
    const w = new Watcher(session, session.client({ retry_first_ms: 100, retry_most_ms: 500 }));
    this.watchers.push(w);
    return w.online();
  }

  private async close(): Promise<void> {
    for (const w of this.watchers) w.client.close();
    const code = await this.stop();
    if (code !== 0) console.error(`ringbridge ended with ${code}:\n${this.log.split("\n").slice(-80).join("\n")}`);
    discard(this.folder);
    if (code !== 0) throw new Error(`ringbridge ended with ${code}`);
  }

  async metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.base}/metrics`)).text();
    const line = text.split("\n").find((l) => l.startsWith(`${name} `) || l.startsWith(`${name}{`));
    return Number(line?.split(" ").pop() ?? NaN);
  }

  /* The same, of a picture drawn after now: the core draws one a second. */
  async metricFromNow(name: string): Promise<number> {
    const drawn = await this.metric("ringbridge_uptime_seconds");
    await until("the metrics are drawn anew", async () => (await this.metric("ringbridge_uptime_seconds")) > drawn);
    return this.metric(name);
  }

  /* Waits for a line of its log with all these fields. */
  async logged(fields: Record<string, string | RegExp>, within_ms = 10_000): Promise<void> {
    const fits = (text: string, want: string | RegExp): boolean => typeof want === "string" ? text === want : want.test(text);
    await until(`the log has ${Object.entries(fields).map(([k, v]) => `${k}=${String(v)}`).join(" ")}`, () =>
      this.log.split("\n").some((line) => {
        if (!line.startsWith("{")) return false;
        const entry = JSON.parse(line) as Record<string, string>;
        return Object.entries(fields).every(([k, v]) => fits(entry[k] ?? "", v));
      }), within_ms);
  }
}
