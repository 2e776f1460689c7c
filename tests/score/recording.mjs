// recording.mjs -- a capture folder as messages in time, and what may be done to it
// without changing what happened: other numbers and names, other pauses, other ids, two
// of them at once or one after the other. The truth is changed along with it.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { truthOf } from "./facts.mjs";

// ---- reading and writing -------------------------------------------------------

// Messages begin with a line that has their time as "+seconds" in it.
function messages(folder, file, mark) {
	const path = join(folder, file);
	if (!existsSync(path)) return null;
	const text = readFileSync(path, "utf8");
	const starts = [...text.matchAll(mark)];
	return starts.map((m, i) => ({
		at: Number(m[2]),
		before: m[1],
		after: m[3],
		text: text.slice(m.index + m[0].length, starts[i + 1]?.index),
	}));
}

export function load(folder) {
	return {
		notify: messages(folder, "notify.txt", /^(={3,}[^+\n]*)\+([0-9.]+)([^\n]*)$/gm),
		ami: messages(folder, "ami.txt", /^()\+([0-9.]+)([^\n]*)$/gm),
		truth: truthOf(folder),
	};
}

// Renamed bodies have another length.
function measured(text) {
	const gap = text.match(/\r?\n\r?\n/);
	if (!gap) return text;
	const head = text.slice(0, gap.index + gap[0].length);
	const rest = text.slice(head.length);
	const was = Number(head.match(/^Content-Length: *(\d+)/im)?.[1] ?? 0);
	if (!was) return text;
	const end = rest.lastIndexOf(">") + 1; // bodies are XML, or multiparts of it
	const tail = /^\r?\n--/.test(rest.slice(end)) ? rest.slice(end).search(/--\r?\n/) + 2 : 0;
	const length = Buffer.byteLength(rest.slice(0, end + tail));
	return head.replace(/^(Content-Length: *)\d+/im, `$1${length}`) + rest;
}

const written = (list) =>
	list.map((m) => `${m.before}+${m.at.toFixed(3)}${m.after}${m.text}`).join("");

export function save(recording, folder) {
	mkdirSync(folder, { recursive: true });
	const { notify, ami, truth } = recording;
	if (notify)
		writeFileSync(join(folder, "notify.txt"),
			written(notify.map((m) => ({ ...m, text: measured(m.text) }))));
	if (ami) writeFileSync(join(folder, "ami.txt"), written(ami));
	writeFileSync(join(folder, "truth.json"), JSON.stringify(truth));
}

// ---- changing all texts or all times ---------------------------------------------

const changed = (list, f) => list && list.map((m) => ({ ...m, text: f(m.text), after: f(m.after) }));

function strings(x, f) {
	if (typeof x === "string") return f(x);
	if (Array.isArray(x)) return x.map((y) => strings(y, f));
	if (x && typeof x === "object")
		return Object.fromEntries(Object.entries(x).map(([k, v]) => [k, strings(v, f)]));
	return x;
}

// Paths such as "A.lines.202.talked".
const path = (p, f) => p.split(".").map(f).join(".");

function truthWith(truth, f) {
	return {
		...truth,
		watched: truth.watched.map(f),
		conversations: strings(truth.conversations, f),
		hidden_from_notify: truth.hidden_from_notify.map((p) => path(p, f)),
		hidden_from_api: truth.hidden_from_api.map((p) => path(p, f)),
		also_right: Object.fromEntries(Object.entries(truth.also_right ?? {})
			.map(([p, v]) => [path(p, f), strings(v, f)])),
	};
}

const escaped = (s) => s.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

// Whole words of all texts: names = { "201": "4201", ... }.
export function renamed(recording, names) {
	const words = Object.keys(names).sort((a, b) => b.length - a.length).map(escaped);
	const word = new RegExp(`(?<![\\w.+])(?:${words.join("|")})(?![\\w.])`, "g");
	const f = (s) => s.replace(word, (w) => names[w]);
	// Numbers that only count something stay.
	const lines = (s) => s.split("\n").map((l) => (/^(CSeq|Content-Length)/i.test(l) ? l : f(l))).join("\n");
	return {
		notify: changed(recording.notify, lines),
		ami: changed(recording.ami, lines),
		truth: truthWith(recording.truth, f),
	};
}

// Other ids of channels, calls, dialogs and subscriptions.
export function fresh(recording) {
	const ids = (s) => s
		.replace(/\b1(\d{9}\.\d+)\b/g, "3$1")
		.replace(/-0([0-9a-f]{7})(?![0-9a-f])/g, "-f$1")
		.replace(/\b([0-9a-f])([0-9a-f]{7}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\b/g,
			(all, first, rest) => ((parseInt(first, 16) + 1) % 16).toString(16) + rest)
		.replace(/\bcti-(?=[0-9a-z])/g, "cti-f")
		.replace(/^(Call-ID: )/gim, "$1f")
		.replace(/(\bcall-id=")/g, "$1f")
		.replace(/(<dialog id=")([^"]{16,})"/g, (all, a, id) => (id[8] === "-" ? all : `${a}f${id}"`));
	return { ...recording, notify: changed(recording.notify, ids), ami: changed(recording.ami, ids) };
}

function timed(x, f) {
	if (Array.isArray(x)) return x.map((y) => timed(y, f));
	if (typeof x === "number") return f(x);
	if (x && typeof x === "object")
		return Object.fromEntries(Object.entries(x).map(([k, v]) => [k, timed(v, f)]));
	return x;
}

function moved(recording, f) {
	const list = (l) => l && l.map((m) => ({ ...m, at: f(m.at) }));
	return {
		notify: list(recording.notify),
		ami: list(recording.ami),
		truth: { ...recording.truth, conversations: timed(recording.truth.conversations, f) },
	};
}

export const later = (recording, seconds) => moved(recording, (t) => t + seconds);

// People take their time; PBXs do not. Every pause longer than `human` seconds becomes
// pause(length) long; shorter ones stay.
export function paced(recording, pause, human = 0.65) {
	const times = [...(recording.notify ?? []), ...(recording.ami ?? [])].map((m) => m.at)
		.sort((a, b) => a - b);
	const knots = [[0, 0]];
	for (const t of times) {
		const [from, to] = knots.at(-1);
		const gap = t - from;
		if (gap > 0) knots.push([t, to + (gap > human ? pause(gap) : gap)]);
	}
	const f = (t) => {
		let i = knots.findIndex((k) => k[0] >= t);
		if (i < 0) return knots.at(-1)[1] + t - knots.at(-1)[0];
		if (i === 0) return t;
		const [[a, x], [b, y]] = [knots[i - 1], knots[i]];
		// What happened just before or after a message stays just before or after it.
		const middle = Math.min(b - a, y - x) / 2;
		return t - a < middle ? x + t - a : b - t < middle ? y - (b - t) : x + (y - x) / 2;
	};
	return moved(recording, f);
}

// All its subscriptions run out then, so that others of the same lines may follow.
export function expiring(recording, end) {
	const notify = recording.notify?.map((m) => ({ ...m,
		text: m.text.replace(/(;expires=)\d+/, `$1${Math.max(0, Math.floor(end - m.at))}`) }));
	return { ...recording, notify };
}

// ---- two -----------------------------------------------------------------------------

const ordered = (a, b) => (a || b) && [...(a ?? []), ...(b ?? [])].map((m, i) => [m, i])
	.sort(([x, i], [y, k]) => x.at - y.at || i - k).map(([m]) => m);

// Both in one recording; the conversations of the second get names of their own.
export function together(a, b) {
	const own = (id) => String.fromCharCode(id.charCodeAt(0) + 32);
	const ownPath = (p) => own(p[0]) + p.slice(1);
	const t = b.truth;
	return {
		notify: ordered(a.notify, b.notify),
		ami: ordered(a.ami, b.ami),
		truth: {
			...a.truth,
			watched: [...new Set([...a.truth.watched, ...t.watched])],
			conversations: [...a.truth.conversations,
				...t.conversations.map((c) => ({ ...c, id: own(c.id) }))],
			hidden_from_notify: [...a.truth.hidden_from_notify, ...t.hidden_from_notify.map(ownPath)],
			hidden_from_api: [...a.truth.hidden_from_api, ...t.hidden_from_api.map(ownPath)],
			also_right: { ...a.truth.also_right, ...Object.fromEntries(
				Object.entries(t.also_right ?? {}).map(([p, v]) => [ownPath(p), v])) },
		},
	};
}

export function endOf(recording) {
	return Math.max(...[...(recording.notify ?? []), ...(recording.ami ?? [])].map((m) => m.at));
}
