/* prefs.ts -- what this browser remembers: language, colours, drafts of notes. */
import type { Lang } from "./i18n/index.js";

export type Theme = "auto" | "light" | "dark";

function get(store: Storage, key: string): string | null {
  try {
    return store.getItem(key);
  } catch {
    return null;
  }
}

/* Storage may be full or forbidden: then nothing is remembered, all else works. */
function set(store: Storage, key: string, value: string): void {
  try {
    store.setItem(key, value);
  } catch {
    return;
  }
}

export function savedLang(): Lang | null {
  const l = get(localStorage, "ringbridge.lang");
  return l === "en" || l === "ja" ? l : null;
}

export function saveLang(l: Lang): void {
  set(localStorage, "ringbridge.lang", l);
}

export function savedTheme(): Theme {
  const v = get(localStorage, "ringbridge.theme");
  return v === "light" || v === "dark" ? v : "auto";
}

export function applyTheme(v: Theme): void {
  set(localStorage, "ringbridge.theme", v);
  document.documentElement.dataset["theme"] = v;
}

export function notifyRefused(): boolean {
  return get(localStorage, "ringbridge.notify") === "no";
}

export function refuseNotify(): void {
  set(localStorage, "ringbridge.notify", "no");
}

/* Unsaved notes outlive a reload of the tab, not its end. */
export function saveDrafts(drafts: ReadonlyMap<string, string>): void {
  set(sessionStorage, "ringbridge.drafts", JSON.stringify([...drafts]));
}

export function loadDrafts(): [string, string][] {
  try {
    const v: unknown = JSON.parse(get(sessionStorage, "ringbridge.drafts") ?? "[]");
    if (!Array.isArray(v)) return [];
    return v.filter((e): e is [string, string] => Array.isArray(e) && e.length === 2
      && typeof e[0] === "string" && typeof e[1] === "string");
  } catch {
    return [];
  }
}
