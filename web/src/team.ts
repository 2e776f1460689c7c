/* team.ts -- what the lines of people are doing, and which calls wait. Pure. */
import type { Conversation } from "@ringbridge/sdk";
import { toMs } from "./format.js";
import type { State } from "./state.js";

export type PersonState = "free" | "ringing" | "dialling" | "talking" | "held" | "unknown";

const BY_LINE: Record<string, PersonState> = {
  idle: "free", alerting: "ringing", queued: "ringing", initiated: "dialling", connected: "talking", held: "held",
};
const RANK: PersonState[] = ["talking", "held", "ringing", "dialling", "free", "unknown"];

export interface Doing { state: PersonState; since: number | null; line: string | null }

/* The most telling of a person's lines. */
export function lineState(s: State, lines: readonly string[]): Doing {
  let best: Doing = { state: "unknown", since: null, line: null };
  for (const line of lines) {
    const known = s.presence.get(line);
    const state = BY_LINE[known?.state ?? ""] ?? "unknown";
    if (RANK.indexOf(state) < RANK.indexOf(best.state) || best.line === null)
      best = { state, since: known?.since ?? null, line };
  }
  return best;
}

/* From outside, and nobody has answered yet; the longest first. */
export function waitingCalls(s: State): Conversation[] {
  return [...s.conversations.values()]
    .filter((c) => c.direction === "inbound" && c.answered_at === null && (c.state === "queued" || c.state === "alerting"))
    .sort((a, b) => (toMs(a.started_at) ?? 0) - (toMs(b.started_at) ?? 0));
}
