/*
 * checker.ts -- compares what truly happened with the call log and with what a browser
 * saw: lost, doubled, open for ever, wrong; and counts what is marked unknown.
 */
import type { Conversation } from "@ringbridge/sdk";
import type { Truth, TrueCall } from "./truth.js";

/* A row of the log; times are s since 1970. */
export interface Row {
  id: string;
  number: string | null;
  direction: string;
  lines: string[];
  started: number;
  start_unknown: boolean;
  answered: number | null;
  answer_unknown: boolean;
  ended: number | null;
  ended_unknown: boolean;
  outcome: string | null;
  legs: { line: string; result: string | null; talked_s: number }[];
  calls: string[]; /* the Call-IDs of its dialogs, from its trace */
}

export const ROWS = `SELECT json_build_object('id', id, 'number', external_number, 'direction', direction, 'lines', lines,
  'started', extract(epoch FROM started_at), 'start_unknown', start_unknown,
  'answered', extract(epoch FROM answered_at), 'answer_unknown', coalesce(doc->>'answered_at' = 'unknown', false),
  'ended', extract(epoch FROM ended_at), 'ended_unknown', ended_unknown, 'outcome', outcome,
  'legs', (SELECT coalesce(json_agg(json_build_object('line', line, 'result', result, 'talked_s', talked_s)), '[]')
    FROM legs WHERE conversation_id = c.id),
  'calls', (SELECT coalesce(json_agg(DISTINCT substring(e->>'detail' FROM 'call-id=([^ ]+)')), '[]')
    FROM traces AS t, jsonb_array_elements(t.entries) AS e
    WHERE t.conversation_id = c.id AND e->>'detail' LIKE '%call-id=%'))
  FROM conversations c WHERE merged_into IS NULL ORDER BY id`;

export interface Verdict {
  calls: number; /* that there were */
  reported: number; /* and of which something was acknowledged */
  lost: string[];
  doubled: string[];
  open: string[];
  wrong: string[];
  invented: string[]; /* rows of no call */
  end_unknown: number;
  start_unknown: number;
  late: string[]; /* two rows, since a lost datagram came again when the call was over */
  unreported: number; /* calls that nobody acknowledged and that are in the log all the same */
}

/* A dialog that is first heard of so long after the end of its call counts as another. */
const LATE_S = 1;

export interface CheckOptions {
  slack_s: number; /* between what happens and its acknowledgement, on a busy machine */
}

/* Rows by the Call-ID that pbxsim gives all legs of a call: "7@127.0.0.1" is c7's. */
class Log {
  private readonly byCall = new Map<string, Row[]>();
  readonly unclaimed: Set<Row>;

  constructor(readonly rows: Row[]) {
    this.unclaimed = new Set(rows);
    for (const r of rows) for (const id of r.calls) this.put(this.byCall, `c${id.slice(0, id.indexOf("@"))}`, r);
  }

  private put(map: Map<string, Row[]>, key: string, row: Row): void {
    const list = map.get(key);
    if (list) list.push(row);
    else map.set(key, [row]);
  }

  of(t: TrueCall): Row[] {
    const found = this.byCall.get(t.id) ?? [];
    for (const r of found) this.unclaimed.delete(r);
    return found;
  }
}

/* When the last of its legs of which anything was acknowledged had ended; nobody could
 * know of others. */
function knownEnd(t: TrueCall, truth: Truth): number {
  const ends = t.lines.filter((_, i) => truth.acknowledged.anyOf(t, i)).map((l) => Math.max(l.rang?.[1] ?? 0, ...l.talked.map((s) => s[1])));
  return Math.min(t.end, Math.max(...ends.filter((end) => end > 0), t.start));
}

/* What is wrong with the row of a call; null: nothing. */
function fault(t: TrueCall, r: Row, truth: Truth, slack_s: number): string | null {
  const { acknowledged: seen } = truth;
  const wall = (s: number): number => t.epoch + s - t.start;
  const told = seen.all(t, "terminated");
  if (r.outcome !== null && r.outcome !== t.outcome && !(t.outcome === "perished"))
    return `outcome ${r.outcome}, in truth ${t.outcome}`;
  if (told && r.outcome === null) return `no outcome though its end was acknowledged, in truth ${t.outcome}`;
  if (told && r.ended_unknown) return "end unknown though it was acknowledged";
  const news = Math.max(t.end, seen.last(t, "terminated") ?? t.end);
  if (r.calls.length > 1) return `legs of ${r.calls.join(" and ")}`;
  if (r.ended !== null && (r.ended < wall(knownEnd(t, truth)) - 0.05 || (told && r.ended > wall(news) + slack_s)))
    return `ended at ${r.ended}, in truth at ${wall(t.end)}, told at ${wall(news)}`;
  if (r.answered !== null) {
    if (t.answer === null) return `answered at ${r.answered}, in truth never`;
    const first = Math.max(t.answer, seen.at(t, "confirmed") ?? t.end);
    if (r.answered < wall(t.answer) - 0.05 || r.answered > wall(first) + slack_s)
      return `answered at ${r.answered}, in truth at ${wall(t.answer)}, told at ${wall(first)}`;
  }
  if (r.ended !== null && r.started > r.ended) return "ends before it begins";
  if (r.legs.some((l) => l.talked_s < 0)) return "a negative duration";
  if (r.legs.length > t.lines.length) return `${r.legs.length} legs, in truth ${t.lines.length}`;
  return null;
}

export function check(truth: Truth, rows: Row[], o: CheckOptions): Verdict {
  const log = new Log(rows);
  const v: Verdict = {
    calls: truth.calls.length, reported: 0, lost: [], doubled: [], open: [], wrong: [], invented: [], late: [],
    end_unknown: 0, start_unknown: 0, unreported: 0,
  };
  for (const t of truth.calls) {
    const found = log.of(t);
    const reported = truth.acknowledged.reported(t);
    const who = `${t.id} ${t.external?.number ?? t.lines.map((l) => l.line).join("-")}`;
    v.reported += Number(reported);
    const double = truth.acknowledged.late(t, LATE_S) ? v.late : v.doubled;
    if (found.length > 1) double.push(`${who}: ${found.map((r) => r.id).join(" ")}`);
    const row = found[0];
    if (!row) {
      if (reported) v.lost.push(who);
      continue;
    }
    v.unreported += Number(!reported);
    const what = fault(t, row, truth, o.slack_s);
    if (what) v.wrong.push(`${who} ${row.id}: ${what}`);
  }
  for (const r of rows) {
    if (r.ended === null && !r.ended_unknown) v.open.push(`${r.id} ${r.number ?? r.lines.join("-")}`);
    v.end_unknown += Number(r.ended_unknown);
    v.start_unknown += Number(r.start_unknown);
  }
  for (const r of log.unclaimed) v.invented.push(`${r.id} ${r.number ?? r.lines.join("-")}`);
  return v;
}

/* What a browser has on its screen in the end, against the log: what it has and the log
 * has not, calls that it thinks go on, outcomes that differ. */
export function checkScreen(seen: Iterable<Conversation>, rows: Row[]): string[] {
  const byId = new Map(rows.map((r) => [r.id, r]));
  const wrong: string[] = [];
  for (const c of seen) {
    if (c.merged_into) continue;
    const r = byId.get(c.id);
    if (!r) wrong.push(`${c.id} is on the screen and not in the log`);
    else if (c.ended_at === null) wrong.push(`${c.id} goes on, on the screen`);
    else if ((c.outcome ?? null) !== r.outcome) wrong.push(`${c.id}: ${String(c.outcome)} on the screen, ${String(r.outcome)} in the log`);
  }
  return wrong;
}

/* One line for people, and for README.md. */
export function summary(v: Verdict): string {
  return `${v.calls} calls, ${v.reported} reported: ${v.lost.length} lost, ${v.doubled.length} double, ${v.open.length} open, ` +
    `${v.wrong.length} wrong, ${v.invented.length} invented; end unknown ${v.end_unknown}, begin unknown ${v.start_unknown}, ` +
    `late news ${v.late.length}, not acknowledged and known all the same ${v.unreported}`;
}
