// P12: the directory's look-up over the least SQL, and an import over COPY.
import { execFile } from "node:child_process";
import { createWriteStream, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { promisify } from "node:util";
import { one, pgbench, query } from "../lib/cluster.mjs";
import { bin, folder, ringbridge } from "../lib/place.mjs";
import { median, pairs, quantile, spread } from "../lib/stat.mjs";

const exec = promisify(execFile);
const MAX = { maxBuffer: 1 << 28 };

export const name = "lookup";
export const goal = "P12";
export const title = "whose number is it: look-up and import";

// One in five is a fixed line, as in an address book of firms.
async function csv(path, n) {
	const out = createWriteStream(path);
	out.write("id,name,company,mobile,tel\n");
	for (let i = 0; i < n; i += 1000) {
		let text = "";
		for (let k = i; k < Math.min(n, i + 1000); k++)
			text += `c${k},Contact ${k},Company ${k % 5000},0801${String(k).padStart(7, "0")},${k % 5 ? "" : `03-${String(3000 + (k % 3000))}-${String(k % 10000).padStart(4, "0")}`}\n`;
		if (!out.write(text)) await once(out, "drain");
	}
	out.end();
	await once(out, "close");
}

// The least that finds a contact, by hand.
const least = (n) => `\\set n random(0, ${n - 1})
SELECT c.id, c.name FROM contact_numbers AS n JOIN contacts AS c ON c.id = n.contact_id WHERE n.e164 = '+81801' || lpad(:n::text, 7, '0');
`;

async function migrated(ctx, db, dir) {
	const url = await ctx.cluster.database(db);
	const conf = join(dir, `${db}.conf`);
	writeFileSync(conf, `[journal]\ndir = ${dir}\n[database]\nurl = ${url}\n[pbx main]\nlines = 201\nsip_servers = sip:127.0.0.1\n`, { mode: 0o600 });
	await exec(ringbridge, ["migrate", "--config", conf], MAX);
	return { url, conf };
}

const timed = async (f) => {
	const begin = process.hrtime.bigint();
	await f();
	return Number(process.hrtime.bigint() - begin) / 1e9;
};

const TABLES = [["companies", "id, source, name"], ["contacts", "id, source, source_key, name, company_id"],
	["contact_numbers", "contact_id, position, raw, e164, label"]];

// The same rows by COPY into the same empty tables, with their keys and indexes.
async function copyIn(ctx, dir) {
	const { url } = await migrated(ctx, "lookup_copy", dir);
	const sql = ["BEGIN", ...TABLES.map(([t, c]) => `\\copy ${t} (${c}) FROM '${join(dir, t)}.copy'`), "COMMIT"];
	const s = await timed(() => exec("psql", ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url, ...sql.flatMap((x) => ["-c", x])], MAX));
	await ctx.cluster.drop("lookup_copy");
	return s;
}

async function importing(ctx, dir, path, keep) {
	const { url, conf } = await migrated(ctx, "lookup", dir);
	const s = await timed(() => exec(ringbridge, ["import", "contacts", path, "--config", conf], MAX));
	if (keep)
		for (const [t, c] of TABLES)
			await exec("psql", ["-X", "-q", "-d", url, "-c", `\\copy ${t} (${c}) TO '${join(dir, t)}.copy'`], MAX);
	return { s, url };
}

const lookUp = (url, seconds, n, kind) =>
	exec(bin("bench_lookup"), [url, `${seconds}`, `${n}`, kind], MAX).then(({ stdout }) => stdout.trim().split(" ").map(Number));

export async function run(ctx) {
	const n = Number(process.env.RINGBRIDGE_BENCH_CONTACTS ?? (ctx.quick ? 20_000 : ctx.long ? 10_000_000 : 1_000_000));
	const seconds = ctx.quick ? 1 : 3;
	const dir = folder("lookup");
	ctx.cleanup(() => rmSync(dir, { recursive: true, force: true }));
	const path = join(dir, "contacts.csv");
	await csv(path, n);
	const first = await importing(ctx, dir, path, true);
	ctx.say(`${n} contacts imported in ${first.s.toFixed(1)} s`);
	const imports = { a: [first.s], b: [await copyIn(ctx, dir)] };
	const { url } = first;
	const r = await pairs(ctx.pairs, () => lookUp(url, seconds, n, "exact"), () => pgbench(ctx.cluster, "lookup", least(n), seconds));
	const floor = r.b.map((us) => quantile(us, 0.5)), ours = r.a.map(([p50]) => p50), ratio = ours.map((v, i) => v / floor[i]);
	const tail = await lookUp(url, seconds, n, "tail"), none = await lookUp(url, seconds, n, "none");
	const scans = Number(await one(url, "SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'contact_numbers'"));
	const before = scans;
	await lookUp(url, 1, n, "tail");
	await query(url, "SELECT pg_stat_clear_snapshot()");
	const after = Number(await one(url, "SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'contact_numbers'"));
	await ctx.cluster.drop("lookup");
	const rate = imports.a.map((s, i) => imports.b[i] / s);
	return {
		setting: `${n.toLocaleString("en-US")} contacts, ${ctx.pairs} pairs of ${seconds} s; import and COPY once each`,
		rows: [
			{ what: "exact look-up, p50, over the least SQL by pgbench", unit: "us", product: median(ours), floor: median(floor),
				value: median(ratio), spread: spread(ratio), target: "<= 1.5", met: median(ratio) <= 1.5, drops: r.a.reduce((s, v) => s + v[2] - v[3], 0) },
			{ what: "last digits, p50 and p99", unit: "us", product: tail[0], floor: tail[1], note: `the second figure is the p99; ${after - before} sequential scans in ${tail[2]} look-ups` },
			{ what: "a number that nobody has, p50 and p99", unit: "us", product: none[0], floor: none[1], note: "the second figure is the p99; exact and last digits, two statements" },
			{ what: "import of a CSV file, rows a second, over COPY of what comes of it", unit: "1/s", product: n / imports.a[0], floor: n / imports.b[0],
				value: median(rate), spread: spread(rate), target: ">= 0.5", met: median(rate) >= 0.5 },
		],
		raw: { ours, floor, tail, none, imports },
	};
}
