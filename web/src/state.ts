/*
 * state.ts -- (state, message) -> state: the browser's twin of the call model.
 *
 * Pure: no clock, no DOM, no network. What the screen shows is derived from the
 * result (cards.ts); what the hub said is here and nothing else, beside what
 * the person did on this page: choices, drafts, dismissed cards.
 */
import { isFinal } from "@ringbridge/sdk";
import type {
  Capabilities, Cause, Change, Conversation, Gone, Health, HealthMessage, LineMessage, LineState, Link, Pop, PopUp,
  PopWithdrawn, Result, ResultState, Snapshot, User, Welcome,
} from "@ringbridge/sdk";
import type { Colleague, Settings } from "./api.js";
import { cards } from "./cards.js";
import { toMs } from "./format.js";

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

/* What is typed and not yet known to be kept. id: the note's own, kept while it is edited. */
export interface Draft { id: string; text: string; disposition: string | null }

/* What a line does, told by the hub; since when, ms; null: not known. */
export interface Presence { state: string; since: number | null }

export interface State {
  link: Link;
  user: User | null;
  capabilities: Capabilities;
  settable: readonly string[]; /* capabilities that only a setting keeps off */
  conversations: ReadonlyMap<string, Conversation>;
  pops: ReadonlyMap<string, PopUp>; /* by pop id */
  lines: readonly LineState[];
  health: Health | null;
  dials: readonly Dial[];
  /* Conversations that had a card of their own here; closed by the person. */
  shown: ReadonlySet<string>;
  dismissed: ReadonlySet<string>;
  chosen: ReadonlyMap<string, string>; /* conversation -> contact id */
  drafts: ReadonlyMap<string, Draft>; /* conversation -> unsaved note */
  saving: ReadonlyMap<string, Draft>; /* sent, not yet seen in the conversation */
  saved: ReadonlyMap<string, Draft>; /* what is kept, to go on writing */
  failed: ReadonlyMap<string, string>; /* conversation -> why a command on it failed */
  consulting: ReadonlyMap<string, string>; /* conversation -> who is asked before it is handed over */
  recent: readonly Conversation[]; /* over, newest first */
  recentFailed: boolean;
  presence: ReadonlyMap<string, Presence>; /* by line: mine and my colleagues' */
  colleagues: readonly Colleague[];
  settings: Settings | null;
  /* Rang here, and a colleague answered: shown for a moment. conversation -> line */
  taken: ReadonlyMap<string, string | null>;
  /* Missed since I was last here, newest first; empty: nothing, or seen. */
  away: readonly Conversation[];
}

export type Message =
  | Welcome | Snapshot | Change | Gone | Pop | PopWithdrawn | Result | HealthMessage | LineMessage
  | { type: "link"; link: Link }
  | { type: "user"; user: User | null }
  | { type: "dialled"; id: string; number: string }
  | { type: "dial-closed"; id: string }
  | { type: "cancelling"; id: string }
  | { type: "dismissed"; conversation: string }
  | { type: "chosen"; conversation: string; contact: string }
  | { type: "draft"; conversation: string; draft: Draft }
  | { type: "note-sent"; conversation: string; draft: Draft }
  | { type: "note-saved"; conversation: string; draft: Draft }
  | { type: "colleagues"; colleagues: readonly Colleague[] }
  | { type: "settings"; settings: Settings }
  | { type: "taken-seen"; conversation: string }
  | { type: "away"; calls: readonly Conversation[] }
  | { type: "command-begun"; conversation: string }
  | { type: "command-failed"; conversation: string; why: string }
  | { type: "consulting"; conversation: string; number: string | null }
  | { type: "recent"; calls: readonly Conversation[] | null };

export const RECENT = 30;

const NOTHING: Capabilities = { dial: false, answer: false, hangup: false, hold: false, transfer: false, consult: false };

export const initial: State = {
  link: { state: "closed", retry_at: null }, user: null, capabilities: NOTHING, settable: [],
  conversations: new Map(), pops: new Map(), lines: [], health: null, dials: [],
  shown: new Set(), dismissed: new Set(), chosen: new Map(), drafts: new Map(),
  saving: new Map(), saved: new Map(), failed: new Map(), consulting: new Map(), recent: [], recentFailed: false,
  presence: new Map(), colleagues: [], settings: null, away: [], taken: new Map(),
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
  const next: State = {
    ...s,
    conversations: put(s.conversations, c.id, c),
    recent: c.state === "ended" ? mergeRecent(s.recent, [c]) : s.recent,
  };
  const saving = s.saving.get(c.id);
  return saving && c.notes.some((n) => n.id === saving.id && n.text === saving.text && n.disposition === saving.disposition)
    ? noteSaved(next, c.id, saving) : next;
}

function same(a: Draft | undefined, b: Draft): boolean {
  return a !== undefined && a.id === b.id && a.text === b.text && a.disposition === b.disposition;
}

/* What was typed after the note went out is still unsaved. */
function noteSaved(s: State, id: string, d: Draft): State {
  return {
    ...s, saved: put(s.saved, id, d),
    saving: same(s.saving.get(id), d) ? drop(s.saving, id) : s.saving,
    drafts: same(s.drafts.get(id), d) ? drop(s.drafts, id) : s.drafts,
  };
}

/* An empty note that was never kept is none. */
function draft(s: State, id: string, d: Draft): State {
  const none = d.text.trim() === "" && d.disposition === null && !s.saved.has(id);
  return { ...s, drafts: none || same(s.saved.get(id), d) ? drop(s.drafts, id) : put(s.drafts, id, d) };
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
    presence: new Map(m.lines.map((l) => [l.line, { state: l.state, since: toMs(l.since) }])),
  };
}

/* The line that talks now, or did first. */
export function takenBy(c: Conversation | undefined): string | null {
  return c?.legs.find((l) => l.role !== "caller" && (l.state === "connected" || l.state === "held" || l.talked.length > 0))?.line ?? null;
}

function withdrawn(s: State, m: PopWithdrawn): State {
  const pops = drop(s.pops, m.id);
  return m.why === "answered-elsewhere" && s.pops.has(m.id)
    ? { ...s, pops, taken: put(s.taken, m.conversation, takenBy(s.conversations.get(m.conversation))) } : { ...s, pops };
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
    case "welcome": return { ...s, user: m.user, capabilities: m.capabilities, settable: m.settable };
    case "snapshot": return snapshot(s, m);
    case "change": return changed(s, m.conversation);
    case "pop": return { ...s, pops: put(s.pops, m.id, m) };
    case "pop_withdrawn": return withdrawn(s, m);
    case "taken-seen": return { ...s, taken: drop(s.taken, m.conversation) };
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
    case "gone": return { ...s, conversations: drop(s.conversations, m.conversation) };
    case "line":
      return { ...s, presence: put(s.presence, m.line, { state: m.state, since: toMs(m.since) }) };
    case "colleagues": return { ...s, colleagues: m.colleagues };
    case "settings": return { ...s, settings: m.settings };
    case "away": return { ...s, away: m.calls };
    case "draft": return draft(s, m.conversation, m.draft);
    case "note-sent": return { ...s, saving: put(s.saving, m.conversation, m.draft) };
    case "note-saved": return noteSaved(s, m.conversation, m.draft);
    case "command-begun": return { ...s, failed: drop(s.failed, m.conversation) };
    case "consulting":
      return { ...s, consulting: m.number === null ? drop(s.consulting, m.conversation) : put(s.consulting, m.conversation, m.number) };
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
  const consulting = new Map(s.consulting);
  for (const c of gone) {
    consulting.delete(c.id);
    conversations.delete(c.id);
    shown.delete(c.id);
    dismissed.delete(c.id);
  }
  return { ...s, conversations, shown, dismissed, consulting };
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
