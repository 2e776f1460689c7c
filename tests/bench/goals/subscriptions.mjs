// P8: what a watched line costs, and whether ten thousand cost ten times as much as one
// thousand. Two daemons side by side, each with its own PBX.
import { Child } from "../lib/child.mjs";
import { Load } from "../lib/load.mjs";
import { Office } from "../lib/office.mjs";
import { addresses, bin, until } from "../lib/place.mjs";
import { median, pairs, spread } from "../lib/stat.mjs";

export const name = "subscriptions";
export const goal = "P8";
export const title = "Subscriptions";

const core = (office) => office.daemon.threads.ringbridge;

async function perNotify(office, calls, rate) {
	const before = await office.load.ask("sip-state"), cpu = core(office);
	const r = await office.load.ask("calls", { rate, n: calls, lines: office.lines, ring_ms: 200, talk_ms: 200, blind: 1 });
	await until("all is answered", async () => (await office.load.ask("sip-state")).waiting === 0);
	const after = await office.load.ask("sip-state");
	return { us: (1e6 * (core(office) - cpu)) / (after.notifies - before.notifies), repeated: after.repeated - before.repeated, unsent: r.unsent };
}

// Refreshes come by themselves: each is SUBSCRIBE, 200, NOTIFY, 200.
async function perRefresh(office, ms) {
	const before = await office.load.ask("sip-state"), cpu = core(office);
	await new Promise((done) => setTimeout(done, ms));
	const after = await office.load.ask("sip-state");
	const n = after.refreshes - before.refreshes;
	return { us: (1e6 * (core(office) - cpu)) / n, n, missed: after.expired - before.expired };
}

// libre's own subscriber.
async function floor(ctx, n) {
	const a = addresses(2), load = new Load(ctx.logs, 2);
	ctx.cleanup(() => load.close());
	await load.sip(n);
	const child = new Child(`sipevent-${n}`, bin("bench_sipevent"), [`${a.pbx}:5060`, a.local, "10000", `${n}`, "1"], { logs: ctx.logs });
	ctx.cleanup(() => child.stop());
	await until("libre's subscriptions are there", () => child.output.split("\n").length > 2 || !child.running, 90_000);
	await load.close();
	return JSON.parse(child.output.split("\n")[0]);
}

export async function run(ctx) {
	const few = ctx.quick ? 100 : 1000, many = ctx.quick ? 400 : 10_000;
	// The same number of refreshes a second in both, so that what is idle costs the same.
	const seconds = ctx.quick ? 8 : 60;
	const small = await Office.open(ctx, `${name}_few`, { lines: few, block: 0, sip: { expires_max: Math.max(2, Math.round((seconds * few) / many)) } });
	const fewRss = small.daemon.rss;
	const large = await Office.open(ctx, `${name}_many`, { lines: many, block: 1, sip: { expires_max: seconds } });
	const bytes = (large.daemon.rss - fewRss) / (many - few);
	const calls = ctx.quick ? 100 : 1000;
	await perNotify(small, calls, 300);
	await perNotify(large, calls, 300);
	// Quick: few lines, which come in a heap; each must have come once.
	const window = ctx.quick ? 1000 * seconds : ctx.ms(4000, 0, 20_000);
	const n = await pairs(ctx.pairs, () => perNotify(large, calls, 300), () => perNotify(small, calls, 300));
	const r = await pairs(ctx.pairs, () => perRefresh(large, window), () => perRefresh(small, window));
	const perN = n.a.map((v, i) => v.us / n.b[i].us), perR = r.a.map((v, i) => v.us / r.b[i].us);
	const missed = [...r.a, ...r.b].reduce((s, v) => s + v.missed, 0);
	await small.close();
	await large.close();
	const libre = [await floor(ctx, few), await floor(ctx, ctx.quick ? 200 : 4000)];
	const libreBytes = (libre[1].rss - libre[0].rss) / (libre[1].active - libre[0].active);
	const rows = [
		{ what: "a line, against libre's sipevent", unit: "kB", product: bytes / 1024, floor: libreBytes / 1024, value: bytes / libreBytes, target: "<= 8 kB", met: bytes <= 8192 },
		{ what: `processor time a NOTIFY, ${many} lines over ${few}`, unit: "us", product: median(n.a.map((v) => v.us)), floor: median(n.b.map((v) => v.us)),
			value: median(perN), spread: spread(perN), target: "<= 1.2", met: median(perN) <= 1.2, drops: n.a.reduce((s, v) => s + v.unsent, 0) },
		{ what: `processor time a refresh, ${many} lines over ${few}`, unit: "us", product: median(r.a.map((v) => v.us)), floor: median(r.b.map((v) => v.us)),
			value: median(perR), spread: spread(perR), target: "<= 1.2", met: median(perR) <= 1.2, drops: missed, note: "drops: subscriptions that ran out" },
		{ what: "libre's sipevent, processor time to subscribe, 4000 over 1000", unit: "us", product: (1e6 * libre[1].cpu) / libre[1].active,
			floor: (1e6 * libre[0].cpu) / libre[0].active, value: libre[1].cpu / libre[1].active / (libre[0].cpu / libre[0].active), note: "for comparison" },
	];
	if (!ctx.quick) rows.push(await fiftyThousand(ctx));
	return { setting: `${few} and ${many} lines in two daemons side by side; ${ctx.pairs} pairs`, rows };
}

async function fiftyThousand(ctx) {
	const begin = Date.now();
	const office = await Office.open(ctx, `${name}_most`, { lines: 50_000, block: 3, pbx: { sip_pace: 5000 } });
	const seconds = (Date.now() - begin) / 1000, rss = office.daemon.rss;
	await perNotify(office, 1000, 300);
	const n = await perNotify(office, 1000, 300);
	await office.close();
	return { what: "50,000 lines: processor time a NOTIFY", unit: "us", product: n.us, value: undefined, drops: n.unsent,
		note: `all watched ${seconds.toFixed(1)} s after the start of the bench, ${(rss / 1e6).toFixed(0)} MB` };
}
