/*
 * view/trace.ts -- the decisions about a conversation ("why did it not pop"), in
 * words. Codes stay beside them for who searches the logs.
 */
import type { Trace } from "@ringbridge/sdk";
import { t, word } from "../i18n/index.js";

/* What a line of the trace is about: decides how it is marked. */
export type DecisionKind = "pop" | "no-pop" | "other";

export interface Decision { kind: DecisionKind; text: string }

/* "line=201 why=ring number=none" */
export function fields(detail: string | null): Record<string, string> {
  const out: Record<string, string> = {};
  for (const part of (detail ?? "").split(" ")) {
    const at = part.indexOf("=");
    if (at > 0 && !Object.hasOwn(out, part.slice(0, at))) out[part.slice(0, at)] = part.slice(at + 1);
  }
  return out;
}

const POPS = new Set(["pop", "delivered", "acknowledged"]);
const NO_POPS = new Set(["no-pop", "no-session", "away", "not-shown", "pop-withdrawn"]);

/* A word of the program in the reader's language, or as it is. */
function say(prefix: string, w: string | undefined): string {
  return w === undefined || w === "none" ? t("trace.nobody") : word(prefix, w) ?? w;
}

export function decision(x: Trace): Decision {
  const f = fields(x.detail);
  const kind: DecisionKind = POPS.has(x.what) ? "pop" : NO_POPS.has(x.what) ? "no-pop" : "other";
  const values = {
    line: f["line"] ?? "?", user: f["user"] ?? "?", tab: f["tab"] ?? "?",
    number: say("trace.word", f["number"]), remote: say("trace.word", f["remote"]),
    from: say("trace.word", f["from"]), to: say("trace.word", f["to"]),
    ms: f["took_ms"] ?? "?", why: say(x.what === "pop" ? "pop.why" : "pop.gone", f["why"]),
    phase: say("trace.phase", f["phase"]), was: say("trace.phase", f["was"]), by: say("trace.by", f["by"]),
    how: say("trace.kind", f["kind"]), outcome: say("outcome", f["outcome"]),
    state: f["state"] ?? "?", event: f["event"] ?? "?", channel: f["channel"] ?? "?",
  };
  const key = x.what === "report" && f["source"] === "api" ? "trace.report-api"
    : x.what === "no-pop" && f["why"] === "waits-for-answer" ? "trace.no-pop-waits"
    : x.what === "merged" && f["into"] ? "trace.merged-into" : `trace.${x.what}`;
  const text = word(key.slice(0, key.indexOf(".")), key.slice(key.indexOf(".") + 1));
  if (text === null) return { kind, text: t("trace.other") };
  return { kind, text: text.replace(/\{([a-z]+)\}/g, (all, name: string) =>
    Object.hasOwn(values, name) ? values[name as keyof typeof values] : all) };
}
