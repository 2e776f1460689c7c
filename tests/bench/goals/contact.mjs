// P2: the frame that carries the contact, with a million of them in the database.
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { once } from "node:events";
import { pgbench } from "../lib/cluster.mjs";
import { Office } from "../lib/office.mjs";
import { median, quantile, pairs, spread } from "../lib/stat.mjs";

export const name = "contact";
export const goal = "P2";
export const title = "NOTIFY to frame with the contact";

async function csv(path, n) {
	const out = createWriteStream(path);
	out.write("id,name,company,mobile\n");
	for (let i = 0; i < n; i += 1000) {
		let text = "";
		for (let k = i; k < Math.min(n, i + 1000); k++) text += `c${k},Contact ${k},Company ${k % 5000},0801${String(k).padStart(7, "0")}\n`;
		if (!out.write(text)) await once(out, "drain");
	}
	out.end();
	await once(out, "close");
}

// The daemon's own first question, as far as one can ask it in SQL.
const lookup = `\\set n random(0, :max)
SELECT c.id, c.name FROM contact_numbers AS n JOIN contacts AS c ON c.id = n.contact_id WHERE n.e164 = '+81801' || lpad(:n::text, 7, '0');
`;

export async function run(ctx) {
	const n = ctx.quick ? 2000 : 1_000_000, browsers = ctx.quick ? 100 : 1000, rate = ctx.quick ? 50 : 100;
	let seconds = 0;
	const office = await Office.open(ctx, name, { lines: browsers, agents: browsers, prepare: async (url, daemon) => {
		const path = join(daemon.path, "contacts.csv");
		await csv(path, n);
		const begin = Date.now();
		await daemon.run(["import", "contacts", path]);
		seconds = (Date.now() - begin) / 1000;
	} });
	await office.browsers(browsers);
	const plan = { rate, ms: ctx.ms(4000, 1000, 30_000), lines: browsers, ring_ms: 300, talk_ms: 700, contact: 1 };
	await office.load.ask("calls", { ...plan, ms: 1000 });
	const r = await pairs(ctx.pairs, () => office.load.ask("calls", plan), () => pgbench(ctx.cluster, office.db,
		lookup.replace(":max", `${n - 1}`), ctx.quick ? 1 : 2));
	const first = r.a.map((v) => v.early.p50 / 1000), contact = r.a.map((v) => v.contact.p50 / 1000), floor = r.b.map((v) => quantile(v, 0.5) / 1000);
	const over = contact.map((v, i) => (v - first[i]) / floor[i]);
	return {
		setting: `${n.toLocaleString("en-US")} contacts (imported in ${seconds.toFixed(1)} s), ${browsers} browsers, ${rate} calls/s; ${ctx.pairs} pairs`,
		rows: [
			{ what: "p50: the contact after the first frame, over a look-up by pgbench", unit: "ms", product: median(contact.map((v, i) => v - first[i])), floor: median(floor),
				value: median(over), spread: spread(over), target: "<= 1.5", met: median(over) <= 1.5, drops: r.a.reduce((s, v) => s + v.calls - v.contacts, 0) },
			{ what: "p50, p99 of the frame with the contact", unit: "ms", product: median(contact), floor: median(r.a.map((v) => v.contact.p99 / 1000)), value: undefined,
				note: "the second figure is the p99" },
		],
		raw: { a: r.a, floor },
	};
}
