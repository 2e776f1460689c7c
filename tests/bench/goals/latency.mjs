// P1: from the NOTIFY's due time to the frame at the browser's socket, over the least
// that can stand between them (floor/relay.c).
import { median, pairs, spread } from "../lib/stat.mjs";
import { Office } from "../lib/office.mjs";

export const name = "latency";
export const goal = "P1";
export const title = "NOTIFY to browser frame";

export const ms = (us) => us / 1000;

// Rows of product against floor, from lists of the load tool's answers.
export function compare(a, b, goals) {
	const of = (list, q) => list.map((r) => r.early[q]);
	const added = median(a.map((r, i) => r.early.p50 - b[i].early.p50));
	const p99 = a.map((r, i) => r.early.p99 / Math.max(1, b[i].early.p99));
	const p999 = a.map((r, i) => r.early.p999 / Math.max(1, b[i].early.p999));
	const floorMoved = Math.max(...of(b, "p99")) / Math.max(1, Math.min(...of(b, "p99")));
	const drops = a.reduce((s, r) => s + r.dropped + r.unsent, 0);
	return [
		{ what: "p50, added", unit: "ms", product: ms(median(of(a, "p50"))), floor: ms(median(of(b, "p50"))),
			value: ms(added), spread: spread(a.map((r, i) => ms(r.early.p50 - b[i].early.p50))),
			target: `<= ${goals.p50_ms} ms`, met: ms(added) <= goals.p50_ms, drops },
		{ what: "p99, ratio", unit: "ms", product: ms(median(of(a, "p99"))), floor: ms(median(of(b, "p99"))),
			value: median(p99), spread: spread(p99), target: `<= ${goals.p99}`, met: median(p99) <= goals.p99, drops,
			note: floorMoved > 2 ? `the floor's own p99 moved by ${floorMoved.toFixed(1)}: read with care` : "" },
		{ what: "p99.9, ratio", unit: "ms", product: ms(median(of(a, "p999"))), floor: ms(median(of(b, "p999"))),
			value: median(p999), spread: spread(p999), target: "<= 3, <= 100 ms",
			met: median(p999) <= 3 && ms(median(of(a, "p999"))) <= 100, drops },
	];
}

export async function run(ctx) {
	const n = ctx.quick ? 100 : 1000, rate = ctx.quick ? 50 : 200;
	const office = await Office.open(ctx, name, { lines: n, agents: n });
	await office.browsers(n);
	await office.relay(n);
	const plan = { rate, ms: ctx.ms(9000, 1000, 100_000), lines: n, ring_ms: 300, talk_ms: 700 };
	await office.load.ask("calls", { ...plan, ms: 1000 }); // warm
	const r = await pairs(ctx.pairs, () => office.load.ask("calls", plan),
		() => office.load.ask("calls", { ...plan, to: "floor" }));
	const quantiles = ["p50", "p90", "p99", "p999", "max"];
	return {
		setting: `${n} lines and browsers, ${rate} calls/s of three NOTIFYs each, ${ctx.pairs} pairs of ` +
			`${plan.ms / 1000} s`,
		rows: compare(r.a, r.b, { p50_ms: 0.5, p99: 2 }),
		plots: [{ kind: "lines", title: "Latency by quantile, ms (each line is one run)", log: true, x: quantiles,
			series: [...r.a.map((v) => ({ name: "product", y: quantiles.map((q) => ms(v.early[q])) })),
				...r.b.map((v) => ({ name: "floor", y: quantiles.map((q) => ms(v.early[q])) }))] }],
		raw: r,
	};
}
