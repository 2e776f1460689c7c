/* view/story.ts -- one conversation as a strip of segments, and the facts below it. */
import type { Conversation, Segment } from "@ringbridge/sdk";
import { h } from "../dom.js";
import { between, duration, toMs } from "../format.js";
import { t, word } from "../i18n/index.js";
import { causeText } from "./words.js";

/* From the start to the first answer, or to the end; null: not known. */
export function waited(c: Conversation): number | null {
  return between(c.started_at, c.answered_at ?? c.ended_at);
}

function segment(s: Segment): HTMLElement {
  const ms = between(s.from, s.to);
  const el = h("li", { attrs: { "data-kind": s.kind } },
    h("span", { class: "seg-kind" }, word("segment", s.kind) ?? t("segment.other")),
    h("span", { class: "seg-line" }, s.line ? t("who.line", { line: s.line }) : ""),
    h("span", { class: "seg-time" }, ms === null ? t("time.unknown") : duration(ms)));
  /* Width tells length, but never so little that the words do not fit. */
  el.style.flexGrow = String(Math.max(1, Math.sqrt((ms ?? 0) / 1000)));
  return el;
}

function endedBy(who: string): string {
  const name = who === "external" ? t("calls.ended-by.external") : who === "pbx" ? t("calls.ended-by.pbx")
    : t("who.line", { line: who });
  return t("calls.ended-by", { who: name });
}

/* What else there is to say, a line each: transfers, who ended it, why, what nobody could see. */
export function facts(c: Conversation): string[] {
  const lines: string[] = [];
  for (const x of c.transfers) {
    const known = ["blind", "attended", "pickup", "park", "retrieve"].includes(x.kind);
    if (known) lines.push(t(`calls.transfer.${x.kind}` as "calls.transfer.blind", { from: x.from ?? "–", to: x.to ?? "–" })
      + (x.note ? `: ${x.note}` : ""));
  }
  if (c.ended_by) lines.push(endedBy(c.ended_by));
  const cause = causeText(c.cause);
  if (cause) lines.push(`${t("card.cause")}: ${cause}`);
  if (c.unknown.length)
    lines.push(t("calls.unknown-facts", { facts: c.unknown.map((f) => word("fact", f) ?? f).join(", ") }));
  return lines;
}

function inOrder(c: Conversation): Segment[] {
  return [...c.segments].sort((a, b) => (toMs(a.from) ?? 0) - (toMs(b.from) ?? 0));
}

export function story(c: Conversation): HTMLElement {
  const lines = facts(c);
  const segments = inOrder(c);
  return h("div", { class: "story" },
    h("h2", {}, t("calls.story")),
    segments.length ? h("ol", { class: "strip" }, ...segments.map(segment)) : h("p", {}, t("calls.story.none")),
    lines.length ? h("ul", {}, ...lines.map((l) => h("li", {}, l))) : null,
    c.notes.length ? h("h2", {}, t("calls.notes")) : null,
    ...c.notes.map((n) => h("p", { class: "story-note" }, n.user ? `${n.user}: ${n.text}` : n.text)));
}

/* ---- on a line of time ------------------------------------------------------ */

interface Lane { name: string; segments: Segment[] }

function lanesOf(segments: readonly Segment[]): Lane[] {
  const all: Lane[] = [];
  for (const s of segments) {
    const name = s.line ? t("who.line", { line: s.line }) : t("call.waiting");
    let lane = all.find((l) => l.name === name);
    if (!lane) all.push((lane = { name, segments: [] }));
    lane.segments.push(s);
  }
  return all;
}

/* Steps of a scale that people can read, about five of them. */
function step(ms: number): number {
  const s = [5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200].map((x) => x * 1000);
  return s.find((x) => ms / x <= 6) ?? ms;
}

function place(el: HTMLElement, from: number, to: number, start: number, span: number): HTMLElement {
  el.style.insetInlineStart = `${((from - start) / span) * 100}%`;
  if (to > from) el.style.width = `${((to - from) / span) * 100}%`;
  return el;
}

function bar(s: Segment, start: number, end: number): HTMLElement | null {
  const from = toMs(s.from);
  if (from === null) return null;
  const to = toMs(s.to) ?? end;
  const ms = between(s.from, s.to);
  const label = `${word("segment", s.kind) ?? t("segment.other")} ${ms === null ? t("time.unknown") : duration(ms)}`;
  return place(h("li", { class: "bar-of", attrs: { "data-kind": s.kind, title: label } },
    h("span", {}, label)), from, to, start, Math.max(1, end - start));
}

/* Who had the call when: a row for each phone, bars as long as they lasted. */
export function lanes(c: Conversation): HTMLElement {
  const segments = inOrder(c);
  const times = segments.flatMap((s) => [toMs(s.from), toMs(s.to)]).filter((x): x is number => x !== null);
  const start = toMs(c.started_at) ?? Math.min(...times);
  const end = Math.max(toMs(c.ended_at) ?? 0, ...times);
  if (segments.length === 0 || !Number.isFinite(start) || end <= start)
    return h("section", {}, h("h2", {}, t("calls.story")), h("p", { class: "empty" }, t("calls.story.none")));
  const tick = step(end - start);
  const ticks = Array.from({ length: Math.floor(((end - start) * 0.94) / tick) + 1 }, (_, i) =>
    place(h("span", {}, duration(i * tick)), start + i * tick, 0, start, end - start));
  return h("section", {}, h("h2", {}, t("calls.story")),
    h("div", { class: "lanes" },
      ...lanesOf(segments).map((l) => h("div", { class: "lane" }, h("h3", { class: "lane-name" }, l.name),
        h("ol", { class: "lane-bars" }, ...l.segments.map((s) => bar(s, start, end))))),
      h("div", { class: "lane scale", attrs: { "aria-hidden": "true" } }, h("span", { class: "lane-name" }), h("div", { class: "lane-bars" }, ...ticks))));
}
