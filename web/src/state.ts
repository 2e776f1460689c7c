/*
 * state.ts -- (state, message) -> state: the browser's twin of the call model.
 *
 * Pure: no clock, no DOM, no network. What the screen shows is derived from the
 * result (cards.ts); what the hub said is here and nothing else, beside what
 * the person did on this page: choices, drafts, dismissed cards.
 */
import { isFinal } from "@ringbridge/sdk";
import type {
  Capabilities, Cause, Change, Conversation, Health, HealthMessage, LineState, Link, Pop, PopUp,
  PopWithdrawn, Result, ResultState, Snapshot, User, Welcome,
} from "@ringbridge/sdk";
import { cards } from "./cards.js";

export interface Dial {
  id: string;
  number: string; /* as typed */
  state: ResultState;
  phase: string | null;
  why: string | null;
  cause: Cause | null;
  conversation: string | null;
  cancelling: boolean;
}

export interface State {
  link: Link;
  user: User | null;
  capabilities: Capabilities;
  conversations: ReadonlyMap<string, Conversation>;
  pops: ReadonlyMap<string, PopUp>; /* by pop id */
  lines: readonly LineState[];
  health: Health | null;
  dials: readonly Dial[];
  /* Conversations that had a card of their own here; closed by the person. */
  shown: ReadonlySet<string>;
  dismissed: ReadonlySet<string>;
  chosen: ReadonlyMap<string, string>; /* conversation -> contact id */
  drafts: ReadonlyMap<string, string>; /* conversation -> unsaved note */
  saving: ReadonlyMap<string, string>; /* sent, not yet seen in the conversation */
  failed: ReadonlyMap<string, string>; /* conversation -> why a command on it failed */
  recent: readonly Conversation[]; /* over, newest first */
  recentFailed: boolean;
}

export type Message =
  | Welcome | Snapshot | Change | Pop | PopWithdrawn | Result | HealthMessage
  | { type: "link"; link: Link }
  | { type: "user"; user: User | null }
  | { type: "dialled"; id: string; number: string }
  | { type: "dial-closed"; id: string }
  | { type: "cancelling"; id: string }
  | { type: "dismissed"; conversation: string }
  | { type: "chosen"; conversation: string; contact: string }
  | { type: "draft"; conversation: string; text: string }
  | { type: "note-sent"; conversation: string; text: string }
  | { type: "command-failed"; conversation: string; why: string }
  | { type: "recent"; calls: readonly Conversation[] | null };

export const RECENT = 30;

const NOTHING: Capabilities = { dial: false, answer: false, hangup: false, hold: false, transfer: false, consult: false };

export const initial: State = {
  link: { state: "closed", retry_at: null }, user: null, capabilities: NOTHING,
  conversations: new Map(), pops: new Map(), lines: [], health: null, dials: [],
  shown: new Set(), dismissed: new Set(), chosen: new Map(), drafts: new Map(),
  saving: new Map(), failed: new Map(), recent: [], recentFailed: false,
};

function put<K, V>(map: ReadonlyMap<K, V>, key: K, value: V): Map<K, V> {
  return new Map(map).set(key, value);
}

function drop<K, V>(map: ReadonlyMap<K, V>, key: K): Map<K, V> {
  const m = new Map(map);
  m.delete(key);
  return m;
}

/* Newest first; one entry a conversation; the newer version wins. */
function mergeRecent(list: readonly Conversation[], more: readonly Conversation[]): Conversation[] {
  const byId = new Map<string, Conversation>();
  for (const c of [...list, ...more]) {
    const have = byId.get(c.id);
    if (c.state === "ended" && !c.merged_into && (!have || have.version <= c.version)) byId.set(c.id, c);
  }
  return [...byId.values()]
    .sort((a, b) => (b.started_at ?? "").localeCompare(a.started_at ?? "") || b.id.localeCompare(a.id))
    .slice(0, RECENT);
}

/* The newest picture of a conversation; older ones change nothing. */
function changed(s: State, c: Conversation): State {
  const have = s.conversations.get(c.id);
  if (have && have.version > c.version) return s;
  if (c.merged_into)
    return { ...s, conversations: drop(s.conversations, c.id) };
  const saving = s.saving.get(c.id);
  const saved = saving !== undefined && c.notes.some((n) => n.text === saving);
  return {
    ...s,
    conversations: put(s.conversations, c.id, c),
    recent: c.state === "ended" ? mergeRecent(s.recent, [c]) : s.recent,
    ...(saved ? { saving: drop(s.saving, c.id), drafts: withoutSaved(s, c.id, saving) } : {}),
  };
}

/* What was typed after the note went out is a new draft. */
function withoutSaved(s: State, id: string, saved: string): ReadonlyMap<string, string> {
  return (s.drafts.get(id) ?? "").trim() === saved ? drop(s.drafts, id) : s.drafts;
}

/* It went on without us and is gone: over, and nobody told us when. */
function lostSight(c: Conversation): Conversation {
  if (c.state === "ended") return c;
  return {
    ...c, state: "ended", ended_at: "unknown",
    legs: c.legs.map((l) => ({ ...l, state: "ended" as const })),
  };
}

function snapshot(s: State, m: Snapshot): State {
  const conversations = new Map<string, Conversation>();
  for (const [id, c] of s.conversations)
    if (s.shown.has(id) && !s.dismissed.has(id)) conversations.set(id, lostSight(c));
  for (const c of m.conversations) if (!c.merged_into) conversations.set(c.id, c);
  return {
    ...s, conversations, lines: m.lines, health: m.health,
    pops: new Map(m.pops.map((p) => [p.id, p])),
  };
}

function result(s: State, r: Result): State {
  const at = s.dials.findIndex((d) => d.id === r.id);
  if (at < 0) return s;
  if (r.state === "done") return { ...s, dials: s.dials.filter((d) => d.id !== r.id) };
  const d = s.dials[at]!;
  const next: Dial = {
    ...d, state: r.state, phase: r.phase ?? d.phase, why: r.why, cause: r.cause,
    conversation: r.conversation ?? d.conversation, cancelling: d.cancelling && !isFinal(r.state),
  };
  return { ...s, dials: s.dials.map((x, i) => (i === at ? next : x)) };
}

function step(s: State, m: Message): State {
  switch (m.type) {
    case "link": return { ...s, link: m.link };
    case "user": return m.user ? { ...s, user: m.user } : initial;
    case "welcome": return { ...s, user: m.user, capabilities: m.capabilities };
    case "snapshot": return snapshot(s, m);
    case "change": return changed(s, m.conversation);
    case "pop": return { ...s, pops: put(s.pops, m.id, m) };
    case "pop_withdrawn": return { ...s, pops: drop(s.pops, m.id) };
    case "health": return { ...s, health: m.health };
    case "result": return result(s, m);
    case "dialled":
      return { ...s, dials: [...s.dials.filter((d) => !isFinal(d.state)), {
        id: m.id, number: m.number, state: "progress", phase: null, why: null, cause: null,
        conversation: null, cancelling: false,
      }] };
    case "dial-closed": return { ...s, dials: s.dials.filter((d) => d.id !== m.id) };
    case "cancelling":
      return { ...s, dials: s.dials.map((d) => (d.id === m.id ? { ...d, cancelling: true } : d)) };
    case "dismissed": return { ...s, dismissed: new Set(s.dismissed).add(m.conversation) };
    case "chosen": return { ...s, chosen: put(s.chosen, m.conversation, m.contact) };
    case "draft":
      return { ...s, drafts: m.text === "" ? drop(s.drafts, m.conversation)
        : put(s.drafts, m.conversation, m.text) };
    case "note-sent": return { ...s, saving: put(s.saving, m.conversation, m.text) };
    case "command-failed": return { ...s, failed: put(s.failed, m.conversation, m.why) };
    case "recent": return m.calls
      ? { ...s, recent: mergeRecent(s.recent, m.calls), recentFailed: false }
      : { ...s, recentFailed: true };
  }
}

/* Ended conversations without a card are in `recent`; keep the map small. */
function prune(s: State, visible: ReadonlySet<string>): State {
  const gone = [...s.conversations.values()].filter((c) => c.state === "ended" && !visible.has(c.id));
  if (gone.length === 0) return s;
  const conversations = new Map(s.conversations);
  const shown = new Set(s.shown);
  const dismissed = new Set(s.dismissed);
  for (const c of gone) {
    conversations.delete(c.id);
    shown.delete(c.id);
    dismissed.delete(c.id);
  }
  return { ...s, conversations, shown, dismissed };
}

export function reduce(s: State, m: Message): State {
  const next = step(s, m);
  if (next === s) return s;
  const now = cards(next);
  const visible = new Set(now.map((c) => c.conversation.id));
  const fresh = now.filter((c) => c.kind !== "elsewhere" && !next.shown.has(c.conversation.id));
  const marked = fresh.length === 0 ? next
    : { ...next, shown: new Set([...next.shown, ...fresh.map((c) => c.conversation.id)]) };
  return prune(marked, visible);
}

/* Unsaved input on this page: the hub prefers another tab for what may navigate. */
export function isDirty(s: State): boolean {
  return s.drafts.size > 0;
}
