// P11: the whole call log as CSV over HTTP, against psql with the same COPY.
import { spawn } from "node:child_process";
import { one, query } from "../lib/cluster.mjs";
import { agents } from "../lib/people.mjs";
import { Office } from "../lib/office.mjs";
import { median, pairs, spread } from "../lib/stat.mjs";

export const name = "export";
export const goal = "P11";
export const title = "Export";

// Rows as the store writes them.
const fill = (n) => `INSERT INTO conversations (id, pbx, version, direction, state, external_number, external_e164, external_display, presentation,
	dialled, started_at, answered_at, ended_at, outcome, ended_by, lines, unknown, doc)
	SELECT ('0193' || lpad(to_hex(i), 4, '0') || '-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, 'main', 5, 'inbound', 'ended',
	'0801' || lpad(i::text, 7, '0'), '+81801' || lpad(i::text, 7, '0'), '080-1' || lpad(i::text, 7, '0'), 'allowed', '0355501234',
	at, at + interval '5 seconds', at + interval '65 seconds', 'answered', '10000', ARRAY['10000'], '{hold}',
	jsonb_build_object('id', i, 'pbx', 'main', 'state', 'ended', 'text', repeat('x', 400))
	FROM generate_series(0, ${n - 1}) AS i, LATERAL (SELECT timestamptz '2026-01-01' + i * interval '1 second' AS at) AS t`;

async function download(office) {
	const begin = performance.now();
	const r = await fetch(`http://${office.daemon.at}/api/v1/calls.csv`, { headers: { cookie: "rb_session=bench-0" } });
	if (r.status !== 200) throw new Error(`export answers ${r.status}: ${await r.text()}`);
	let first = 0, bytes = 0, lines = 0, rss = 0;
	for await (const piece of r.body) {
		first ||= performance.now() - begin;
		bytes += piece.length;
		for (let i = piece.indexOf(10); i >= 0; i = piece.indexOf(10, i + 1)) lines++;
		rss = Math.max(rss, office.daemon.rss);
	}
	return { first, bytes, lines: lines - 1, seconds: (performance.now() - begin) / 1000, rss };
}

export async function run(ctx) {
	const n = ctx.quick ? 20_000 : ctx.long ? 10_000_000 : 1_000_000, lines = 100;
	const office = await Office.open(ctx, name, { lines, agents: lines, prepare: async (url) => {
		await query(url, "UPDATE users SET role = 'admin' WHERE name = 'u0'");
		await query(url, fill(n));
		await query(url, "VACUUM ANALYZE conversations");
	} });
	await office.browsers(lines);
	const idle = office.daemon.rss;
	// The query is the daemon's own, seen while it runs.
	let copy;
	for (let i = 0; i < 100 && !copy; i++) {
		let busy = true;
		const one_of_them = download(office).finally(() => { busy = false; });
		while (busy && !copy)
			copy = await one(office.url, "SELECT encode(convert_to(query, 'UTF8'), 'hex') FROM pg_stat_activity WHERE query LIKE 'COPY (%' LIMIT 1");
		await one_of_them;
	}
	if (!copy) throw new Error("the export's query was never seen");
	copy = Buffer.from(copy, "hex").toString();
	const psql = async () => {
		const begin = performance.now();
		const child = spawn("psql", ["-X", "-q", "-d", office.url, "-c", copy], { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, PGOPTIONS: "-c TimeZone=UTC" } });
		let rows = 0;
		for await (const piece of child.stdout) for (let i = piece.indexOf(10); i >= 0; i = piece.indexOf(10, i + 1)) rows++;
		return { seconds: (performance.now() - begin) / 1000, lines: rows };
	};
	const r = await pairs(ctx.quick ? 1 : 5, () => download(office), psql);
	const ratio = r.a.map((v, i) => v.lines / v.seconds / (r.b[i].lines / r.b[i].seconds));
	const rss = Math.max(...r.a.map((v) => v.rss)) - idle;
	// Calls while somebody exports.
	const plan = { rate: 100, lines, ms: ctx.ms(5000, 1000, 10_000) };
	const quiet = await office.load.ask("calls", plan);
	let over = false;
	const exporting = (async () => { while (!over) await download(office); })();
	const busy = await office.load.ask("calls", plan);
	over = true;
	await exporting;
	const p99 = busy.early.p99 / Math.max(1, quiet.early.p99);
	return {
		setting: `${n.toLocaleString("en-US")} conversations; ${r.a.length} pairs`,
		rows: [
			{ what: "CSV rows a second, over \\copy", unit: "/s", product: median(r.a.map((v) => v.lines / v.seconds)), floor: median(r.b.map((v) => v.lines / v.seconds)),
				value: median(ratio), spread: spread(ratio), target: ">= 0.7", met: median(ratio) >= 0.7, drops: r.a.reduce((s, v) => s + n - v.lines, 0) },
			{ what: "memory over idle", unit: "MB", product: rss / 1e6, value: undefined, target: "<= 32 MB", met: rss / 1e6 <= 32 },
			{ what: "first byte", unit: "ms", product: median(r.a.map((v) => v.first)), value: undefined, target: "<= 200 ms", met: median(r.a.map((v) => v.first)) <= 200 },
			{ what: "calls during an export, p99", unit: "ms", product: busy.early.p99 / 1000, floor: quiet.early.p99 / 1000, value: p99, target: "<= 1.5", met: p99 <= 1.5,
				drops: busy.dropped, note: "the second figure is the same without an export" },
		],
		raw: r,
	};
}
