/*
 * filter.ts -- the filter of the call log, as it stands in the address bar:
 * "#/calls?from=2026-11-24&outcome=missed". Pure.
 */
import { DIRECTIONS, OUTCOMES } from "@ringbridge/sdk";
import type { CallFilter } from "@ringbridge/sdk";
import { dayStart, localDay, understood } from "./format.js";
import { hashOf } from "./route.js";

export interface Filter {
  from: string; /* local days, or "" */
  to: string; /* inclusive */
  line: string;
  number: string;
  outcome: string;
  direction: string;
}

export const FIELDS = ["from", "to", "line", "number", "outcome", "direction"] as const;

export const NO_FILTER: Filter = { from: "", to: "", line: "", number: "", outcome: "", direction: "" };

export function parseFilter(q: URLSearchParams): Filter {
  const filter = { ...NO_FILTER };
  for (const f of FIELDS) filter[f] = (q.get(f) ?? "").slice(0, 64);
  if (dayStart(filter.from) === null) filter.from = "";
  if (dayStart(filter.to) === null) filter.to = "";
  if (!(OUTCOMES as readonly string[]).includes(filter.outcome)) filter.outcome = "";
  if (!(DIRECTIONS as readonly string[]).includes(filter.direction)) filter.direction = "";
  return filter;
}

export function toHash(f: Filter): string {
  return hashOf("calls", "", { ...f });
}

/* Days of the reader's own calendar become instants; the end is exclusive. */
export function toQuery(f: Filter): CallFilter {
  const from = dayStart(f.from), to = dayStart(f.to, 1);
  return {
    ...(from ? { from } : {}), ...(to ? { to } : {}),
    ...(f.line ? { line: f.line } : {}),
    ...(f.number ? { number: understood(f.number) ?? f.number } : {}),
    ...(f.outcome ? { outcome: f.outcome } : {}),
    ...(f.direction ? { direction: f.direction } : {}),
  };
}

/* The last `days` days, today included. */
export function lastDays(days: number, now: number): Pick<Filter, "from" | "to"> {
  const d = new Date(now);
  d.setDate(d.getDate() - days + 1);
  return { from: localDay(d.getTime()), to: localDay(now) };
}
