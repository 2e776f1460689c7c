// office.mjs -- what most benches stand on: a database, people, the PBX, the daemon and
// its browsers.
import { Child } from "./child.mjs";
import { Daemon } from "./daemon.mjs";
import { Load } from "./load.mjs";
import { agents } from "./people.mjs";
import { addresses, bin } from "./place.mjs";

// 10000 and up, in pieces that a range may have.
function ranges(n) {
	const out = [];
	for (let i = 0; i < n; i += 10_000) out.push(`${10_000 + i}-${10_000 + Math.min(n, i + 10_000) - 1}`);
	return out.join(", ");
}

export class Office {
	// o: lines, agents (users with a line each), sip, pbx, web, database, journal, prepare(url)
	static async open(ctx, name, o) {
		const office = new Office();
		ctx.cleanup(() => office.close());
		office.ctx = ctx;
		office.addr = addresses(o.block);
		office.db = `bench_${name}_${o.block ?? 0}`;
		office.url = await ctx.cluster.database(office.db);
		office.lines = o.lines;
		office.daemon = new Daemon({ ...o, url: office.url, logs: ctx.logs, lines: ranges(o.lines) });
		await office.daemon.run(["migrate"]);
		if (o.agents) await agents(office.url, o.agents);
		if (o.prepare) await o.prepare(office.url, office.daemon);
		office.load = new Load(ctx.logs, o.block);
		if (!o.asterisk) await office.load.sip(o.lines, o.sip);
		await office.daemon.start();
		if (!o.asterisk) await office.daemon.watching(o.lines, 120_000);
		return office;
	}

	async browsers(n, more = {}) {
		const r = await this.load.browsers(n, more);
		if (r.failed) throw new Error(`${r.failed} of ${n} browsers did not get in`);
		return r;
	}

	// The relay, with so many connections to it.
	async relay(n) {
		const at = { udp: `${this.addr.floor}:7000`, tcp: `${this.addr.floor}:7001`, back: `${this.addr.floor}:7002` };
		this.floor = new Child("relay", bin("bench_relay"), [at.udp, at.tcp, at.back], { logs: this.ctx.logs });
		await this.floor.until("the relay is ready", () => this.floor.output.includes("ready"));
		await this.load.ask("relay", { n, ...at });
	}

	async close() {
		await this.load?.close();
		await this.floor?.stop();
		await this.daemon?.close();
		if (this.db) await this.ctx.cluster.drop(this.db);
	}
}
