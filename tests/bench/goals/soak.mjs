// P13: does it grow? Load, browsers that come and go, and a straight line through the
// resident memory.
import { fdsOf } from "../lib/child.mjs";
import { Office } from "../lib/office.mjs";
import { sleep } from "../lib/place.mjs";
import { slope } from "../lib/stat.mjs";

export const name = "soak";
export const goal = "P13";
export const title = "Memory over time";

export async function run(ctx) {
	const lines = ctx.quick ? 100 : 1000, browsers = ctx.quick ? 50 : 500, rate = ctx.quick ? 50 : 300;
	const warm = ctx.ms(30_000, 1000, 900_000), ms = ctx.ms(60_000, 3000, 2_700_000);
	const office = await Office.open(ctx, name, { lines, agents: browsers, sip: { expires_max: 60 } });
	const idle = office.daemon.rss;
	await office.browsers(browsers);
	const load = office.load.ask("calls", { rate, ms: warm + ms, lines, blind: 1, ring_ms: 300, talk_ms: 700 });
	let over = false;
	const churn = (async () => {
		while (!over) await office.load.browsers(20, { first: 0, rate: 10 });
	})();
	await sleep(warm);
	const fds = fdsOf(office.daemon.pid), times = [], rss = [];
	for (const begin = Date.now(); Date.now() - begin < ms;) {
		times.push((Date.now() - begin) / 3_600_000);
		rss.push(office.daemon.rss / 1e6);
		await sleep(Math.min(1000, ms / 10));
	}
	over = true;
	const r = await load;
	await churn;
	const perHour = slope(times, rss);
	return {
		setting: `${lines} lines, ${rate} calls/s (${3 * rate} NOTIFYs/s), ${browsers} browsers of which 10 a second go and come; ${ms / 1000} s after ${warm / 1000} s`,
		rows: [
			{ what: "idle, with all lines watched", unit: "MB", product: idle / 1e6, value: undefined, target: `<= ${ctx.quick ? 25 : 30} MB`, met: idle / 1e6 <= 30,
				note: "the goal of 20 MB is for a start without lines; each line may take 8 kB" },
			{ what: "growth, by a straight line", unit: "MB/h", product: perHour, value: undefined, target: "<= 1 MB/h in an hour (--long)", drops: r.unsent,
				note: `from ${rss[0]?.toFixed(1)} to ${rss.at(-1)?.toFixed(1)} MB; a minute is too short for a verdict` },
			{ what: "descriptors, at the end over the beginning", product: fdsOf(office.daemon.pid), floor: fds, value: undefined, met: Math.abs(fdsOf(office.daemon.pid) - fds) <= 16 },
		],
		plots: [{ kind: "lines", title: "Resident memory, MB, over the run", x: times.map((t) => `${(t * 3600).toFixed(0)} s`), series: [{ name: "product", y: rss }] }],
	};
}
