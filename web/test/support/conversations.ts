/*
 * conversations.ts -- conversations for tests, as the hub would send them.
 * Plain objects on purpose: they go through the guards like wire data.
 */
export const AT = Date.parse("2026-11-24T08:41:00Z");

export function at(seconds: number): string {
  return new Date(AT + seconds * 1000).toISOString().replace("Z", "000Z");
}

export interface Wire { [key: string]: unknown }

export const external = (more: Wire = {}): Wire => ({
  number: "0312345678", e164: "+81312345678", display: "03-1234-5678", name: null,
  presentation: "allowed", source: "dialog", ...more,
});

export const leg = (more: Wire = {}): Wire => ({
  id: "leg-1", line: "201", role: "callee", state: "alerting", result: null,
  rang: [at(0), null], talked: [], held: [], cause: null, ...more,
});

export const yamada: Wire = {
  id: "c-17", name: "山田 太郎", company: "山田商店", url: "https://crm.example/contact/c-17",
  label: "mobile", reason: "exact number",
};

export const sato: Wire = {
  id: "c-21", name: "佐藤 花子", company: "山田商店", url: "https://crm.example/contact/c-21",
  label: "main number", reason: "company number",
};

export const one: Wire = { status: "one", reason: "exact number", matches: [yamada] };
export const many: Wire = { status: "many", reason: "2 contacts share this number", matches: [yamada, sato] };
export const none: Wire = { status: "none", reason: null, matches: [] };
export const pending: Wire = { status: "pending", reason: null, matches: [] };

export const conversation = (more: Wire = {}): Wire => ({
  id: "0193-a", pbx: "main", version: 1, direction: "inbound", state: "alerting",
  external: external(), dialled: "0355501234", queue: null, initiator: null, click_to_dial: false,
  started_at: at(0), answered_at: null, ended_at: null, outcome: null, cause: null, ended_by: null,
  unknown: [], legs: [leg()], transfers: [],
  segments: [{ kind: "rang", line: "201", from: at(0), to: null }],
  contacts: null, notes: [], ...more,
});

/* The same call a step further. */
export const connected = (more: Wire = {}): Wire => conversation({
  version: 5, state: "connected", answered_at: at(7),
  legs: [leg({ state: "connected", rang: [at(0), at(7)], talked: [[at(7), null]] })],
  segments: [
    { kind: "rang", line: "201", from: at(0), to: at(7) },
    { kind: "talked", line: "201", from: at(7), to: null },
  ],
  contacts: one, ...more,
});

export const held = (more: Wire = {}): Wire => connected({
  version: 6, state: "held",
  legs: [leg({
    state: "held", rang: [at(0), at(7)], talked: [[at(7), at(60)]], held: [[at(60), null]],
  })], ...more,
});

export const ended = (more: Wire = {}): Wire => connected({
  version: 9, state: "ended", ended_at: at(95), outcome: "answered", ended_by: "external",
  legs: [leg({
    state: "ended", result: "answered", rang: [at(0), at(7)], talked: [[at(7), at(95)]],
  })],
  segments: [
    { kind: "rang", line: "201", from: at(0), to: at(7) },
    { kind: "talked", line: "201", from: at(7), to: at(95) },
  ], ...more,
});

export const missed = (more: Wire = {}): Wire => conversation({
  version: 3, state: "ended", ended_at: at(20), outcome: "missed", ended_by: "external",
  legs: [leg({ state: "ended", result: "missed", rang: [at(0), at(20)] })], contacts: one, ...more,
});

export const health = (more: Wire = {}): Wire => ({
  pbxs: [{ name: "main", up: true, detail: null }], database: { up: true }, ...more,
});
