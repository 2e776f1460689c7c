// child.mjs -- a process of ours: its output in a file, its cost from /proc, ended by
// its own id.
import { execFileSync, spawn } from "node:child_process";
import { closeSync, fstatSync, openSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { until } from "./place.mjs";

const ticks = Number(execFileSync("getconf", ["CLK_TCK"]).toString());

// utime + stime of a process, in seconds; 0 once it is gone.
export function cpuOf(pid) {
	try {
		const text = readFileSync(`/proc/${pid}/stat`, "utf8");
		const f = text.slice(text.lastIndexOf(")") + 2).split(" ");
		return (Number(f[11]) + Number(f[12])) / ticks;
	} catch {
		return 0;
	}
}

// Of its threads by name, from schedstat: nanoseconds, not ticks.
export function threadsOf(pid) {
	const sum = {};
	for (const t of readdirSync(`/proc/${pid}/task`)) {
		try {
			const name = readFileSync(`/proc/${pid}/task/${t}/comm`, "utf8").trim();
			const ns = Number(readFileSync(`/proc/${pid}/task/${t}/schedstat`, "utf8").split(" ")[0]);
			sum[name] = (sum[name] ?? 0) + ns / 1e9;
		} catch { /* it has ended */ }
	}
	return sum;
}

export function rssOf(pid) {
	const line = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
	return Number(line?.[1] ?? 0) * 1024;
}

export const fdsOf = (pid) => readdirSync(`/proc/${pid}/fd`).length;

// It and its descendants, as PostgreSQL's processes are.
export function family(pid) {
	const parents = new Map();
	for (const p of readdirSync("/proc")) {
		if (!/^\d+$/.test(p)) continue;
		try {
			const text = readFileSync(`/proc/${p}/stat`, "utf8");
			parents.set(Number(p), Number(text.slice(text.lastIndexOf(")") + 2).split(" ")[1]));
		} catch { /* gone */ }
	}
	const all = [pid];
	for (let i = 0; i < all.length; i++)
		for (const [p, parent] of parents) if (parent === all[i]) all.push(p);
	return all;
}

export class Child {
	constructor(name, command, args, options = {}) {
		this.name = name;
		this.log = join(options.logs, `${name}.log`);
		const fd = openSync(this.log, "a");
		this.begun = fstatSync(fd).size; // others of that name have written before
		this.process = spawn(command, args, { ...options, stdio: [options.stdin ?? "ignore", options.stdout ?? fd, fd] });
		closeSync(fd);
		this.process.on("error", (e) => { this.failed = e; });
	}

	get pid() { return this.process.pid; }
	get running() { return this.process.exitCode === null && this.process.signalCode === null && !this.failed; }
	get output() { return readFileSync(this.log).subarray(this.begun).toString(); }
	get cpu() { return Object.values(threadsOf(this.pid)).reduce((a, b) => a + b, 0); }
	get rss() { return rssOf(this.pid); }

	async until(what, sign, within_ms) {
		await until(what, async () => !this.running || sign(), within_ms).catch((e) => {
			throw new Error(`${e.message}\n${this.tail()}`);
		});
		if (!this.running) throw new Error(`${this.name} ended by itself:\n${this.tail()}`);
		return this;
	}

	async stop(signal = "SIGTERM", within_ms = 20_000) {
		if (!this.running) return;
		this.process.kill(signal);
		await until(`${this.name} ends`, () => !this.running, within_ms).catch(async () => {
			this.process.kill("SIGKILL");
			await until(`${this.name} is killed`, () => !this.running);
		});
	}

	tail(lines = 30) { return this.output.split("\n").slice(-lines).join("\n"); }
}
