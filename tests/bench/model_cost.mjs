// model_cost.mjs -- a report must not cost more because there are more lines and calls.
//
//   node model_cost.mjs MODEL_COST
//
// Counts instructions with callgrind (valgrind): 10,000 lines with 2,000 calls against
// 100 lines with 20. Fails when a report costs more than 1.3 times as much.
import { spawnSync } from "node:child_process";

const most = 1.3;
const reports = 6000;

function instructions(program, lines, calls, n) {
	const run = spawnSync("valgrind",
		["--tool=callgrind", "--callgrind-out-file=/dev/null", program, `${lines}`, `${calls}`, `${n}`],
		{ encoding: "utf8" });
	const found = /Collected : (\d+)/.exec(run.stderr);
	if (run.status !== 0 || !found) throw new Error(`valgrind: ${run.stderr}`);
	return Number(found[1]);
}

function perReport(program, lines, calls) {
	const base = instructions(program, lines, calls, 0);
	return (instructions(program, lines, calls, reports) - base) / reports;
}

const program = process.argv[2];
const small = perReport(program, 100, 20);
const large = perReport(program, 10000, 2000);
const ratio = large / small;
console.log(`instructions a report: ${Math.round(small)} with 100 lines and 20 calls, ` +
	`${Math.round(large)} with 10,000 lines and 2,000 calls, ratio ${ratio.toFixed(2)} (at most ${most})`);
process.exit(ratio <= most ? 0 : 1);
