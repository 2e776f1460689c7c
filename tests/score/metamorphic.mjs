// metamorphic.mjs -- what must not matter: the captures under other numbers and names, in
// another pace, twice in a row and two at a time score as the captures themselves do.
//
//	node metamorphic.mjs RINGBRIDGE CAPTURES [--list] [CHANGE]
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Tally, promises, recordings, replay, score } from "./facts.mjs";
import { endOf, expiring, fresh, later, load, paced, renamed, save, together } from "./recording.mjs";

// Extensions of four digits, other trunks, contexts and numbers; some callers from abroad.
const office = {
	"from-internal": "office", "from-itsp": "pstn-in", itsp: "carrier-b",
	"0355501234": "0677712001", "0355501235": "0677712002", "0355501236": "0677712003",
	"0355501237": "0677712004", "0355501238": "0677712005", "0355501239": "0677712006",
	"0312345678": "+442079460123", "+81312345678": "+442079460123", "0699998888": "0757654321", "0399998888": "0825554444",
	"0711555301": "0611777301", "08912345678": "03098765432",
};
for (let n = 201; n < 214; n++) office[n] = `4${n}`;
for (let n = 301; n < 306; n++) office[n] = `4${n}`;

// Another office on the same PBX: nobody of it is anybody of the first.
const neighbour = {
	"0355501234": "0677712001", "0355501235": "0677712002", "0355501236": "0677712003",
	"0355501237": "0677712004", "0355501238": "0677712005", "0355501239": "0677712006",
	"0312345678": "0757650001", "0699998888": "0757650002", "0399998888": "0757650003",
	"0711555301": "0611777301", "08912345678": "03098765432", "008912345678": "003098765432", "+81312345678": "+81757650001",
	"999": "997", // the middleware's account; it calls one phone at a time
};
for (let n = 201; n < 214; n++) neighbour[n] = String(n + 220);
for (let n = 301; n < 306; n++) neighbour[n] = String(n + 220);

// A recording of lost messages tells calls apart by the pauses between them alone.
const lossy = (r) => r.truth.scenario === "32-watcher-refuses-notify";

const changes = {
	renamed: (r) => renamed(r, office),
	hasty: (r) => (lossy(r) ? r : paced(r, (s) => 0.35 + s / 20)),
	slow: (r) => paced(r, (s) => s * 8),
	"twice in a row": (r) => together(expiring(r, endOf(r) + 3), later(fresh(r), endOf(r) + 4)),
	"with a neighbour": (r, next) => together(r, later(renamed(fresh(next), neighbour), 0.31)),
	"with a twin": (r) => together(r, later(renamed(fresh(r), neighbour), 0.47)),
};

const [program, captures, ...options] = process.argv.slice(2);
const wanted = options.filter((o) => o !== "--list");
const folder = mkdtempSync(join(tmpdir(), "ringbridge-metamorphic-"));
let failed = 0;

function measure(change, name, source) {
	const all = recordings(join(captures, name), source).map((r) => ({ ...r, is: load(r.path) }));
	const tally = new Tally();
	all.forEach((r, i) => {
		const is = changes[change](r.is, all[(i + 7) % all.length].is);
		const to = join(folder, `${change}-${name}-${source}`, r.name);
		save(is, to);
		tally.add(r.name, score(is.truth, replay(program, to, source), source));
	});
	return tally;
}

for (const change of Object.keys(changes).filter((c) => !wanted.length || wanted.includes(c))) {
	for (const [name, source, least, most] of promises) {
		if (source === "both" || /-(features|mixed)$/.test(name)) continue;
		const tally = measure(change, name, source);
		const ok = tally.judge(least, most);
		failed += ok ? 0 : 1;
		console.log(`${ok ? "ok    " : "FAILED"} ${change}: ${name} ${source}: ${tally}`);
		if (!ok || options.includes("--list")) for (const l of tally.list) console.log(`       ${l}`);
	}
}
if (!process.env.RINGBRIDGE_KEEP) rmSync(folder, { recursive: true });
process.exit(failed ? 1 : 0);
