/*
 * cards.ts -- which conversations have a card, in which order, and what a card
 * says: pure functions over State.
 */
import { isFinal } from "@ringbridge/sdk";
import type { Contacts, Conversation, Leg, Match, Moment, PopUp, Span } from "@ringbridge/sdk";
import type { State } from "./state.js";

/*
 * active     I talk, hold or dial: pinned on top
 * waiting    it rings here (or is queued to me)
 * over       it had a card; stays until dismissed, for the note
 * elsewhere  another tab of mine shows the card: one quiet row
 */
export type CardKind = "active" | "waiting" | "over" | "elsewhere";

export type CardState =
  | "initiated" | "ringing-out" | "alerting" | "queued" | "connected" | "held" | "ended" | "missed"
  | "failed" | "elsewhere";

export interface Card {
  conversation: Conversation;
  leg: Leg | null; /* my line's part; null: only the pop is known yet */
  pop: PopUp | null;
  kind: CardKind;
  state: CardState;
  /* Since when it is so, for the timer; null: unknown. */
  since: Moment | null;
}

const RANK: Record<CardKind, number> = { active: 0, waiting: 1, elsewhere: 2, over: 3 };
const ACTIVE_RANK: Partial<Record<CardState, number>> = { connected: 0, held: 1 };
const LEG_RANK: Record<string, number> = {
  connected: 0, held: 1, alerting: 2, initiated: 3, queued: 4, failed: 5, ended: 6,
};

/* How many cards of finished calls stay; the rest are in the recent list. */
const MAX_OVER = 3;

export function myLegs(c: Conversation, lines: readonly string[]): Leg[] {
  return c.legs.filter((l) => l.line !== null && lines.includes(l.line));
}

function myLeg(c: Conversation, lines: readonly string[]): Leg | null {
  return myLegs(c, lines).reduce<Leg | null>(
    (best, l) => (!best || LEG_RANK[l.state]! <= LEG_RANK[best.state]! ? l : best), null);
}

function last(spans: readonly Span[]): Span | null {
  return spans[spans.length - 1] ?? null;
}

function isMissed(c: Conversation, leg: Leg | null): boolean {
  return c.direction !== "outbound" && leg?.role !== "caller"
    && (c.outcome === "missed" || c.outcome === "abandoned");
}

/* A dial of this page tells about this conversation until it is through. */
function ownedByDial(s: State, c: Conversation, leg: Leg | null): boolean {
  return s.dials.some((d) => d.conversation === c.id
    || (d.conversation === null && !isFinal(d.state) && c.click_to_dial && c.state !== "ended"
      && leg?.role === "caller"));
}

/* Talked with me, or ended before anybody took it. "Answered by a colleague" is not kept. */
function staysOver(s: State, c: Conversation, leg: Leg | null): boolean {
  if (!s.shown.has(c.id) || s.dismissed.has(c.id) || !leg) return false;
  if (leg.talked.length > 0) return true;
  return c.state === "ended" && leg.result !== "answered-elsewhere" && c.outcome !== "answered";
}

function stateOfLeg(c: Conversation, leg: Leg): CardState {
  switch (leg.state) {
    case "initiated":
    case "connected": {
      const rings = c.legs.some((l) => l !== leg && l.state === "alerting") || c.state === "alerting";
      const answered = leg.role !== "caller" || c.answered_at !== null;
      if (leg.state === "connected" && answered) return "connected";
      return rings ? "ringing-out" : "initiated";
    }
    case "alerting": return leg.role === "caller" ? "initiated" : "alerting";
    case "failed":
    case "ended": return "ended";
    default: return leg.state;
  }
}

function sinceOf(c: Conversation, leg: Leg, state: CardState): Moment | null {
  switch (state) {
    case "connected": return last(leg.talked)?.[0] ?? c.answered_at;
    case "held": return last(leg.held)?.[0] ?? null;
    case "alerting": return leg.rang?.[0] ?? c.started_at;
    default: return c.started_at;
  }
}

function cardOf(s: State, c: Conversation, pop: PopUp | null): Card | null {
  const leg = myLeg(c, s.user?.lines ?? []);
  if (ownedByDial(s, c, leg)) return null;
  const base = { conversation: c, leg, pop };
  if (!leg || c.state === "ended" || leg.state === "ended" || leg.state === "failed") {
    if (staysOver(s, c, leg)) {
      const talked = (leg?.talked.length ?? 0) > 0;
      const state = isMissed(c, leg) ? "missed" : talked ? "ended" : "failed";
      return { ...base, kind: "over", state, since: null };
    }
    if (!pop || c.state === "ended" || leg) return null;
    return { ...base, kind: "waiting", state: "alerting", since: c.started_at };
  }
  const state = stateOfLeg(c, leg);
  const since = sinceOf(c, leg, state);
  if (state !== "alerting" && state !== "queued") return { ...base, kind: "active", state, since };
  if (!pop) return null;
  return pop.here ? { ...base, kind: "waiting", state, since }
    : { ...base, kind: "elsewhere", state: "elsewhere", since };
}

function order(a: Card, b: Card): number {
  return RANK[a.kind] - RANK[b.kind]
    || (ACTIVE_RANK[a.state] ?? 2) - (ACTIVE_RANK[b.state] ?? 2)
    || (a.kind === "over" ? -1 : 1)
      * (a.conversation.started_at ?? "").localeCompare(b.conversation.started_at ?? "")
    || a.conversation.id.localeCompare(b.conversation.id);
}

export function cards(s: State): Card[] {
  const pops = new Map<string, PopUp>();
  for (const p of s.pops.values()) {
    const have = pops.get(p.conversation);
    if (!have || (!have.here && p.here)) pops.set(p.conversation, p);
  }
  const all: Card[] = [];
  for (const c of s.conversations.values()) {
    const card = cardOf(s, c, pops.get(c.id) ?? null);
    if (card) all.push(card);
  }
  all.sort(order);
  let over = 0;
  return all.filter((card) => card.kind !== "over" || s.drafts.has(card.conversation.id)
    || ++over <= MAX_OVER);
}

/* ---- who ---------------------------------------------------------------- */

export interface Who {
  kind: "contact" | "network" | "withheld" | "unknown" | "pending" | "many" | "internal";
  contact: Match | null;
  /* Number or line as people write it; null if there is none to show. */
  number: string | null;
  networkName: string | null;
}

export function chosenMatch(c: Conversation, chosen: ReadonlyMap<string, string>): Match | null {
  const contacts = c.contacts;
  if (!contacts) return null;
  const id = chosen.get(c.id);
  const picked = id === undefined ? undefined : contacts.matches.find((m) => m.id === id);
  return picked ?? (contacts.status === "one" ? contacts.matches[0] ?? null : null);
}

/* The other side of an internal call, seen from my lines. */
function colleague(c: Conversation, lines: readonly string[]): string | null {
  const other = c.legs.find((l) => l.line !== null && !lines.includes(l.line));
  if (other) return other.line;
  if (c.inside) return c.inside;
  return c.initiator && c.initiator !== "pbx" && !lines.includes(c.initiator) ? c.initiator : c.dialled;
}

/* A text of nothing but blanks and signs without a width names nobody. */
function legible(text: string | null | undefined): string | null {
  return text && /[^\p{C}\p{Z}]/u.test(text) ? text : null;
}

export function who(c: Conversation, lines: readonly string[], chosen: ReadonlyMap<string, string>): Who {
  const x = c.external;
  const contact = chosenMatch(c, chosen);
  const number = x ? legible(x.display) ?? x.number : c.direction === "internal" ? colleague(c, lines) : null;
  const base = { contact, number, networkName: legible(x?.name) };
  if (contact) return { ...base, kind: "contact" };
  if (!x) return { ...base, kind: c.direction === "internal" ? "internal" : "unknown" };
  if (x.presentation !== "allowed" && x.presentation !== "unknown") return { ...base, kind: "withheld" };
  if (c.contacts?.status === "many") return { ...base, kind: "many" };
  if (isPending(c.contacts) && x.number && c.state !== "ended" && !base.networkName)
    return { ...base, kind: "pending" };
  return { ...base, kind: base.networkName ? "network" : "unknown" };
}

export function isPending(contacts: Contacts | null): boolean {
  return contacts === null || contacts.status === "pending";
}
