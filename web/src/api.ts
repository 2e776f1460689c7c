/*
 * api.ts -- what the pages ask by HTTP beside the SDK: call-backs, late notes,
 * reports, settings, colleagues, and what administrators do (schema/http).
 */
import { Rest } from "@ringbridge/sdk";
import { bool, count, list, nullable, object, oneOf, str, time } from "../sdk/src/check.js";
import type { Reader } from "../sdk/src/check.js";
import { query } from "../sdk/src/rest.js";

export interface Callback {
  id: string;
  at: string;
  first_at: string;
  tries: number;
  number: string;
  display: string;
  name: string | null;
  company: string | null;
  dialled: string | null;
  queue: string | null;
  lines: string[];
  outcome: string;
  claimed_by: string | null;
  claimed_name: string | null;
  claimed_at: string | null;
}
const callback = object<Callback>({
  id: str, at: time, first_at: time, tries: count, number: str, display: str, name: nullable(str),
  company: nullable(str), dialled: nullable(str), queue: nullable(str), lines: list(str), outcome: str,
  claimed_by: nullable(str), claimed_name: nullable(str), claimed_at: nullable(time),
});
export interface CallbackPage { items: Callback[]; next: string | null }
export type CallbackAct = "claim" | "release" | "done";

export interface Disposition { code: string; en: string; ja: string }
export const THRESHOLDS = [
  "service_level_s", "waiting_warn", "waiting_bad", "longest_warn_s", "longest_bad_s", "level_warn",
  "level_bad", "missed_warn", "missed_bad",
] as const;
export type Threshold = (typeof THRESHOLDS)[number];
export type Settings = Record<Threshold, number> & { dispositions: Disposition[] };
const settings = object<Settings>({
  service_level_s: count, waiting_warn: count, waiting_bad: count, longest_warn_s: count, longest_bad_s: count,
  level_warn: count, level_bad: count, missed_warn: count, missed_bad: count,
  dispositions: list(object<Disposition>({ code: str, en: str, ja: str })),
});

export interface Colleague { id: string; name: string; display: string; lines: string[] }
const colleague = object<Colleague>({ id: str, name: str, display: str, lines: list(str) });

export interface Figure { name: string; unit: "calls" | "s" | "%"; en: string; ja: string }
export interface ReportRow { key: string | null; label: string | null; figures: Record<string, number | null> }
export interface Report {
  by: string;
  service_level_s: number;
  figures: Figure[];
  total: ReportRow;
  rows: ReportRow[];
  more: boolean;
}
const head = object<{ key: string | null; label: string | null }>({ key: nullable(str), label: nullable(str) });
const reportRow: Reader<ReportRow> = (v, path) => {
  const figures: Record<string, number | null> = {};
  for (const [name, value] of Object.entries(v as object))
    if (typeof value === "number" || value === null) figures[name] = value as number | null;
  return { ...head(v, path), figures };
};
const report = object<Report>({
  by: str, service_level_s: count,
  figures: list(object<Figure>({ name: str, unit: oneOf(["calls", "s", "%"] as const), en: str, ja: str })),
  total: reportRow, rows: list(reportRow), more: bool,
});
export interface ReportQuery {
  by?: string; from?: string; to?: string; queue?: string; dialled?: string; line?: string; number?: string; tz?: string;
}

export interface Account {
  id: string; name: string; display: string; role: string; lang: string; lines: string[]; groups: string[];
}
export interface LineRow {
  line: string; label: string | null; pbx: string | null; users: string[]; last_call_at: string | null;
}
export interface Group { name: string; users: string[] }
export interface AuditEntry { id: string; at: string; who: string | null; what: string; detail: unknown }
export interface AuditPage { entries: AuditEntry[]; next: string | null }
export interface DialTest { role: string; verdict: string; why: string | null; string: string | null; rule: string | null }
export interface NumberTest {
  class: string; e164: string | null; display: string | null; extension: string | null; caller_rule: string | null;
  dial: DialTest[];
}
const anything: Reader<unknown> = (v) => v;

export class Api extends Rest {
  callbacks(after: string | null = null): Promise<CallbackPage> {
    return this.ask("GET", `/callbacks${query({ after: after ?? "" })}`,
      object<CallbackPage>({ items: list(callback), next: nullable(str) }));
  }

  async callback(id: string, act: CallbackAct): Promise<Callback | null> {
    return (await this.ask("POST", `/callbacks/${encodeURIComponent(id)}`,
      object<{ item: Callback | null }>({ item: nullable(callback) }), { act })).item;
  }

  async note(conversation: string, id: string, text: string, disposition: string | null): Promise<void> {
    await this.ask("POST", "/notes", anything, { conversation, id, text, disposition });
  }

  settings(): Promise<Settings> {
    return this.ask("GET", "/settings", settings);
  }

  setSettings(change: Partial<Record<Threshold, number>>): Promise<Settings> {
    return this.ask("POST", "/settings", settings, change);
  }

  async colleagues(): Promise<Colleague[]> {
    return (await this.ask("GET", "/colleagues",
      object<{ colleagues: Colleague[] }>({ colleagues: list(colleague) }))).colleagues;
  }

  report(q: ReportQuery): Promise<Report> {
    return this.ask("GET", `/reports${query(q)}`, report);
  }

  reportUrl(q: ReportQuery, form: "csv" | "jsonl", excel = false): string {
    return `${this.base}/reports.${form}${query({ ...q, excel })}`;
  }

  health(): Promise<unknown> {
    return this.ask("GET", "/health", anything);
  }

  async users(): Promise<Account[]> {
    return (await this.ask("GET", "/users", object<{ users: Account[] }>({
      users: list(object<Account>({
        id: str, name: str, display: str, role: str, lang: str, lines: list(str), groups: list(str),
      })),
    }))).users;
  }

  async saveUser(name: string | null, change: object): Promise<void> {
    await this.ask("POST", name === null ? "/users" : `/users/${encodeURIComponent(name)}`, anything, change);
  }

  async removeUser(name: string): Promise<void> {
    await this.ask("DELETE", `/users/${encodeURIComponent(name)}`, anything, {});
  }

  async lines(): Promise<LineRow[]> {
    return (await this.ask("GET", "/lines", object<{ lines: LineRow[] }>({
      lines: list(object<LineRow>({
        line: str, label: nullable(str), pbx: nullable(str), users: list(str), last_call_at: nullable(time),
      })),
    }))).lines;
  }

  async labelLine(line: string, label: string): Promise<void> {
    await this.ask("POST", `/lines/${encodeURIComponent(line)}`, anything, { label });
  }

  async groups(): Promise<Group[]> {
    return (await this.ask("GET", "/groups", object<{ groups: Group[] }>({
      groups: list(object<Group>({ name: str, users: list(str) })),
    }))).groups;
  }

  audit(after: string | null): Promise<AuditPage> {
    return this.ask("GET", `/audit${query({ after: after ?? "" })}`, object<AuditPage>({
      entries: list(object<AuditEntry>({ id: str, at: time, who: nullable(str), what: str, detail: anything })),
      next: nullable(str),
    }));
  }

  testNumber(raw: string, pbx: string): Promise<NumberTest> {
    return this.ask("GET", `/number${query({ number: raw, pbx })}`, object<NumberTest>({
      class: str, e164: nullable(str), display: nullable(str), extension: nullable(str), caller_rule: nullable(str),
      dial: list(object<DialTest>({
        role: str, verdict: str, why: nullable(str), string: nullable(str), rule: nullable(str),
      })),
    }));
  }
}

