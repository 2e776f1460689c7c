// run.mjs -- runs the benches, prints the table, writes JSON and a page; see run.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadavg, cpus } from "node:os";
import { Cluster } from "./lib/cluster.mjs";
import { folder, here, root } from "./lib/place.mjs";
import { page, table } from "./lib/report.mjs";

const names = ["latency", "ingest", "browsers", "fanout", "subscriptions", "restart", "contact", "lookup", "bridge", "export", "soak", "slow", "dial"];

const words = process.argv.slice(2);
const option = (o) => words.includes(o);
const wanted = words.filter((w) => !w.startsWith("--"));
const quick = option("--quick"), long = option("--long");
const out = join(root, "build/bench");

const unknown = wanted.filter((w) => !names.includes(w));
if (unknown.length || option("--help")) {
	console.log("usage: tests/bench/run [--quick|--long] [--readme] [NAME ...]\n" +
		`  --quick   a few seconds each, to see that they work\n  --long    as long as the goals in their strict form want\n` +
		`  --readme  the table goes into tests/bench/README.md too\nbenches: ${names.join(" ")}`);
	process.exit(unknown.length ? 2 : 0);
}

const started = Date.now();
const say = (text) => console.log(`[${((Date.now() - started) / 1000).toFixed(0).padStart(4)} s] ${text}`);

async function runOne(bench, cluster, logs) {
	const todo = [];
	const ctx = {
		cluster, logs, quick, long, say, pairs: Number(process.env.RINGBRIDGE_BENCH_PAIRS ?? (quick ? 1 : 5)),
		// Of one measurement: by default, quick, long.
		ms: (normal, short, longer) => (quick ? short : long ? longer : normal),
		cleanup: (f) => todo.push(f),
	};
	const begin = Date.now();
	try {
		const result = await bench.run(ctx);
		return { name: bench.name, goal: bench.goal, title: bench.title, seconds: (Date.now() - begin) / 1000, ...result };
	} finally {
		while (todo.length) await todo.pop()();
	}
}

// Between the two marks of the README.
function intoReadme(whole, results) {
	const path = join(here, "README.md"), text = readFileSync(path, "utf8");
	const [begin, end] = ["<!-- table -->\n", "<!-- end of table -->"];
	const head = `${whole.at.slice(0, 10)}, ${whole.cpus} processors (${whole.cpu?.trim()}), load average at the end ${whole.load.map((l) => l.toFixed(1)).join(", ")}.\n\n`;
	const settings = results.map((b) => `- ${b.goal}: ${b.setting}`).join("\n");
	writeFileSync(path, text.slice(0, text.indexOf(begin) + begin.length) + head + table(results) + `\n${settings}\n` + text.slice(text.indexOf(end)));
}

async function main() {
	const logs = folder("logs");
	const cluster = await Cluster.open(logs);
	const results = [], failures = [];
	try {
		for (const name of wanted.length ? wanted : names) {
			const bench = await import(`./goals/${name}.mjs`);
			say(`${bench.goal} ${bench.title}`);
			try {
				results.push(await runOne(bench, cluster, logs));
				console.log(table([results.at(-1)]));
			} catch (e) {
				failures.push(name);
				console.log(`FAILED ${name}: ${e.stack}`);
			}
		}
	} finally {
		await cluster.close();
	}
	const whole = { at: new Date().toISOString(), cpus: cpus().length, cpu: cpus()[0]?.model, load: loadavg(), quick, results };
	mkdirSync(out, { recursive: true });
	writeFileSync(join(out, "results.json"), JSON.stringify(whole, null, 1));
	writeFileSync(join(out, "index.html"), page(whole));
	writeFileSync(join(out, "table.md"), table(results));
	if (option("--readme")) intoReadme(whole, results);
	say(`written to ${out}: results.json, index.html, table.md`);
	if (failures.length) {
		console.log(`FAILED: ${failures.join(" ")}; logs in ${logs}`);
		process.exitCode = 1;
	} else {
		rmSync(logs, { recursive: true, force: true });
	}
}

await main();
