// P7: one event to many browsers, against a WebSocket server with nothing behind it on
// the same library and loop.
import { Child } from "../lib/child.mjs";
import { Load } from "../lib/load.mjs";
import { agents, supervisors } from "../lib/people.mjs";
import { bin } from "../lib/place.mjs";
import { Office } from "../lib/office.mjs";
import { median, pairs, spread } from "../lib/stat.mjs";

export const name = "fanout";
export const goal = "P7";
export const title = "Fan-out";

const LINES = 64;

async function bare(ctx, office, browsers, bytes) {
	const at = { udp: `${office.addr.floor}:7100`, tcp: `${office.addr.floor}:7101` };
	const server = new Child("wsbare", bin("bench_wsbare"), [at.udp, at.tcp], { logs: ctx.logs });
	const load = new Load(ctx.logs, 0);
	ctx.cleanup(async () => { await load.close(); await server.stop(); });
	await server.until("the bare server is ready", () => server.output.includes("ready"));
	await load.ask("relay", { n: 0, udp: at.udp, bytes });
	const r = await load.ask("connect", { to: at.tcp, n: browsers, net: office.addr.browsers, bare: 1, protocol: "bare", path: "/", parallel: 128 });
	if (r.failed) throw new Error(`${r.failed} of ${browsers} did not get into the bare server`);
	return { server, load };
}

async function size(ctx, browsers, events) {
	const office = await Office.open(ctx, `${name}_${browsers}`, { lines: LINES, prepare: async (url) => {
		await agents(url, LINES);
		await supervisors(url, browsers);
	} });
	await office.browsers(browsers, { parallel: 128 });
	const plan = { n: events, steps: 1, fan: browsers, window: 4, lines: LINES, drain_ms: 10_000, hang_up: 1 };
	const before = await office.load.ask("clients");
	await office.load.ask("calls", { ...plan, n: 8 }); // warm, and how long is a frame?
	const after = await office.load.ask("clients");
	const bytes = Math.round((after.bytes - before.bytes) / Math.max(1, after.frames - before.frames));
	const floor = await bare(ctx, office, browsers, bytes);
	const rest = () => new Promise((done) => setTimeout(done, 2500)); // what hangs up makes frames too
	const measure = async (load, pid, more) => {
		await rest();
		const begin = pid.cpu;
		const r = await load.ask("calls", { ...plan, ...more });
		return { ...r, rate: r.frames / r.seconds, cpu: (pid.cpu - begin) / r.frames };
	};
	const r = await pairs(ctx.pairs, () => measure(office.load, office.daemon, {}),
		() => measure(floor.load, floor.server, { to: "floor", hang_up: 0 }));
	const ratio = r.a.map((v, i) => v.rate / r.b[i].rate), cpu = r.a.map((v, i) => r.b[i].cpu / v.cpu);
	const drops = r.a.reduce((s, v) => s + Math.max(0, v.calls - v.complete), 0);
	await floor.load.close();
	await floor.server.stop();
	await office.close();
	return [
		{ what: `${browsers.toLocaleString("en-US")} browsers, frames of ${bytes} bytes`, unit: "/s", product: median(r.a.map((v) => v.rate)),
			floor: median(r.b.map((v) => v.rate)), value: median(ratio), spread: spread(ratio), target: ">= 0.6", met: median(ratio) >= 0.6, drops },
		{ what: "the same by processor time", unit: "us", product: 1e6 * median(r.a.map((v) => v.cpu)), floor: 1e6 * median(r.b.map((v) => v.cpu)),
			value: median(cpu), spread: spread(cpu) },
		{ what: "last browser has it, p99", unit: "ms", product: median(r.a.map((v) => v.early.p99)) / 1000,
			floor: median(r.b.map((v) => v.early.p99)) / 1000, value: undefined },
	];
}

export async function run(ctx) {
	const rows = [];
	for (const [n, events] of ctx.quick ? [[200, 10]] : [[1000, 100], [9000, 12]])
		rows.push(...await size(ctx, n, events));
	return { setting: `${LINES} lines that every browser watches; events as fast as four at a time get through; ${ctx.pairs} pairs`, rows };
}
