// cluster.mjs -- a PostgreSQL of our own, with its durability on: what is measured is
// what a user gets. One cluster for the whole run, a database for each bench.
import { execFile, execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { Child, cpuOf, family } from "./child.mjs";
import { asServer, folder, pgBin } from "./place.mjs";

const run = promisify(execFile);
const MAX = { maxBuffer: 1 << 28 };

export class Cluster {
	constructor(logs) {
		this.logs = logs;
		this.path = folder("pg");
		this.bin = pgBin();
	}

	static async open(logs) {
		const c = new Cluster(logs);
		execFileSync(join(c.bin, "initdb"), ["-D", join(c.path, "data"), "-U", "ringbridge", "-A", "trust", "-E", "UTF8",
			"--locale=C.UTF-8"], { ...asServer, cwd: "/", stdio: "pipe" });
		await c.start();
		return c;
	}

	async start() {
		this.server = new Child("postgres", join(this.bin, "postgres"),
			["-D", join(this.path, "data"), "-k", this.path, "-c", "listen_addresses=", "-c", "shared_buffers=256MB",
				"-c", "max_wal_size=4GB", "-c", "checkpoint_timeout=30min", "-c", "track_activity_query_size=16384"], { ...asServer, cwd: "/", logs: this.logs });
		await this.server.until("PostgreSQL takes connections", () =>
			run(join(this.bin, "pg_isready"), ["-q", "-h", this.path]).then(() => true, () => false));
	}

	async stop(signal = "SIGINT") { await this.server.stop(signal, 60_000); }

	url(db) { return `postgresql:///${db}?host=${this.path}&user=ringbridge`; }

	async database(name) {
		await run(join(this.bin, "dropdb"), ["--if-exists", "-f", "-h", this.path, "-U", "ringbridge", name]);
		await run(join(this.bin, "createdb"), ["-h", this.path, "-U", "ringbridge", name]);
		return this.url(name);
	}

	async drop(name) {
		await run(join(this.bin, "dropdb"), ["--if-exists", "-f", "-h", this.path, "-U", "ringbridge", name]);
	}

	// Processor seconds of all its processes.
	get cpu() { return family(this.server.pid).reduce((sum, p) => sum + cpuOf(p), 0); }

	async close() {
		await this.stop("SIGINT").catch(() => {});
		rmSync(this.path, { recursive: true, force: true });
	}
}

// Rows of text columns.
export async function query(url, sql) {
	const { stdout } = await run("psql", ["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", sql], MAX);
	return stdout.split("\n").filter((l) => l !== "").map((l) => l.split("|"));
}
export const one = async (url, sql) => (await query(url, sql))[0]?.[0];
export const number = async (url, sql) => Number(await one(url, sql));

// pgbench with a script; the microseconds of every transaction.
export async function pgbench(cluster, db, script, seconds, clients = 1) {
	const { mkdtempSync, readFileSync, readdirSync, writeFileSync } = await import("node:fs");
	const dir = mkdtempSync(join(cluster.logs, "pgbench-"));
	writeFileSync(join(dir, "script.sql"), script);
	await run(join(cluster.bin, "pgbench"), ["-n", "-M", "prepared", "-c", `${clients}`, "-T", `${seconds}`, "-f",
		join(dir, "script.sql"), "-l", "--log-prefix", join(dir, "log"), "-h", cluster.path, "-U", "ringbridge", db], MAX);
	const us = readdirSync(dir).filter((f) => f.startsWith("log"))
		.flatMap((f) => readFileSync(join(dir, f), "utf8").trim().split("\n").map((l) => Number(l.split(" ")[2])));
	rmSync(dir, { recursive: true, force: true });
	us.sort((a, b) => a - b);
	return us;
}
