// P14: one browser that does not read must be nobody else's trouble.
import { query } from "../lib/cluster.mjs";
import { Office } from "../lib/office.mjs";
import { sleep, until } from "../lib/place.mjs";
import { median, pairs, spread } from "../lib/stat.mjs";

export const name = "slow";
export const goal = "P14";
export const title = "A browser that stops reading";

export async function run(ctx) {
	const n = ctx.quick ? 50 : 1000, rate = ctx.quick ? 50 : 150;
	// Browser n is an admin, who sees every call, with a small window.
	const office = await Office.open(ctx, name, { lines: n, agents: n + 1, prepare: (url) =>
		query(url, `UPDATE users SET role = 'admin' WHERE name = 'u${n}'`) });
	await office.browsers(n);
	await office.load.browsers(1, { first: n, rcvbuf: 4096 });
	const plan = { rate, lines: n, ms: ctx.ms(5000, 1500, 30_000), ring_ms: 300, talk_ms: 500 };
	await office.load.ask("calls", { ...plan, ms: 1000 });
	const resyncs = await office.daemon.metric("hub_resyncs_total"), rss = office.daemon.rss;
	const r = await pairs(ctx.pairs, async () => {
		await office.load.ask("read", { first: n, on: 0 });
		return office.load.ask("calls", plan);
	}, async () => {
		await office.load.ask("read", { first: n, on: 1 });
		await sleep(500);
		return office.load.ask("calls", plan);
	});
	const before = await office.load.ask("clients");
	await office.load.ask("read", { first: n, on: 0 });
	await office.load.ask("calls", { ...plan, rate: 2 * rate });
	const grown = office.daemon.rss - rss;
	await office.load.ask("read", { first: n, on: 1 });
	await until("it has a new picture", async () => (await office.load.ask("clients")).snapshots > before.snapshots, 10_000).catch(() => {});
	const after = await office.load.ask("clients");
	const p99 = r.a.map((v, i) => v.early.p99 / Math.max(1, r.b[i].early.p99));
	return {
		setting: `${n} browsers and one that sees all calls and stops reading for ${plan.ms / 1000} s at a time; ${rate} calls/s; ${ctx.pairs} pairs`,
		rows: [
			{ what: "the others' p99 while it does not read", unit: "ms", product: median(r.a.map((v) => v.early.p99 / 1000)), floor: median(r.b.map((v) => v.early.p99 / 1000)),
				value: median(p99), spread: spread(p99), target: "<= 1.2", met: median(p99) <= 1.2, drops: r.a.reduce((s, v) => s + v.dropped, 0),
				note: "the second figure is the same while it reads" },
			{ what: "one picture in place of what waited", product: after.snapshots - before.snapshots, value: undefined, target: ">= 1, still connected",
				met: after.snapshots > before.snapshots && after.closed_by_server === before.closed_by_server,
				note: `queues given up ${(await office.daemon.metric("hub_resyncs_total")) - resyncs}; the daemon grew by ${(grown / 1e6).toFixed(1)} MB meanwhile` },
		],
		raw: r,
	};
}
