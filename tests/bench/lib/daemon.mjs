// daemon.mjs -- the real ringbridge: its configuration, its life, its figures.
import { execFile } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Child, threadsOf } from "./child.mjs";
import { addresses, folder, ringbridge, root, until } from "./place.mjs";

// "valgrind --tool=callgrind --callgrind-out-file=/tmp/out": to look into it.
const wrap = (process.env.RINGBRIDGE_BENCH_WRAP ?? "").split(" ").filter((w) => w);

const section = (name, keys) => `[${name}]\n${Object.entries(keys).map(([k, v]) => `${k} = ${v}`).join("\n")}\n`;

export class Daemon {
	// o: url, logs, lines, pbx, web, more; the last three are keys of sections.
	constructor(o) {
		const addr = addresses(o.block);
		this.o = o;
		this.at = `${addr.daemon}:8080`;
		this.path = folder("rb");
		this.config = join(this.path, "ringbridge.conf");
		mkdirSync(join(this.path, "state"));
		writeFileSync(this.config, [
			section("log", { level: "info" }),
			section("journal", { dir: join(this.path, "state"), ...o.journal }),
			section("database", { url: o.url, ...o.database }),
			section("web", { listen: addr.daemon, port: 8080, dir: join(root, "web"), max_clients: 15000,
				session: "12h", ...o.web }),
			section("dial", { per_minute: 1000, ...o.dial }),
			section("pbx main", o.asterisk
				? { kind: "asterisk", lines: o.lines, trunks: "itsp", ami_address: `${addr.pbx}:5038`, ami_user: "cti", ami_secret: "secret", country: "JP", area_code: 3 }
				: { kind: "generic", lines: o.lines, sip_servers: `sip:${addr.pbx}:5060`, sip_local: addr.local, sip_user: "cti", country: "JP",
					area_code: 3, sip_pace: 1000, sip_expires: "1h", ...o.pbx }),
		].join("\n"));
	}

	async run(words, options = {}) {
		return new Promise((done, fail) => {
			execFile(ringbridge, [...words, "--config", this.config], { maxBuffer: 1 << 28, ...options }, (e, out, err) => {
				if (e) fail(new Error(`ringbridge ${words.join(" ")}: ${e.message}\n${err}`));
				else done(out);
			});
		});
	}

	async start() {
		const [command, ...words] = [...wrap, ringbridge, "serve", "--config", this.config];
		this.child = new Child("ringbridge", command, words, { logs: this.o.logs });
		await this.child.until("ringbridge answers", () => this.get("/healthz").then(() => true, () => false));
		return this;
	}

	async get(path) {
		const r = await fetch(`http://${this.at}${path}`);
		return { status: r.status, text: await r.text() };
	}

	async metric(name) {
		const { text } = await this.get("/metrics");
		const line = text.split("\n").find((l) => l.startsWith(`ringbridge_${name} `) || l.startsWith(`ringbridge_${name}{`));
		return Number(line?.split(" ").pop() ?? NaN);
	}

	// All its lines are watched.
	async watching(lines, within_ms = 60_000) {
		await this.child.until(`${lines} lines are watched`, async () => (await this.metric("pbx_lines")) >= lines, within_ms);
	}

	// What it has kept is in the database.
	async written(within_ms = 60_000) {
		await until("all is written", async () => (await this.metric("store_lag_bytes")) === 0, within_ms);
		await until("twice", async () => (await this.metric("store_lag_bytes")) === 0, within_ms);
	}

	get pid() { return this.child.pid; }
	get cpu() { return this.child.cpu; }
	get rss() { return this.child.rss; }
	get threads() { return threadsOf(this.pid); }

	async stop(signal) { await this.child?.stop(signal); }

	async close() {
		await this.stop();
		rmSync(this.path, { recursive: true, force: true });
	}
}
