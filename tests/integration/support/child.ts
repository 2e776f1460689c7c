/*
 * child.ts -- a server as a child process: its output is kept, shown when a test
 * fails, and it is ended by its own id.
 */
import { spawn } from "node:child_process";
import type { ChildProcess, SpawnOptions } from "node:child_process";
import { readFileSync } from "node:fs";
import { until } from "./wait.js";

export interface ChildOptions extends Omit<SpawnOptions, "stdio"> {
  commands?: boolean; /* it takes them on its standard input: ask() */
}

export class Child {
  private readonly process: ChildProcess;
  output = "";

  constructor(readonly what: string, command: string, args: string[], options: ChildOptions = {}) {
    const { commands, ...rest } = options;
    this.process = spawn(command, args, { ...rest, stdio: [commands ? "pipe" : "ignore", "pipe", "pipe"] });
    for (const stream of [this.process.stdout, this.process.stderr])
      stream?.on("data", (d: Buffer) => (this.output += d.toString()));
    this.process.on("error", (e) => (this.output += `${e.message}\n`));
  }

  get running(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null && this.process.pid !== undefined;
  }

  /* Waits for a sign of life; a child that ended instead is told with its output. */
  async until(what: string, sign: () => boolean | Promise<boolean>, within_ms = 20_000): Promise<void> {
    await until(what, async () => !this.running || sign(), within_ms).catch((e: unknown) => {
      throw new Error(`${String(e)}\n${this.tail()}`);
    });
    if (!this.running) throw new Error(`${this.what} ended by itself:\n${this.tail()}`);
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  /* One command, answered by "done"; what it says before that. */
  async ask(command: string): Promise<string> {
    const from = this.output.length;
    this.process.stdin?.write(`${command}\n`);
    const said = await until(`${this.what} does "${command}"`, () => {
      const text = this.output.slice(from);
      return /^(done|what\?)$/m.test(text) ? text : null;
    });
    if (/^what\?$/m.test(said)) throw new Error(`${this.what} does not understand "${command}"`);
    return said.replace(/^done\n/m, "");
  }

  signal(signal: NodeJS.Signals): void {
    if (this.running) this.process.kill(signal);
  }

  /* To it and its own children. */
  signalFamily(signal: NodeJS.Signals): void {
    const pid = this.process.pid;
    if (!this.running || !pid) return;
    this.signal(signal);
    for (const child of readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean))
      process.kill(Number(child), signal);
  }

  /* Its exit code, or the signal that it died of. */
  async stop(signal: NodeJS.Signals = "SIGTERM", within_ms = 15_000): Promise<number | string> {
    this.signal(signal);
    try {
      await until(`${this.what} ends`, () => !this.running, within_ms);
    } catch {
      this.process.kill("SIGKILL");
      await until(`${this.what} is killed`, () => !this.running);
    }
    return this.process.exitCode ?? this.process.signalCode ?? "unknown";
  }

  /* Its last words, without the lines that our own asking made. */
  tail(lines = 60): string {
    return this.output.split("\n").filter((l) => !l.includes("/healthz")).slice(-lines).join("\n");
  }
}
