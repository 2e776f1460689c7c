/*
 * office.ts -- answers of a small office for tests of the pages: figures, missed
 * callers, colleagues, users. name() makes every name; a hostile one goes everywhere.
 */
import * as say from "./conversations.js";
import type { Wire } from "./conversations.js";
import type { FakeHub } from "./fakehub.js";

const PEOPLE = ["青木 さくら", "森 直樹", "佐藤 花子", "鈴木 健", "田中 美咲", "Anna Keller", "中村 大輔", "伊藤 由美", "渡辺 翔",
  "小林 誠", "加藤 彩", "吉田 亮"];

export const settings: Wire = {
  service_level_s: 20, waiting_warn: 2, waiting_bad: 5, longest_warn_s: 30, longest_bad_s: 90, level_warn: 80, level_bad: 60,
  missed_warn: 5, missed_bad: 15, changed_by: null, changed_at: say.at(0),
  dispositions: [{ code: "done", en: "Done", ja: "対応済み" }, { code: "call-back", en: "To call back", ja: "折り返し予定" }],
};

const FIGURES: [string, string, string, string][] = [
  ["incoming", "calls", "Calls from outside that are over.", "外線からの着信で、終了したものです。"],
  ["answered", "calls", "Incoming calls that a person answered.", "着信のうち、担当者が応答したものです。"],
  ["missed", "calls", "Incoming calls that nobody answered.", "着信のうち、誰も応答しなかったものです。"],
  ["abandoned", "calls", "Incoming calls whose caller gave up.", "着信のうち、発信者が切ったものです。"],
  ["service_level", "%", "Share that was answered within the setting.", "設定した秒数以内に応答した割合です。"],
  ["avg_wait_s", "s", "Mean time to the answer.", "応答までの平均時間です。"],
  ["avg_talk_s", "s", "Mean time from answer to end.", "応答から終了までの平均時間です。"],
];

function row(key: string | null, label: string | null, n: number): Wire {
  const missed = Math.round(n / 9), abandoned = Math.round(n / 14);
  return { key, label, incoming: n, answered: n - missed - abandoned, missed, abandoned,
    service_level: n ? 86.4 : null, avg_wait_s: 9 + (n % 7), avg_talk_s: 143 + n };
}

const KEYS: Record<string, (name: (n: number) => string) => Wire[]> = {
  day: () => [18, 19, 20, 21, 22, 23, 24].map((d) => row(`2026-11-${d}`, null, [96, 104, 88, 12, 8, 121, 64][d - 18]!)),
  hour: () => Array.from({ length: 10 }, (_, i) => row(`2026-11-24T${String(8 + i).padStart(2, "0")}:00`, null, 6 + ((i * 7) % 15))),
  "hour-of-day": () => Array.from({ length: 24 }, (_, i) => row(String(i).padStart(2, "0"), null, i < 8 || i > 19 ? 1 : 12 + ((i * 5) % 17))),
  queue: (name) => ["sales", "support", null].map((q, i) => row(q === null ? null : name(i), null, 90 - i * 30)),
  dialled: () => ["0355501234", "0355501235"].map((d, i) => row(d, null, 80 - i * 30)),
  customer: (name) => [0, 1, 2].map((i) => row(`031234567${i}`, name(i), 20 - i * 5)),
  agent: (name) => [0, 1, 2].map((i) => row(`20${i + 1}`, name(i), 40 - i * 5)),
};

export function callback(n: number, name: string, more: Wire = {}): Wire {
  return { id: `01936c1e-7a00-7000-8000-00000000000${n}`, at: say.at(-600 * n), first_at: say.at(-4000 * n), tries: n, number: `+8131234567${n}`,
    display: `03-1234-567${n}`, name, company: name, dialled: "0355501234", queue: n % 2 ? name : null, lines: ["201"],
    outcome: n % 2 ? "missed" : "abandoned", claimed_by: null, claimed_name: null, claimed_at: null, ...more };
}

/* A conversation that has been through a queue, a transfer and two agents. */
export function whole(name: string): Wire {
  const s = (kind: string, line: string | null, from: number, to: number): Wire => ({ kind, line, from: say.at(from), to: say.at(to) });
  return say.ended({
    id: "0193-whole", ended_at: say.at(241), queue: name, dialled: "0355501237",
    contacts: { status: "one", reason: "exact number", matches: [{ ...say.yamada, name, company: name, reason: name }] },
    cause: { sip: 200, q850: 16, text: { en: "Normal clearing", ja: "正常切断" } }, unknown: ["cause"],
    segments: [s("queue", null, 0, 14), s("rang", "201", 14, 21), s("talked", "201", 21, 131), s("held", "201", 96, 131), s("rang", "204", 131, 138),
      s("talked", "204", 138, 241)],
    transfers: [{ at: say.at(131), kind: "blind", from: "201", to: "204", note: name }],
    notes: [{ at: say.at(120), user: name, text: name, id: "n-1", disposition: "call-back" }],
    trace: [
      { at: say.at(0), what: "report", detail: "line=201 phase=ringing remote=0312345678" },
      { at: say.at(14), what: "pop", detail: "line=201 why=queue number=0312345678" },
      { at: say.at(14.01), what: "delivered", detail: "line=201 user=aoki tab=tab-1" },
      { at: say.at(14.04), what: "acknowledged", detail: "line=201 user=aoki tab=tab-1" },
      { at: say.at(14.05), what: "lookup", detail: "took_ms=4" },
      { at: say.at(131), what: "transfer", detail: "kind=blind from=201 to=204" },
      { at: say.at(131), what: "pop-withdrawn", detail: "line=201 why=transferred" },
      { at: say.at(131.1), what: "pop", detail: "line=204 why=transfer number=0312345678" },
      { at: say.at(131.2), what: "no-session", detail: "line=204" },
      { at: say.at(140), what: name, detail: name },
      { at: say.at(241), what: "ended", detail: "outcome=answered" },
    ],
  });
}

/* The hub answers as a small office does. */
export function furnish(hub: FakeHub, name: (n: number) => string = (n) => PEOPLE[n % PEOPLE.length]!): void {
  const line = (n: number): string => String(201 + n);
  hub.answers = {
    "/settings": (_q, body) => ({ ...settings, ...(body ?? {}) }),
    "/colleagues": () => ({ colleagues: PEOPLE.map((_, n) => ({ id: `u-${n + 1}`, name: `user${n}`, display: name(n), lines: [line(n)] })) }),
    "/callbacks": () => ({ next: null, items: [callback(1, name(3)), callback(2, name(5), { claimed_by: "u-1", claimed_name: name(0), claimed_at: say.at(0) }),
      callback(3, name(6), { claimed_by: "u-9", claimed_name: name(1), claimed_at: say.at(0) })] }),
    "/reports": (q) => {
      const by = q.get("by") ?? "day", rows = KEYS[by]!(name);
      return { by, service_level_s: 20, more: false, rows, total: row(null, null, 493),
        figures: FIGURES.map(([figure, unit, en, ja]) => ({ name: figure, unit, en, ja })) };
    },
    "/users": () => ({ users: PEOPLE.slice(0, 6).map((_, n) => ({ id: `u-${n + 1}`, name: `user${n}`, display: name(n), role: n ? "agent" : "admin",
      lang: "ja", lines: [line(n)], groups: [name(n)], created_at: say.at(0) })) }),
    "/lines": () => ({ lines: PEOPLE.slice(0, 6).map((_, n) => ({ line: line(n), label: name(n), pbx: "main", users: [name(n)], last_call_at: say.at(0) })) }),
    "/groups": () => ({ groups: [{ name: name(0), users: ["user0", "user1"] }] }),
    "/audit": () => ({ next: null, entries: [{ id: "a-1", at: say.at(0), who: name(0), what: name(1), detail: { number: name(2) } }] }),
    "/health": () => ({ pbxs: [{ name: name(0), up: true, detail: null }, { name: "kamailio", up: false, detail: name(1) }], database: { up: true } }),
    "/number": () => ({ class: "national", e164: "+81312345678", display: "03-1234-5678", extension: null, withhold: false, present: false, caller_rule: null,
      dial: [{ role: "agent", verdict: "go", why: null, string: "0312345678", rule: null }, { role: "supervisor", verdict: "refuse", why: "number-not-allowed", string: null, rule: name(0) }] }),
    "/calls/0193-whole": () => whole(name(3)),
  };
  hub.calls = () => ({ calls: [whole(name(3)), say.missed({ id: "0193-missed", queue: name(1) })], next: null });
  const states = ["idle", "connected", "alerting", "held", "idle", "connected", "idle", "initiated", "idle", "connected", "idle", "idle"];
  const waiting = [0, 1, 2].map((n) => say.conversation({ id: `0193-w${n}`, state: "queued", legs: [], queue: name(n), segments: [],
    started_at: new Date(Date.now() - (75 - 20 * n) * 1000).toISOString().replace("Z", "000Z"),
    contacts: { ...say.one, matches: [{ ...say.yamada, name: name(n + 3), company: name(n) }] } }));
  hub.snapshot = { ...hub.snapshot, conversations: waiting,
    lines: states.map((state, n) => ({ line: line(n), state, since: new Date(Date.now() - 61_000 * (n + 1)).toISOString().replace("Z", "000Z") })) };
}
