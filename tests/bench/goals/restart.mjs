// P9 and P10: the daemon is killed, and the PBX goes away.
import { query, number } from "../lib/cluster.mjs";
import { Office } from "../lib/office.mjs";
import { sleep, until } from "../lib/place.mjs";

export const name = "restart";
export const goal = "P9, P10";
export const title = "Killed, and alone";

const caller = (i) => `'0801${String(i).padStart(7, "0")}'`;

async function killed(ctx, office, n) {
	const live = ctx.quick ? 20 : 500;
	const first = (await office.load.ask("truth")).calls;
	await office.load.ask("calls", { rate: 500, n: live, lines: office.lines, steps: 2, ring_ms: 300, blind: 1 });
	await sleep(500);
	await office.daemon.stop("SIGKILL");
	// Every second call ends while nobody looks.
	await office.load.ask("hang-up", { first, n: live / 2 });
	const before = await office.load.ask("sip-state");
	const begin = Date.now();
	await office.daemon.start();
	const up = Date.now() - begin;
	await until("all lines are asked for anew", async () => (await office.load.ask("sip-state")).subscribes - before.subscribes >= n, 60_000);
	await office.daemon.watching(n);
	const seconds = (Date.now() - begin) / 1000;
	await until("the PBX has no open answer", async () => (await office.load.ask("sip-state")).waiting === 0);
	await office.load.ask("hang-up", { first: first + live / 2, n: live / 2 });
	const range = `external_number >= ${caller(first)} AND external_number < ${caller(first + live)}`;
	await until("no call is open", async () => (await number(office.url,
		`SELECT count(*) FROM conversations WHERE ${range} AND ended_at IS NULL AND NOT ended_unknown`)) === 0, 20_000).catch(() => {});
	const [total, distinct, open, unknown] = (await query(office.url, `SELECT count(*), count(DISTINCT external_number),
		count(*) FILTER (WHERE ended_at IS NULL AND NOT ended_unknown), count(*) FILTER (WHERE ended_unknown) FROM conversations WHERE ${range}`))[0].map(Number);
	return { seconds, up, live, twice: total - distinct, missing: live - distinct, open, unknown };
}

async function alone(ctx, office, n) {
	const down_ms = ctx.ms(60_000, 3000, 60_000);
	await office.load.ask("sip-set", { deaf: 1 });
	const before = await office.load.ask("sip-state");
	await sleep(down_ms);
	const after = await office.load.ask("sip-state");
	await office.load.ask("sip-set", { deaf: 0 });
	const begin = Date.now();
	await until("every line is asked again", async () => {
		const s = await office.load.ask("sip-state");
		return s.subscribes + s.refreshes - after.subscribes - after.refreshes >= n;
	}, ctx.quick ? 60_000 : 45_000).catch(() => {});
	const s = await office.load.ask("sip-state");
	return { datagrams: (after.datagrams - before.datagrams) / (down_ms / 1000), seconds: (Date.now() - begin) / 1000,
		back: s.subscribes + s.refreshes - after.subscribes - after.refreshes };
}

export async function run(ctx) {
	const n = ctx.quick ? 200 : 10_000;
	const office = await Office.open(ctx, name, { lines: n });
	const k = await killed(ctx, office, n);
	const rows = [
		{ what: `${n} lines watched again after SIGKILL`, unit: "s", product: k.seconds, value: undefined, target: "<= 20 s", met: k.seconds <= 20,
			note: `serving after ${k.up} ms` },
		{ what: `${k.live} calls over the kill, half of them over before we were back`, product: k.live - k.missing, value: undefined,
			target: "none twice, none open", met: !k.twice && !k.missing && !k.open, drops: k.missing,
			note: `twice ${k.twice}, still open ${k.open}; end recorded as unknown ${k.unknown}` },
	];
	if (!ctx.quick) {
		const a = await alone(ctx, office, n);
		rows.push({ what: "PBX silent for 60 s: datagrams a second", unit: "/s", product: a.datagrams, value: undefined, target: "<= 10/s", met: a.datagrams <= 10,
			note: `a client that repeats each refresh would send ${Math.round((n * 11) / 60)}/s` },
		{ what: "all lines asked again after it is back", unit: "s", product: a.seconds, value: undefined, target: "<= 30 s", met: a.seconds <= 30 && a.back >= n,
			drops: Math.max(0, n - a.back) });
	}
	return { setting: `${n} lines, 1,000 SUBSCRIBEs a second allowed`, rows };
}
