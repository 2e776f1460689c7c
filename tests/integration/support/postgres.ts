/*
 * postgres.ts -- a PostgreSQL of the test's own: a cluster in a temporary folder,
 * reached by a unix socket, never the machine's.
 */
import { execFile, execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { Child } from "./child.js";
import { asServerUser, discard, temporaryFolder } from "./place.js";
import type { Cleanup } from "./wait.js";

const run = promisify(execFile);

function programs(): string {
  const base = "/usr/lib/postgresql";
  const newest = readdirSync(base).sort((a, b) => Number(b) - Number(a))[0];
  if (!newest) throw new Error("PostgreSQL is not installed");
  return join(base, newest, "bin");
}

export class Postgres {
  private readonly folder = temporaryFolder("pg");
  private readonly bin = programs();
  private server: Child | null = null;
  readonly url = `postgresql:///ringbridge?host=${this.folder}&user=ringbridge`;

  static async open(cleanup: Cleanup): Promise<Postgres> {
    const p = new Postgres();
    cleanup.add("PostgreSQL", () => p.close());
    execFileSync(join(p.bin, "initdb"), ["-D", join(p.folder, "data"), "-U", "ringbridge", "-A", "trust", "-E", "UTF8",
      "--locale=C.UTF-8", "--no-sync"], { ...asServerUser, cwd: "/", stdio: "pipe" });
    await p.start();
    await run("createdb", ["-h", p.folder, "-U", "ringbridge", "ringbridge"]);
    return p;
  }

  async start(): Promise<void> {
    this.server = new Child("postgres", join(this.bin, "postgres"),
      ["-D", join(this.folder, "data"), "-k", this.folder, "-c", "listen_addresses=", "-c", "fsync=off"],
      { ...asServerUser, cwd: "/" });
    await this.server.until("PostgreSQL takes connections", () => this.reachable());
  }

  /* Fast shut-down: sessions are thrown out. */
  async stop(): Promise<void> {
    await this.server?.stop("SIGINT");
  }

  /* As on a machine that hangs: it keeps its connections and answers nobody. */
  freeze(): void {
    this.server?.signalFamily("SIGSTOP");
  }

  thaw(): void {
    this.server?.signalFamily("SIGCONT");
  }

  /* As after a power cut of the server: sessions die, the next start recovers. */
  async crash(): Promise<void> {
    await this.server?.stop("SIGQUIT");
  }

  /* Where its socket lies. */
  get socket(): string {
    return join(this.folder, ".s.PGSQL.5432");
  }

  private async reachable(): Promise<boolean> {
    return run(join(this.bin, "pg_isready"), ["-h", this.folder]).then(() => true, () => false);
  }

  /* Rows of unaligned text, columns parted by "|". */
  async query(sql: string): Promise<string[][]> {
    const { stdout } = await run("psql", ["-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", this.url, "-c", sql]);
    return stdout.split("\n").filter((l) => l !== "").map((l) => l.split("|"));
  }

  /* One document a row: the query gives one column of JSON. */
  async json<T>(sql: string): Promise<T[]> {
    const { stdout } = await run("psql", ["-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", this.url, "-c", sql],
      { maxBuffer: 1 << 28 });
    return stdout.split("\n").filter((l) => l !== "").map((l) => JSON.parse(l) as T);
  }

  /* Everything that is in it, for what must not be. */
  async dump(): Promise<string> {
    const { stdout } = await run(join(this.bin, "pg_dump"), ["--data-only", "-d", this.url], { maxBuffer: 1 << 28 });
    return stdout;
  }

  private async close(): Promise<void> {
    await this.stop();
    discard(this.folder);
  }
}
