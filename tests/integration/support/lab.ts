/*
 * lab.ts -- the peers of a test: a real Asterisk, a real Kamailio, or pbxsim, on the
 * loopback block of the test file.
 */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { Child } from "./child.js";
import { buildDir, root } from "./place.js";
import type { Cleanup } from "./wait.js";

const run = promisify(execFile);

/* A block is the first three bytes: "127.18.10". */
export class Lab {
  constructor(readonly kind: "asterisk" | "kamailio", readonly net: string) {}

  get host(): string {
    return `${this.net}.${this.kind === "asterisk" ? 10 : 11}`;
  }

  private async script(...words: string[]): Promise<string> {
    const { stdout } = await run(join(root, "tests/lab", this.kind), words, { timeout: 180_000 });
    return stdout;
  }

  async start(cleanup: Cleanup): Promise<void> {
    await this.stop();
    cleanup.add(this.kind, () => this.stop());
    await this.script("start", this.net);
  }

  async again(): Promise<void> {
    await this.script("start", this.net);
  }

  async stop(): Promise<void> {
    await this.script("stop", this.net);
  }

  async kill(): Promise<void> {
    await this.script("stop", this.net, "KILL");
  }

  /* The file of the authority that signed its certificate. */
  async ca(): Promise<string> {
    return (await this.script("ca", this.net)).trim();
  }

  async cli(...words: string[]): Promise<string> {
    return this.script("cli", this.net, ...words);
  }
}

export interface SimOptions {
  host: string;
  port?: number;
  more?: string[];
}

/* "count a=1 b=2" as numbers by name. */
export function counts(text: string): Record<string, number> {
  return Object.fromEntries([...text.matchAll(/(\w+)=(\d+)/g)].map((m) => [m[1] ?? "", Number(m[2])]));
}

export class Pbxsim {
  private readonly child: Child;

  constructor(o: SimOptions) {
    this.child = new Child("pbxsim", join(buildDir, "tests/sim/pbxsim"), ["--address", o.host, "--port", String(o.port ?? 5060), "--control", ...(o.more ?? [])],
      { commands: true });
  }

  async ready(): Promise<void> {
    await this.child.until("pbxsim is ready", () => this.child.output.includes("ready at"));
  }

  get output(): string {
    return this.child.output;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.signal(signal);
  }

  /* See pbxsim --help, --control. */
  async ask(command: string): Promise<string> {
    return this.child.ask(command);
  }

  async count(): Promise<Record<string, number>> {
    return counts(await this.ask("count"));
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<number | string> {
    return this.child.stop(signal);
  }
}

/* A name server that knows what it is told in dnsmasq's words, and no more. */
export class Names {
  private child: Child | null = null;

  constructor(readonly host: string, readonly port: number) {}

  async start(cleanup: Cleanup, records: string[]): Promise<void> {
    cleanup.add("dnsmasq", () => this.child?.stop());
    this.child = new Child("dnsmasq", "/usr/sbin/dnsmasq", ["--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--no-daemon",
      "--pid-file=", "--log-facility=-", "--log-queries", "--bind-interfaces", `--listen-address=${this.host}`, `--port=${this.port}`, "--local=/test/", ...records]);
    await this.child.until("dnsmasq is ready", () => this.asked.includes("started"));
  }

  /* What it was asked, and what it said. */
  get asked(): string {
    return this.child?.output ?? "";
  }
}
