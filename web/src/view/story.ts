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

export function story(c: Conversation): HTMLElement {
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
  const segments = [...c.segments].sort((a, b) => (toMs(a.from) ?? 0) - (toMs(b.from) ?? 0));
  return h("div", { class: "story" },
    h("h2", {}, t("calls.story")),
    segments.length ? h("ol", { class: "strip" }, ...segments.map(segment)) : h("p", {}, t("calls.story.none")),
    lines.length ? h("ul", {}, ...lines.map((l) => h("li", {}, l))) : null,
    c.notes.length ? h("h2", {}, t("calls.notes")) : null,
    ...c.notes.map((n) => h("p", { class: "story-note" }, n.user ? `${n.user}: ${n.text}` : n.text)));
}
