/* format.ts -- numbers, times and durations as people read them. Pure. */
import type { Moment, Span } from "@ringbridge/sdk";

/* "0:07", "12:40", "1:02:03" */
export function duration(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  const two = (n: number): string => String(n).padStart(2, "0");
  const h = Math.floor(s / 3600);
  return h > 0 ? `${h}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`
    : `${Math.floor(s / 60)}:${two(s % 60)}`;
}

/* null: it is not known. */
export function toMs(m: Moment | null | undefined): number | null {
  return m === null || m === undefined || m === "unknown" ? null : Date.parse(m);
}

/* Length of finished spans; null as soon as one end is not known. */
export function total(spans: readonly Span[]): number | null {
  let sum = 0;
  for (const [from, to] of spans) {
    const a = toMs(from), b = toMs(to);
    if (a === null || b === null) return null;
    sum += Math.max(0, b - a);
  }
  return sum;
}

export function between(from: Moment | null, to: Moment | null): number | null {
  return total([[from, to]]);
}

/*
 * What somebody typed or pasted, as it will be called: digits with an optional
 * plus, or null. Full width, dashes of all kinds, "(0)" after a country code and
 * a `tel:` in front are understood. The server has the last word.
 */
export function understood(raw: string): string | null {
  let s = raw.normalize("NFKC").trim().replace(/^tel:/i, "").replace(/;.*$/s, "");
  s = s.replace(/^\+(\d{1,3})[\s\-.]*\(0\)/, "+$1").replace(/^00(?=[1-9])/, "+");
  s = s.replace(/[\s()[\]./\u2010-\u2015\u2212\u30fc\uff70\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff-]/g, "");
  return /^\+?[0-9]{1,17}$/.test(s) || /^[*#0-9]{2,20}$/.test(s) ? s : null;
}

/* Japanese numbers whose grouping is certain; anything else as it is. */
const GROUPS: [RegExp, string][] = [
  [/^(0[36])(\d{4})(\d{4})$/, "$1-$2-$3"],
  [/^(0[5-9]0)(\d{4})(\d{4})$/, "$1-$2-$3"],
  [/^(0120|0990|0570)(\d{3})(\d{3})$/, "$1-$2-$3"],
  [/^(0800)(\d{3})(\d{4})$/, "$1-$2-$3"],
];

export function grouped(number: string): string {
  const home = number.replace(/^\+81(?=[1-9]\d{8,9}$)/, "0");
  for (const [form, to] of GROUPS) if (form.test(home)) return home.replace(form, to);
  return number;
}

/* Only http and https leave this page by a link. */
export function safeUrl(url: string | null): string | null {
  if (!url) return null;
  try {
    const u = new URL(url);
    return u.protocol === "https:" || u.protocol === "http:" ? u.href : null;
  } catch {
    return null;
  }
}

export function clockTime(ms: number, lang: string): string {
  return new Intl.DateTimeFormat(lang, { hour: "2-digit", minute: "2-digit", hour12: false }).format(ms);
}

export function dateTime(ms: number, lang: string): string {
  return new Intl.DateTimeFormat(lang, {
    month: lang === "ja" ? "numeric" : "short", day: "numeric", hour: "2-digit", minute: "2-digit",
    hour12: false,
  }).format(ms);
}

/* Today: the time alone; else with the date. */
export function shortTime(ms: number, now: number, lang: string): string {
  return new Date(ms).toDateString() === new Date(now).toDateString()
    ? clockTime(ms, lang) : dateTime(ms, lang);
}

/* A local calendar day "2026-11-24" as the instant it begins, days later. */
export function dayStart(day: string, plusDays = 0): string | null {
  const m = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day);
  if (!m) return null;
  const d = new Date(Number(m[1]), Number(m[2]) - 1, Number(m[3]) + plusDays);
  return Number.isNaN(d.getTime()) ? null : d.toISOString();
}

export function localDay(ms: number): string {
  const d = new Date(ms);
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;
}
