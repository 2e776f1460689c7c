/* prefs.ts -- what this browser remembers: language, colours, drafts of notes, who was here when. */
import { pageStorage } from "@ringbridge/sdk";
import type { Lang } from "./i18n/index.js";
import type { Draft } from "./state.js";

export type Theme = "auto" | "light" | "dark";

function get(kind: "local" | "session", key: string): string | null {
  try {
    return pageStorage(kind)?.getItem(key) ?? null;
  } catch {
    return null;
  }
}

/* Storage may be full or forbidden: then nothing is remembered, all else works. */
function set(kind: "local" | "session", key: string, value: string): void {
  try {
    pageStorage(kind)?.setItem(key, value);
  } catch {
    return;
  }
}

export function savedLang(): Lang | null {
  const l = get("local", "ringbridge.lang");
  return l === "en" || l === "ja" ? l : null;
}

export function saveLang(l: Lang): void {
  set("local", "ringbridge.lang", l);
}

export function savedTheme(): Theme {
  const v = get("local", "ringbridge.theme");
  return v === "light" || v === "dark" ? v : "auto";
}

export function applyTheme(v: Theme): void {
  set("local", "ringbridge.theme", v);
  document.documentElement.dataset["theme"] = v;
}

export function notifyRefused(): boolean {
  return get("local", "ringbridge.notify") === "no";
}

export function refuseNotify(): void {
  set("local", "ringbridge.notify", "no");
}

/* When somebody with this account last had the page before their eyes, ms. */
export function lastSeen(user: string): number | null {
  const n = Number(get("local", `ringbridge.seen.${user}`) ?? "x");
  return Number.isFinite(n) && n > 0 ? n : null;
}

export function saveSeen(user: string, at: number): void {
  set("local", `ringbridge.seen.${user}`, String(Math.floor(at)));
}

/* Unsaved notes outlive a reload of the tab, not its end. */
export function saveDrafts(drafts: ReadonlyMap<string, Draft>): void {
  set("session", "ringbridge.drafts", JSON.stringify([...drafts]));
}

function isDraft(v: unknown): v is Draft {
  if (typeof v !== "object" || v === null) return false;
  const d = v as Partial<Record<keyof Draft, unknown>>;
  return typeof d.id === "string" && typeof d.text === "string"
    && (d.disposition === null || typeof d.disposition === "string");
}

export function loadDrafts(): [string, Draft][] {
  try {
    const v: unknown = JSON.parse(get("session", "ringbridge.drafts") ?? "[]");
    if (!Array.isArray(v)) return [];
    return v.filter((e): e is [string, Draft] => Array.isArray(e) && e.length === 2
      && typeof e[0] === "string" && isDraft(e[1]));
  } catch {
    return [];
  }
}
