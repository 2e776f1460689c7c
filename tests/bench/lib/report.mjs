// report.mjs -- the table as Markdown, and a page with plots, both without any library.

const trim = (v) => {
	if (v === undefined || v === null || Number.isNaN(v)) return "";
	if (typeof v !== "number") return String(v);
	const a = Math.abs(v);
	if (a >= 1000) return Math.round(v).toLocaleString("en-US");
	return a >= 100 ? v.toFixed(0) : a >= 10 ? v.toFixed(1) : v.toFixed(2);
};
const unit = (r, v) => (v === undefined ? "" : `${trim(v)}${r.unit ? ` ${r.unit}` : ""}`);
const span = (s) => (s ? `${trim(s[0])} to ${trim(s[1])}` : "");
const verdict = (r) => (r.met === undefined ? "" : r.met ? "met" : "**missed**");

const heads = ["goal", "what", "product", "floor or peer", "ratio", "spread", "target", "", "drops"];
const cells = (bench, r) => [bench.goal, r.what, unit(r, r.product), unit(r, r.floor), trim(r.value), span(r.spread),
	r.target ?? "", verdict(r), r.drops === undefined ? "" : String(r.drops)];

export function table(results) {
	const lines = [`| ${heads.join(" | ")} |`, `|${heads.map(() => "---|").join("")}`];
	for (const bench of results)
		for (const r of bench.rows) lines.push(`| ${cells(bench, r).join(" | ")} |`);
	const notes = results.flatMap((b) => b.rows.filter((r) => r.note).map((r) => `- ${b.goal} ${r.what}: ${r.note}`));
	return `${lines.join("\n")}\n${notes.length ? `\n${notes.join("\n")}\n` : ""}`;
}

// ---- plots ----------------------------------------------------------------------

const escape = (s) => String(s).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/"/g, "&quot;");
const colours = { product: "#0a7d5a", floor: "#8a8f98", peer: "#c0562b" };
const W = 560, H = 240, L = 64, R = 12, T = 12, B = 34;

function scale(values, log) {
	const finite = values.filter((v) => Number.isFinite(v) && (!log || v > 0));
	let low = log ? Math.min(...finite) : Math.min(0, ...finite), high = Math.max(...finite);
	if (!finite.length || low === high) { low = (low || 1) / 2; high = (high || 1) * 2; }
	const f = log ? Math.log10 : (v) => v;
	return { low, high, y: (v) => H - B - ((f(Math.max(v, log ? low : v)) - f(low)) / (f(high) - f(low))) * (H - B - T) };
}

function ticks(s, log) {
	const out = [];
	if (log) for (let e = Math.ceil(Math.log10(s.low)); e <= Math.log10(s.high); e++) out.push(10 ** e);
	else for (let i = 0; i <= 4; i++) out.push(s.low + ((s.high - s.low) * i) / 4);
	return out;
}

function plot(p) {
	const s = scale(p.series.flatMap((x) => x.y), p.log);
	const n = p.x.length;
	const x = (i) => L + (n > 1 ? (i * (W - L - R)) / (n - 1) : (W - L - R) / 2);
	const every = Math.ceil(n / 8);
	const parts = [];
	for (const t of ticks(s, p.log))
		parts.push(`<line x1="${L}" x2="${W - R}" y1="${s.y(t)}" y2="${s.y(t)}" class="grid"/>`,
			`<text x="${L - 6}" y="${s.y(t) + 4}" text-anchor="end">${trim(t)}</text>`);
	p.x.forEach((label, i) => {
		if (i % every === 0) parts.push(`<text x="${x(i)}" y="${H - B + 18}" text-anchor="middle">${escape(label)}</text>`);
	});
	for (const line of p.series) {
		const colour = colours[line.name] ?? colours.peer;
		const points = line.y.map((v, i) => `${x(i).toFixed(1)},${s.y(v).toFixed(1)}`);
		parts.push(`<polyline points="${points.join(" ")}" fill="none" stroke="${colour}" stroke-width="1.5"><title>${escape(line.name)}</title></polyline>`);
		if (n < 40) for (const pt of points) parts.push(`<circle cx="${pt.split(",")[0]}" cy="${pt.split(",")[1]}" r="2.5" fill="${colour}"/>`);
	}
	const legend = [...new Set(p.series.map((l) => l.name))]
		.map((l) => `<span><i style="background:${colours[l] ?? colours.peer}"></i>${escape(l)}</span>`).join("");
	return `<figure><figcaption>${escape(p.title)} ${legend}</figcaption>` +
		`<svg viewBox="0 0 ${W} ${H}" role="img" aria-label="${escape(p.title)}">${parts.join("")}</svg></figure>`;
}

const style = `body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem;color:#1c2024}
table{border-collapse:collapse;width:100%;margin:.5rem 0 1rem}td,th{border-bottom:1px solid #d8dce1;padding:.25rem .6rem;text-align:left;font-variant-numeric:tabular-nums}
.missed{color:#b3261e;font-weight:600}.met{color:#0a7d5a}figure{display:inline-block;margin:0 1rem 1rem 0;width:35rem;max-width:100%}
figcaption{font-size:.85rem}figcaption span{margin-left:.8rem}figcaption i{display:inline-block;width:.7rem;height:.7rem;margin-right:.3rem}
svg{width:100%}svg text{font-size:11px;fill:#5b6470}.grid{stroke:#e6e9ed}.setting{color:#5b6470}`;

const section = (b) => `<h2>${escape(b.goal)} ${escape(b.title)}</h2><p class="setting">${escape(b.setting ?? "")}</p>
<table><tr>${heads.map((h) => `<th>${h}</th>`).join("")}</tr>${b.rows.map((r) =>
	`<tr>${cells(b, r).map((c) => `<td${c.includes("missed") ? ' class="missed"' : c === "met" ? ' class="met"' : ""}>${escape(c.replace(/\*/g, ""))}</td>`).join("")}</tr>`).join("")}</table>
${b.rows.filter((r) => r.note).map((r) => `<p>${escape(r.what)}: ${escape(r.note)}</p>`).join("")}${(b.plots ?? []).map(plot).join("")}`;

export function page(whole) {
	return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Ringbridge: benches</title><style>${style}</style>
<h1>Ringbridge: benches</h1><p class="setting">${escape(whole.at)}, ${whole.cpus} processors, ${escape(whole.cpu ?? "")}, load ${whole.load.map((l) => l.toFixed(1)).join(" ")}</p>
${whole.results.map(section).join("")}</html>\n`;
}
