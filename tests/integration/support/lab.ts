/*
 * lab.ts -- the peers of a test: a real Asterisk, a real Kamailio, or pbxsim, on the
 * loopback block of the test file.
 */
import { execFile, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { root, buildDir } from "./place.js";
import type { Cleanup } from "./wait.js";
import { until } from "./wait.js";

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

  async cli(...words: string[]): Promise<string> {
    return this.script("cli", this.net, ...words);
  }
}

export interface SimOptions {
  host: string;
  more?: string[];
}

export class Pbxsim {
  private readonly child: ChildProcess;
  output = "";

  constructor(o: SimOptions) {
    this.child = spawn(join(buildDir, "tests/sim/pbxsim"), ["--address", o.host, ...(o.more ?? [])],
      { stdio: ["ignore", "pipe", "pipe"] });
    this.child.stdout?.on("data", (d: Buffer) => (this.output += d.toString()));
    this.child.stderr?.on("data", (d: Buffer) => (this.output += d.toString()));
  }

  async ready(): Promise<void> {
    await until("pbxsim is ready", () => this.output.includes("ready at"));
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode) return;
    const gone = new Promise((done) => this.child.once("exit", done));
    this.child.kill(signal);
    await gone;
  }
}
