// P5 and P6: what a browser costs, and ten thousand that come back at once.
import { Child } from "../lib/child.mjs";
import { Load } from "../lib/load.mjs";
import { Office } from "../lib/office.mjs";
import { bin, here, sleep } from "../lib/place.mjs";
import { hasPeers } from "../lib/peers.mjs";
import { median, quantile } from "../lib/stat.mjs";
import { join } from "node:path";

export const name = "browsers";
export const goal = "P5, P6";
export const title = "Ten thousand browsers";

// Resident bytes a client between few and many, of a server that a load tool fills.
async function slope(rss, connect, few, many) {
	await connect(0, few);
	await sleep(1000);
	const low = rss();
	const r = await connect(few, many - few);
	await sleep(1000);
	return { bytes: (rss() - low) / (many - few), seconds: r.seconds, failed: r.failed };
}

async function plain(ctx, office, what, command, args, tcp, few, many) {
	const server = new Child(what, command, args, { logs: ctx.logs });
	const load = new Load(ctx.logs);
	ctx.cleanup(async () => { await load.close(); await server.stop(); });
	await server.until(`${what} is ready`, () => server.output.includes("ready"));
	const r = await slope(() => server.rss, (first, n) => load.ask("connect",
		{ to: tcp, first, n, net: office.addr.browsers, bare: 1, protocol: "bare", path: "/", parallel: 128 }), few, many);
	await load.close();
	await server.stop();
	return r;
}

export async function run(ctx) {
	const few = ctx.quick ? 50 : 1000, many = ctx.quick ? 300 : 10_000, lines = 100;
	const office = await Office.open(ctx, name, { lines, agents: many });
	const bare = await plain(ctx, office, "wsbare", bin("bench_wsbare"), [`${office.addr.floor}:7100`, `${office.addr.floor}:7101`],
		`${office.addr.floor}:7101`, few, many);
	const peer = hasPeers() ? await plain(ctx, office, "wspeer", "node", [join(here, "peer/ws.mjs"), office.addr.peer, "7201"],
		`${office.addr.peer}:7201`, few, many) : undefined;
	const own = await slope(() => office.daemon.rss, (first, n) => office.browsers(n, { first, parallel: 128 }), few, many);
	const churn = await office.load.browsers(ctx.quick ? 50 : 1000, { first: lines, rate: 100, parallel: 1000 });

	// Quiet first, for comparison; then everybody at once, with calls meanwhile.
	const plan = { rate: 50, lines, ms: ctx.ms(4000, 1000, 10_000), ring_ms: 300, talk_ms: 500 };
	const quiet = await office.load.ask("calls", plan);
	const storms = [];
	for (let i = 0; i < (ctx.quick ? 1 : 2); i++) {
		await office.daemon.stop("SIGKILL");
		await office.load.ask("close");
		await office.daemon.start();
		await office.daemon.watching(lines);
		await office.browsers(lines);
		const begin = office.load.browsers(many - lines, { first: lines, parallel: many });
		const calls = office.load.ask("calls", plan);
		storms.push({ ...(await begin), calls: await calls });
	}
	const seconds = median(storms.map((s) => s.seconds)), p99 = median(storms.map((s) => s.took.p99)) / 1e6;
	const during = median(storms.map((s) => s.calls.early.p99)) / 1000;
	const n = many.toLocaleString("en-US");
	return {
		setting: `${n} browsers, each a user with a session of its own, from 250 addresses; resident bytes between ${few} and ${n}; ` +
			`${storms.length} storms after SIGKILL`,
		rows: [
			{ what: "a browser, over the bare library", unit: "kB", product: own.bytes / 1024, floor: bare.bytes / 1024, value: own.bytes / bare.bytes,
				target: "<= 4 kB", met: own.bytes <= 4096, drops: own.failed },
			...(peer ? [{ what: "a browser, against node ws", unit: "kB", product: own.bytes / 1024, floor: peer.bytes / 1024, value: own.bytes / peer.bytes,
				target: "<= 0.5", met: own.bytes / peer.bytes <= 0.5 }] : []),
			{ what: "go and come back, 100 a second, p99", unit: "ms", product: churn.took.p99 / 1000, value: undefined, target: "0 fail", met: churn.failed === 0, drops: churn.failed },
			{ what: "storm: all logged in with a picture", unit: "s", product: seconds, floor: bare.seconds, value: seconds / bare.seconds, target: "<= 10 s",
				met: seconds <= 10, drops: storms.reduce((s, v) => s + v.failed, 0), note: `asked again: ${storms.map((s) => s.again).join(", ")}` },
			{ what: "storm: one browser, p99", unit: "s", product: p99, value: undefined, target: "<= 5 s", met: p99 <= 5 },
			{ what: "calls during the storm, p99", unit: "ms", product: during, floor: quiet.early.p99 / 1000, value: during / (quiet.early.p99 / 1000),
				target: "<= 5", met: during / (quiet.early.p99 / 1000) <= 5, drops: storms.reduce((s, v) => s + v.calls.dropped + v.calls.unsent, 0),
				note: "the second figure is the same without a storm" },
		],
		raw: { own, bare, peer, churn, quiet, storms },
	};
}
