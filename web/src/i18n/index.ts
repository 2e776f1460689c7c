/*
 * i18n/index.ts -- one table per language. A missing key does not compile; a
 * test also compares the placeholders.
 */
import { en } from "./en.js";
import { ja } from "./ja.js";

export type Key = keyof typeof en;
export type Lang = "en" | "ja";
export type Table = Record<Key, string>;

export const tables: Record<Lang, Table> = { en, ja };
export const LANG_NAMES: Record<Lang, string> = { en: "English", ja: "日本語" };

let lang: Lang = "en";

export function setLang(l: Lang): void {
  lang = l;
}

export function getLang(): Lang {
  return lang;
}

/* The first of the wishes that we speak. */
export function pickLang(wishes: readonly (string | null | undefined)[]): Lang {
  for (const w of wishes) {
    const two = (w ?? "").slice(0, 2).toLowerCase();
    if (two === "en" || two === "ja") return two;
  }
  return "en";
}

export function t(key: Key, values: Record<string, string | number> = {}): string {
  return tables[lang][key].replace(/\{([a-z]+)\}/g, (all, name: string) =>
    Object.hasOwn(values, name) ? String(values[name]) : all);
}

/* For words that come from the wire: prefix.word if we know it, else null. */
export function word(prefix: string, w: string): string | null {
  const key = `${prefix}.${w.replaceAll(" ", "-")}`;
  return Object.hasOwn(tables[lang], key) ? t(key as Key) : null;
}
