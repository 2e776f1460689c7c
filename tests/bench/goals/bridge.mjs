// P4: the same calls from the same manager interface, to us and to a bridge that is
// written by hand in Node.
import { join } from "node:path";
import { Ami } from "../lib/ami.mjs";
import { Child } from "../lib/child.mjs";
import { number } from "../lib/cluster.mjs";
import { Load } from "../lib/load.mjs";
import { Office } from "../lib/office.mjs";
import { hasPeers } from "../lib/peers.mjs";
import { addresses, here, until } from "../lib/place.mjs";
import { median, pairs, spread } from "../lib/stat.mjs";

export const name = "bridge";
export const goal = "P4";
export const title = "Against a bridge in Node";

async function openPeer(ctx, office, lines) {
	const at = { host: office.addr.peer, port: 7300 };
	const child = new Child("bridge", "node", [join(here, "peer/bridge.mjs"), office.addr.pbx, "5038", at.host, `${at.port}`, office.url], { logs: ctx.logs });
	const load = new Load(ctx.logs, 1);
	ctx.cleanup(async () => { await load.close(); await child.stop(); });
	await child.until("the bridge is connected", () => child.output.includes("ready"));
	await load.ask("connect", { to: `${at.host}:${at.port}`, n: lines, net: office.addr.browsers, bare: 1, protocol: "bare", path: "/", parallel: 1 });
	return { child, load };
}

export async function run(ctx) {
	if (!hasPeers()) return { setting: "left out: the peer's packages cannot be had", rows: [] };
	const lines = 100, rate = ctx.quick ? 40 : 80, n = Math.round((rate * ctx.ms(6000, 1000, 30_000)) / 1000);
	const ami = await new Ami().listen(addresses().pbx, 5038);
	ctx.cleanup(() => ami.close());
	const office = await Office.open(ctx, name, { lines, agents: lines, sip: {}, asterisk: true });
	await office.browsers(lines);
	const peer = await openPeer(ctx, office, lines);
	await until("the daemon has logged in", () => ami.sessions.has("cti"));
	// Not by number: a call whose events come all at once is over before the manager interface
	// could be asked whether its number may be shown, and then it is not.
	const done = (table) => number(office.url, `SELECT count(*) FROM ${table} WHERE ended_at IS NOT NULL AND outcome = 'answered'`);
	const measure = async (user, table, child) => {
		const before = await done(table), cpu = child.cpu;
		const r = await ami.feed(user, n, rate, lines);
		await until("all is written", async () => (await done(table)) - before >= n, 15_000, 200).catch(() => {});
		return { perSecond: r.events / (child.cpu - cpu), lost: n - ((await done(table)) - before) };
	};
	await ami.feed("cti", 20, rate, lines);
	await ami.feed("peer", 20, rate, lines);
	for (const table of ["conversations", "peer_calls"])
		await until("the first calls are written", async () => (await done(table)) >= 20, 15_000, 100);
	const r = await pairs(ctx.pairs, () => measure("cti", "conversations", office.daemon), () => measure("peer", "peer_calls", peer.child));
	const ratio = r.a.map((v, i) => v.perSecond / r.b[i].perSecond);
	const lost = (v) => v.reduce((s, x) => s + x.lost, 0);
	return {
		setting: `${rate} calls/s of ${ami.eventsPerCall} events each, ${lines} browsers; ${n} calls a run, ${ctx.pairs} pairs`,
		rows: [{ what: "events a processor second", unit: "/s", product: median(r.a.map((v) => v.perSecond)), floor: median(r.b.map((v) => v.perSecond)),
			value: median(ratio), spread: spread(ratio), target: ">= 5", met: median(ratio) >= 5, drops: lost(r.a), note: `calls that the peer lost: ${lost(r.b)}` }],
		raw: r,
	};
}
