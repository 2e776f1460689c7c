// P3: call events into the database. Nothing may be lost; one processor's core must do.
import { execFileSync, spawn } from "node:child_process";
import { number, query } from "../lib/cluster.mjs";
import { Office } from "../lib/office.mjs";
import { bin, sleep, until } from "../lib/place.mjs";
import { median, pairs, quantile, spread } from "../lib/stat.mjs";

export const name = "ingest";
export const goal = "P3";
export const title = "Events persisted";

const caller = (i) => `'0801${String(i).padStart(7, "0")}'`;
// Of the calls from..to-1.
const between = (from, to) => `external_number >= ${caller(from)} AND external_number < ${caller(to)}`;
const answered = (url, from, to) => number(url, `SELECT count(DISTINCT external_number) FROM conversations
	WHERE outcome = 'answered' AND ended_at IS NOT NULL AND ${between(from, to)}`);
const total = (url, from, to) => number(url, `SELECT count(*) FROM conversations WHERE ${between(from, to)}`);
const rowsTouched = (url) => number(url, `SELECT sum(n_tup_ins + n_tup_upd) FROM pg_stat_user_tables
	WHERE relname IN ('conversations', 'legs', 'segments', 'transfers', 'traces', 'call_notes', 'lines')`);

// What the notifier sent is answered, what was answered is over and written.
async function settle(office, calls, from) {
	await until("every NOTIFY is answered", async () => (await office.load.ask("sip-state")).waiting === 0, 60_000);
	await until("every call is in the database", async () => (await answered(office.url, from, from + calls)) >= calls, 60_000, 250)
		.catch(() => {}); // what is missing is counted
	return { lost: calls - (await answered(office.url, from, from + calls)), extra: (await total(office.url, from, from + calls)) - calls };
}

async function sustained(ctx, office) {
	const rate = ctx.quick ? 100 : 690, ms = ctx.ms(30_000, 1500, 600_000);
	const before = (await office.load.ask("truth")).calls;
	const cpu = office.daemon.threads, pg = ctx.cluster.cpu, sip = await office.load.ask("sip-state");
	const begin = Date.now();
	const r = await office.load.ask("calls", { rate, ms, lines: office.lines, blind: 1 });
	const seconds = (Date.now() - begin) / 1000;
	const end = office.daemon.threads, state = await office.load.ask("sip-state");
	const used = Object.fromEntries(Object.keys(end).map((k) => [k, (end[k] - (cpu[k] ?? 0)) / seconds]));
	const own = Object.values(used).reduce((a, b) => a + b, 0);
	const all = await settle(office, r.calls, before);
	// Phones that ring and nobody answers, right behind such a load: how late is the row?
	await office.load.ask("calls", { rate: rate / 2, ms: ctx.ms(3000, 1000, 3000), lines: office.lines, blind: 1 });
	const n = ctx.quick ? 50 : 200;
	const first = (await office.load.ask("truth")).calls;
	await office.load.ask("calls", { rate: 100, n, lines: office.lines, steps: 1, blind: 1 });
	await until("they are written", async () => (await total(office.url, first, first + n)) >= n, 60_000, 100).catch(() => {});
	await sleep(500); // and written again, with the contact: what is seen is the last one
	const lag = (await query(office.url, `SELECT 1000 * extract(epoch FROM written_at - started_at) FROM conversations
		WHERE state = 'alerting' AND ${between(first, first + n)}`)).map((l) => Number(l[0]));
	return {
		rows: [
			{ what: "NOTIFYs a second", unit: "/s", product: (state.notifies - sip.notifies) / r.sending, value: undefined,
				target: ">= 2,000/s", met: (state.notifies - sip.notifies) / r.sending >= (ctx.quick ? 0 : 1980),
				drops: all.lost, note: all.extra ? `${all.extra} rows too many` : `repeated by the PBX: ${state.repeated - sip.repeated}` },
			{ what: "daemon, cores", product: own, floor: (ctx.cluster.cpu - pg) / seconds, value: undefined, target: "<= 1 core",
				met: own <= 1, note: `the second figure is PostgreSQL's; threads: ${Object.entries(used).filter(([, v]) => v > 0.005)
					.map(([k, v]) => `${k} ${v.toFixed(2)}`).join(", ")}` },
			{ what: "row of a call that rings, p99", unit: "ms", product: quantile(lag, 0.99), value: undefined, target: "<= 250 ms",
				met: quantile(lag, 0.99) <= 250 },
		],
	};
}

async function burst(ctx, office) {
	const before = (await office.load.ask("truth")).calls;
	const n = ctx.quick ? 300 : 3334;
	const r = await office.load.ask("calls", { rate: n, n, lines: office.lines, ring_ms: 50, talk_ms: 50, blind: 1 });
	const begin = Date.now();
	await until("all are answered", async () => (await office.load.ask("sip-state")).waiting === 0, 60_000);
	const after = Date.now() - begin;
	const all = await settle(office, n, before);
	return { what: `${3 * n} events at once, last answer after`, unit: "ms", product: after, value: undefined, target: "none lost",
		met: all.lost === 0 && !all.extra, drops: all.lost + r.unsent };
}

// The journal is full of pictures and the database begins to take them.
async function drain(ctx, office) {
	const n = ctx.quick ? 300 : 3000, rate = ctx.quick ? 1000 : 1200;
	const before = (await office.load.ask("truth")).calls;
	const lock = spawn("psql", ["-X", "-q", "-d", office.url], { stdio: ["pipe", "pipe", "inherit"] });
	lock.stdin.write("BEGIN; LOCK journal_position IN EXCLUSIVE MODE; SELECT 'locked';\n");
	await new Promise((done) => lock.stdout.once("data", done));
	await office.load.ask("calls", { rate, n, lines: office.lines, ring_ms: 100, talk_ms: 100, blind: 1 });
	await until("all is in the journal", async () => (await office.load.ask("sip-state")).waiting === 0, 60_000);
	await sleep(2500); // the last ones end by themselves
	const taken = async () => (await office.daemon.metric("store_written_total")) + (await office.daemon.metric("store_superseded_total"));
	const records = await taken(), rows = await rowsTouched(office.url);
	const release = await number(office.url, "SELECT extract(epoch FROM clock_timestamp())");
	lock.stdin.end("COMMIT;\n");
	const all = await settle(office, n, before);
	await office.daemon.written();
	const end = await number(office.url, "SELECT extract(epoch FROM max(changed_at)) FROM journal_position");
	await sleep(1200); // the daemon's and the database's counters are told once a second
	return {
		records: ((await taken()) - records) / (end - release),
		rows: ((await rowsTouched(office.url)) - rows) / (end - release), lost: all.lost,
	};
}

export async function run(ctx) {
	const lines = ctx.quick ? 200 : 2000;
	const office = await Office.open(ctx, name, { lines });
	await office.load.ask("calls", { rate: 100, n: 100, lines, blind: 1 });
	const main = await sustained(ctx, office);
	const at_once = await burst(ctx, office);
	const floor = () => Number(execFileSync(bin("bench_rows"), [office.url, ctx.quick ? "0.3" : "1.5"]).toString());
	const r = await pairs(ctx.pairs, () => drain(ctx, office), floor);
	const ratio = r.a.map((v, i) => v.records / r.b[i]), rows = r.a.map((v, i) => v.rows / r.b[i]);
	return {
		setting: `${lines} lines; ${ctx.quick ? 300 : "2,000"} NOTIFYs a second for ${ctx.ms(30_000, 1500, 600_000) / 1000} s, a burst, then ` +
			`${ctx.pairs} times a full journal against 100-row INSERTs`,
		rows: [...main.rows, at_once,
			{ what: "from the journal, pictures/s", unit: "/s", product: median(r.a.map((v) => v.records)), floor: median(r.b), value: median(ratio),
				spread: spread(ratio), target: ">= 0.5", met: median(ratio) >= 0.5, drops: r.a.reduce((s, v) => s + v.lost, 0) },
			{ what: "from the journal, rows/s", unit: "/s", product: median(r.a.map((v) => v.rows)), floor: median(r.b), value: median(rows),
				spread: spread(rows) }],
		raw: r,
	};
}
