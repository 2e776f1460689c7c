// P15: from the click's frame to the INVITE, over the relay turned round.
import { Office } from "../lib/office.mjs";
import { median, pairs, spread } from "../lib/stat.mjs";

export const name = "dial";
export const goal = "P15";
export const title = "Click to INVITE";

export async function run(ctx) {
	const n = ctx.quick ? 100 : 500, rate = ctx.quick ? 50 : 100;
	const office = await Office.open(ctx, name, { lines: n, agents: n });
	await office.browsers(n);
	await office.relay(n);
	const plan = { rate, lines: n, n: Math.round((rate * ctx.ms(8000, 1000, 60_000)) / 1000) };
	await office.load.ask("dials", { ...plan, n: rate });
	const r = await pairs(ctx.pairs, () => office.load.ask("dials", plan), () => office.load.ask("dials", { ...plan, to: "floor" }));
	const added = r.a.map((v, i) => (v.late.p50 - r.b[i].late.p50) / 1000), p99 = r.a.map((v, i) => v.late.p99 / Math.max(1, r.b[i].late.p99));
	const drops = r.a.reduce((s, v) => s + v.sent - v.seen, 0);
	return {
		setting: `${n} agents, ${rate} clicks/s; ${ctx.pairs} pairs of ${plan.n}`,
		rows: [
			{ what: "p50, added", unit: "ms", product: median(r.a.map((v) => v.late.p50 / 1000)), floor: median(r.b.map((v) => v.late.p50 / 1000)), value: median(added),
				spread: spread(added), target: "<= 1 ms", met: median(added) <= 1, drops },
			{ what: "p99, ratio", unit: "ms", product: median(r.a.map((v) => v.late.p99 / 1000)), floor: median(r.b.map((v) => v.late.p99 / 1000)), value: median(p99),
				spread: spread(p99), target: "<= 3", met: median(p99) <= 3, drops },
		],
		raw: r,
	};
}
