/*
 * conversation.ts -- the conversation object of schema/ws/protocol.md, and its
 * guard. The same object comes by WebSocket, REST and the JSON Lines export.
 */
import { bool, count, list, nullable, object, oneOf, or, str, time } from "./check.js";
import type { Reader } from "./check.js";

export const STATES = ["initiated", "queued", "alerting", "connected", "held", "ended"] as const;
export type ConversationState = (typeof STATES)[number];

export const LEG_STATES = [
  "initiated", "alerting", "connected", "held", "queued", "failed", "ended",
] as const;
export type LegState = (typeof LEG_STATES)[number];

export const DIRECTIONS = ["inbound", "outbound", "internal", "unknown"] as const;
export type Direction = (typeof DIRECTIONS)[number];

export const PRESENTATIONS = [
  "allowed", "withheld", "payphone", "interaction", "unavailable", "unknown",
] as const;
export type Presentation = (typeof PRESENTATIONS)[number];

export const OUTCOMES = [
  "answered", "missed", "abandoned", "busy", "declined", "failed", "blocked",
] as const;
export type Outcome = (typeof OUTCOMES)[number];

export const CONTACT_STATUSES = ["pending", "one", "many", "none", "skipped", "failed"] as const;
export type ContactStatus = (typeof CONTACT_STATUSES)[number];

/* A moment, or "unknown": it has happened, nobody knows when. */
export type Moment = string | "unknown";
/* from, to; to null: goes on. */
export type Span = readonly [Moment | null, Moment | null];

export interface Text { en: string; ja: string }
export interface Cause { sip: number | null; q850: number | null; text: Text | null }

export interface Party {
  number: string | null;
  e164: string | null;
  display: string | null;
  name: string | null;
  presentation: Presentation;
  source: string | null;
}

export interface Leg {
  id: string;
  line: string | null;
  role: string;
  state: LegState;
  result: string | null;
  rang: Span | null;
  talked: Span[];
  held: Span[];
  cause: Cause | null;
}

export interface Transfer {
  at: Moment | null;
  kind: string;
  from: string | null;
  to: string | null;
  note: string | null;
}

export interface Segment { kind: string; line: string | null; from: Moment | null; to: Moment | null }

export interface Match {
  id: string;
  name: string | null;
  company: string | null;
  url: string | null;
  label: string | null;
  reason: string | null;
}

export interface Contacts { status: ContactStatus; reason: string | null; matches: Match[] }
/* id: the writer's own, the same note again replaces it. disposition: how it came out. */
export interface Note {
  at: Moment | null;
  user: string | null;
  text: string;
  id: string | null;
  disposition: string | null;
}
export interface Trace { at: Moment | null; what: string; detail: string | null }

export interface Conversation {
  id: string;
  pbx: string | null;
  version: number;
  /* Part of that conversation now: no call of its own. */
  merged_into: string | null;
  direction: Direction;
  state: ConversationState;
  external: Party | null;
  /* An internal call's beginner that is not a watched line. */
  inside: string | null;
  dialled: string | null;
  queue: string | null;
  initiator: string | null;
  click_to_dial: boolean;
  started_at: Moment | null;
  answered_at: Moment | null;
  ended_at: Moment | null;
  outcome: Outcome | null;
  cause: Cause | null;
  ended_by: string | null;
  unknown: string[];
  legs: Leg[];
  transfers: Transfer[];
  segments: Segment[];
  contacts: Contacts | null;
  notes: Note[];
  trace: Trace[];
}

const moment: Reader<Moment> = (v, path) => (v === "unknown" ? v : time(v, path));

const span: Reader<Span> = (v, path) => {
  const both = list(nullable(moment))(v, path);
  return [both[0] ?? null, both[1] ?? null];
};

const text = object<Text>({ en: str, ja: str });

export const cause: Reader<Cause> = object<Cause>({
  sip: nullable(count), q850: nullable(count), text: nullable(text),
});

const party = object<Party>({
  number: nullable(str), e164: nullable(str), display: nullable(str), name: nullable(str),
  presentation: oneOf(PRESENTATIONS), source: nullable(str),
});

/* A withheld number must not be shown even if a sender forgot to drop it. */
const shownParty: Reader<Party> = (v, path) => {
  const p = party(v, path);
  if (p.presentation === "allowed" || p.presentation === "unknown") return p;
  return { ...p, number: null, e164: null, display: null, name: null };
};

const leg = object<Leg>({
  id: str, line: nullable(str), role: or(str, "unknown"), state: oneOf(LEG_STATES),
  result: nullable(str), rang: nullable(span), talked: or(list(span), []),
  held: or(list(span), []), cause: nullable(cause),
});

const match = object<Match>({
  id: str, name: nullable(str), company: nullable(str), url: nullable(str),
  label: nullable(str), reason: nullable(str),
});

export const contacts: Reader<Contacts> = object<Contacts>({
  status: oneOf(CONTACT_STATUSES), reason: nullable(str), matches: or(list(match), []),
});

export const conversation: Reader<Conversation> = object<Conversation>({
  id: str,
  pbx: nullable(str),
  version: count,
  merged_into: nullable(str),
  direction: oneOf(DIRECTIONS),
  state: oneOf(STATES),
  external: nullable(shownParty),
  inside: nullable(str),
  dialled: nullable(str),
  queue: nullable(str),
  initiator: nullable(str),
  click_to_dial: or(bool, false),
  started_at: nullable(moment),
  answered_at: nullable(moment),
  ended_at: nullable(moment),
  outcome: nullable(oneOf(OUTCOMES)),
  cause: nullable(cause),
  ended_by: nullable(str),
  unknown: or(list(str), []),
  legs: or(list(leg), []),
  transfers: or(list(object<Transfer>({
    at: nullable(moment), kind: str, from: nullable(str), to: nullable(str), note: nullable(str),
  })), []),
  segments: or(list(object<Segment>({
    kind: str, line: nullable(str), from: nullable(moment), to: nullable(moment),
  })), []),
  contacts: nullable(contacts),
  notes: or(list(object<Note>({
    at: nullable(moment), user: nullable(str), text: str, id: nullable(str), disposition: nullable(str),
  })), []),
  trace: or(list(object<Trace>({ at: nullable(moment), what: str, detail: nullable(str) })), []),
});
