// score.mjs -- what `ringbridge replay` says about the captures, against the truth.
//
//   node score.mjs RINGBRIDGE CAPTURES [--list]
//
// Fails when a family is below what is promised in facts.mjs.
import { join } from "node:path";
import { Tally, promises, recordings, replay, score, truthOf } from "./facts.mjs";

const [program, captures, option] = process.argv.slice(2);
let failed = 0;
for (const [name, source, least, most] of promises) {
	const tally = new Tally();
	for (const r of recordings(join(captures, name), source))
		tally.add(r.name, score(truthOf(r.path), replay(program, r.path, source), source));
	const ok = tally.judge(least, most);
	failed += ok ? 0 : 1;
	console.log(`${ok ? "ok    " : "FAILED"} ${name} ${source}: ${tally}`);
	if (!ok || option === "--list") for (const l of tally.list) console.log(`       ${l}`);
}
process.exit(failed ? 1 : 0);
