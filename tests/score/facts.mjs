// facts.mjs -- compares what `ringbridge replay` says about a recording with the truth.
//
// Each fact is right, wrong, unknown (left out where the truth has a value) or
// invented (false, about something this source cannot reveal). Times count within a
// quarter of a second.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const near = 0.25; // seconds
const gap = 1; // seconds by which two records of one conversation may miss each other

const isKnown = (x) =>
	x !== null && x !== undefined && x !== "unknown" && !(Array.isArray(x) && !x.length);
const sameTime = (a, b) => typeof a === "number" && typeof b === "number" && Math.abs(a - b) <= near;
const sameSpan = (a, b) => sameTime(a[0], b[0]) && sameTime(a[1], b[1]);
const same = (a, b) => a === b;

function joined(spans) {
	const out = [];
	for (const s of [...spans].sort((a, b) => a[0] - b[0])) {
		const last = out.at(-1);
		if (last && last[1] !== null && s[0] - last[1] <= near) last[1] = s[1];
		else out.push([...s]);
	}
	return out;
}

function sameSpans(a, b) {
	const [x, y] = [joined(a), joined(b)];
	return x.length === y.length && x.every((s, i) => sameSpan(s, y[i]));
}

// +81312345678 and 0312345678 are one number.
function sameNumber(a, b) {
	const [x, y] = [a, b].map((n) => String(n).replace(/[ ().-]/g, ""));
	if (x === y) return true;
	const [plus, national] = x.startsWith("+") ? [x, y] : [y, x];
	const country = plus.length - national.length + 1;
	return plus.startsWith("+") && /^0\d{6,}$/.test(national) && country >= 2 && country <= 4 &&
		plus.endsWith(national.slice(1));
}

// ---- one scenario ------------------------------------------------------------

class Card {
	constructor(truth, source) {
		this.hidden = truth[source === "notify" ? "hidden_from_notify" : "hidden_from_api"] ?? [];
		this.also = truth.also_right ?? {};
		this.count = { right: 0, wrong: 0, unknown: 0, invented: 0 };
		this.list = [];
	}

	add(path, verdict, said, truth) {
		const hidden = this.hidden.some((h) => path === h || path.startsWith(`${h}.`));
		if (hidden && verdict !== "wrong") return;
		if (hidden && /\.pops\..*\.at$/.test(path)) return; // late is not false
		const v = hidden ? "invented" : verdict;
		this.count[v]++;
		if (v !== "right")
			this.list.push(`${v} ${path}: said ${JSON.stringify(said ?? null)}, truth ${JSON.stringify(truth)}`);
	}

	fact(path, truth, said, equal = same) {
		const also = this.also[path] ?? [];
		if (!isKnown(said)) {
			if (isKnown(truth)) this.add(path, also.includes(null) ? "right" : "unknown", said, truth);
			return;
		}
		const fits = (x) => isKnown(x) && equal(x, said);
		this.add(path, fits(truth) || also.some(fits) ? "right" : "wrong", said, truth);
	}
}

function stretch(c) {
	const times = (c.lines ?? []).flatMap((l) => [l.rang, ...(l.talked ?? [])]).filter(Boolean).flat()
		.filter((t) => typeof t === "number");
	const from = typeof c.start === "number" ? c.start : Math.min(...times, Infinity);
	const never = "end" in c && c.end === null;
	const to = typeof c.end === "number" ? c.end : never ? Infinity : Math.max(...times, from);
	return [from, to];
}

const partiesOf = (c) =>
	new Set([...(c.lines ?? []).map((l) => l.line), ...(c.pops ?? []).map((p) => p.line), c.initiator]
		.filter((x) => isKnown(x) && x !== "pbx"));

function likeness(t, r) {
	const [[ts, te], [rs, re]] = [stretch(t), stretch(r)];
	if (rs > te + gap || ts > re + gap) return 0;
	const [tp, rp] = [partiesOf(t), partiesOf(r)];
	const common = [...tp].filter((x) => rp.has(x)).length;
	const [tn, rn] = [t.external?.number, r.external?.number];
	const number = isKnown(tn) && isKnown(rn) && sameNumber(tn, rn);
	if (!common && !number) return 0;
	const all = new Set([...tp, ...rp]).size || 1;
	const end = Math.min(Math.max(te, re), te + 10);
	const overlap = Math.max(0, Math.min(te, re) - Math.max(ts, rs)) / Math.max(0.1, end - Math.min(ts, rs));
	return 2 * common / all + (number ? 1 : 0) + Math.max(0, 1 - Math.abs(ts - rs)) + overlap;
}

// The pairing with the greatest likeness in sum; scenarios are small enough to try all.
function pairing(truths, results) {
	let best = { sum: -1, of: [] };
	const try_ = (i, used, of, sum) => {
		if (i === truths.length) {
			if (sum > best.sum) best = { sum, of: [...of] };
			return;
		}
		results.forEach((r, j) => {
			const l = used.has(j) ? 0 : likeness(truths[i], r);
			if (l) try_(i + 1, new Set(used).add(j), [...of, j], sum + l);
		});
		try_(i + 1, used, [...of, -1], sum);
	};
	try_(0, new Set(), [], 0);
	return best.of;
}

function compareLines(card, p, truth, said) {
	const rest = [...(said.lines ?? [])];
	for (const t of truth.lines) {
		const q = `${p}.lines.${t.line}`;
		const i = rest.findIndex((x) => x.line === t.line);
		const s = i < 0 ? {} : rest.splice(i, 1)[0];
		card.add(q, i < 0 ? "unknown" : "right", s.line, t.line);
		card.fact(`${q}.role`, t.role, s.role);
		card.fact(`${q}.rang`, t.rang, s.rang, sameSpan);
		card.fact(`${q}.talked`, t.talked, s.talked, sameSpans);
		card.fact(`${q}.held`, t.held, s.held, sameSpans);
		card.fact(`${q}.result`, t.result, s.result);
	}
	for (const s of rest) card.add(`${p}.lines.${s.line}`, "wrong", "took part", null);
}

function compareTransfers(card, p, truth, said) {
	const rest = [...(said.transfers ?? [])];
	truth.transfers.forEach((t, n) => {
		const fit = rest.filter((x) => !isKnown(x.to) || !isKnown(t.to) || x.to === t.to)
			.sort((a, b) => Math.abs(a.at - t.at) - Math.abs(b.at - t.at))[0];
		const q = `${p}.transfers.${n}`;
		card.add(q, fit ? "right" : "unknown", fit?.kind, t.kind);
		if (fit) rest.splice(rest.indexOf(fit), 1);
		card.fact(`${q}.at`, t.at, fit?.at, sameTime);
		for (const k of ["kind", "from", "to"]) card.fact(`${q}.${k}`, t[k], fit?.[k]);
	});
	for (const s of rest) card.add(`${p}.transfers.+`, "wrong", s, null);
}

function compareFacts(card, t, r) {
	const p = t.id;
	card.add(p, r.id ? "right" : "unknown", r.id, p);
	card.fact(`${p}.direction`, t.direction, r.direction);
	card.fact(`${p}.external.number`, t.external?.number, r.external?.number, sameNumber);
	for (const k of ["name", "presentation"]) card.fact(`${p}.external.${k}`, t.external?.[k], r.external?.[k]);
	card.fact(`${p}.initiator`, t.initiator, r.initiator);
	card.fact(`${p}.dialled`, t.dialled, r.dialled, sameNumber);
	for (const k of ["start", "answer"]) card.fact(`${p}.${k}`, t[k], r[k], sameTime);
	const never = r.id && r.end === null && !card.hidden.includes(`${p}.end`) && !card.hidden.includes(p);
	if (never && isKnown(t.end)) card.add(`${p}.end`, "wrong", "never", t.end);
	else card.fact(`${p}.end`, t.end, r.end, sameTime);
	card.fact(`${p}.outcome`, t.outcome, r.outcome);
	card.fact(`${p}.ended_by`, t.ended_by, r.ended_by);
	compareLines(card, p, t, r);
	compareTransfers(card, p, t, r);
}

// A true card counts wherever the record has it; what is left was shown wrongly or twice.
function comparePops(card, truths, results, of) {
	const left = results.map((r) => [...(r.pops ?? [])]);
	const take = (list, test) => {
		const i = list.findIndex(test);
		return i < 0 ? null : list.splice(i, 1)[0];
	};
	const sameWho = (p, s) =>
		isKnown(p.number) && isKnown(s.number) ? sameNumber(p.number, s.number) : isKnown(p.number) === isKnown(s.number);
	const want = truths.flatMap((t, i) => t.pops.map((p, n) => ({ t, i, n, p, got: null })));
	for (const x of want) {
		const own = (left[of[x.i]] ?? []).filter((s) => s.line === x.p.line)
			.sort((a, b) => Number(sameWho(x.p, b)) - Number(sameWho(x.p, a)) ||
				Math.abs(a.at - x.p.at) - Math.abs(b.at - x.p.at))[0];
		if (own) x.got = take(left[of[x.i]], (s) => s === own);
	}
	const strays = left.flat();
	for (const x of want) {
		x.got ??= take(strays, (s) => s.line === x.p.line && sameTime(s.at, x.p.at) && sameWho(x.p, s));
		const nth = x.t.pops.slice(0, x.n).filter((p) => p.line === x.p.line).length;
		const q = `${x.t.id}.pops.${x.p.line}${nth ? `#${nth + 1}` : ""}`;
		card.add(q, x.got ? "right" : "unknown", x.got?.number, x.p.number);
		card.fact(`${q}.number`, x.p.number, x.got?.number, sameNumber);
		card.fact(`${q}.at`, x.p.at, x.got?.at, sameTime);
	}
	for (const s of strays) card.add(`+pops.${s.line}`, "wrong", s.number, "no such card");
}

// A record with nothing behind it is wrong, unless it is the loose end of a hidden link.
function ghost(card, truths, watched, r) {
	const lines = (r.lines ?? []).filter((l) => watched.includes(l.line));
	const [from, to] = stretch(r);
	const loose = (l) => truths.some((t) => card.hidden.some((h) => `${t.id}.lines.${l.line}`.startsWith(h)) &&
		t.lines.some((x) => x.line === l.line) && from <= stretch(t)[1] + near && to >= stretch(t)[0] - near);
	if (lines.length && !lines.every(loose)) card.add(`+${r.id}`, "wrong", lines.map((l) => l.line), "no such call");
}

export function score(truth, result, source) {
	const card = new Card(truth, source);
	const of = pairing(truth.conversations, result.conversations);
	truth.conversations.forEach((t, i) => compareFacts(card, t, result.conversations[of[i]] ?? {}));
	comparePops(card, truth.conversations, result.conversations, of);
	result.conversations.forEach((r, j) => {
		if (!of.includes(j)) ghost(card, truth.conversations, truth.watched, r);
	});
	return card;
}

// ---- folders -----------------------------------------------------------------

// The recordings of a family that hold the source: "notify", "api", or "both", which is
// replay's own choice.
export function recordings(folder, source) {
	return readdirSync(folder).sort().map((name) => ({ name, path: join(folder, name) }))
		.filter(({ path }) => existsSync(join(path, "truth.json")) &&
			(source !== "api" || existsSync(join(path, "ami.txt"))));
}

export const truthOf = (path) => JSON.parse(readFileSync(join(path, "truth.json"), "utf8"));

export function replay(program, path, source) {
	const options = source === "both" ? [] : ["--source", source];
	return JSON.parse(execFileSync(program, ["replay", ...options, path],
		{ encoding: "utf8", maxBuffer: 1 << 26 }));
}

// The cards of several recordings as one sum and one list of what is not right.
export class Tally {
	constructor() {
		this.sum = { right: 0, wrong: 0, unknown: 0, invented: 0 };
		this.list = [];
	}

	add(name, card) {
		for (const k of Object.keys(this.sum)) this.sum[k] += card.count[k];
		this.list.push(...card.list.map((l) => `${name} ${l}`));
	}

	// From the event stream (most is 0) nothing may be wrong; what it cannot reveal is
	// counted apart.
	judge(least, most) {
		const { right, wrong, unknown, invented } = this.sum;
		const known = right + wrong + unknown;
		const bad = most ? (wrong + invented) / (known + invented) : wrong;
		return known > 50 && right / known >= least && bad <= most;
	}

	toString() {
		const { right, wrong, unknown, invented } = this.sum;
		const share = (100 * right / (right + wrong + unknown)).toFixed(1);
		return `right ${right} (${share} %) wrong ${wrong} unknown ${unknown} invented ${invented}`;
	}
}

// family, source, least share of right facts, greatest share of wrong and invented ones
export const promises = [
	["asterisk", "notify", 0.95, 0.01],
	["asterisk-16", "notify", 0.95, 0.01],
	["kamailio", "notify", 0.95, 0.01],
	["freeswitch", "notify", 0.95, 0.01],
	["asterisk", "api", 0.99, 0],
	["asterisk", "both", 0.99, 0],
	// More of what people do with a telephone.
	["asterisk-features", "notify", 0.95, 0.01],
	["asterisk-16-features", "notify", 0.95, 0.01],
	// Plays by chance. Of what documents cannot tell, their truth marks the plainest alone.
	["asterisk-mixed", "notify", 0.8, 0.01],
	["asterisk-16-mixed", "notify", 0.8, 0.01],
	["kamailio-mixed", "notify", 0.8, 0.01],
	["asterisk-mixed", "api", 0.99, 0],
	["asterisk-16-mixed", "api", 0.99, 0],
	["asterisk-features", "api", 0.99, 0],
	["asterisk-16-features", "api", 0.99, 0],
];
