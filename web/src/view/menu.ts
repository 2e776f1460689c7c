/* view/menu.ts -- language, colours, notifications, log out. */
import type { App } from "../app.js";
import { button, h } from "../dom.js";
import { getLang, LANG_NAMES, t } from "../i18n/index.js";
import type { Lang } from "../i18n/index.js";
import { applyTheme, savedTheme } from "../prefs.js";
import type { Theme } from "../prefs.js";

function select<T extends string>(
  label: string, options: readonly (readonly [T, string])[], value: T, choose: (v: T) => void,
): HTMLElement {
  const el = h("select", { on: { change: () => choose(el.value as T) } },
    ...options.map(([v, name]) => h("option", { attrs: { value: v } }, name)));
  el.value = value;
  return h("label", { class: "menu-row" }, h("span", {}, label), el);
}

export function menu(app: App, onLang: (l: Lang) => void, askNotify: (() => void) | null): HTMLElement {
  const el = h("details", { class: "menu" },
    h("summary", { class: "button quiet" }, t("menu.open")),
    h("div", { class: "menu-box" },
      select<Lang>(t("menu.language"), Object.entries(LANG_NAMES) as [Lang, string][], getLang(), onLang),
      select<Theme>(t("menu.theme"), [
        ["auto", t("menu.theme.auto")], ["light", t("menu.theme.light")], ["dark", t("menu.theme.dark")],
      ], savedTheme(), applyTheme),
      askNotify ? button(t("menu.notify"), askNotify) : null,
      h("p", { class: "menu-keys" }, t("menu.keys")),
      button(t("menu.logout"), () => void app.logout())));
  el.addEventListener("keydown", (e) => {
    if (e.key !== "Escape" || !el.open) return;
    el.open = false;
    el.querySelector("summary")?.focus();
    e.stopPropagation();
  });
  document.addEventListener("click", (e) => {
    if (el.open && e.target instanceof Node && !el.contains(e.target)) el.open = false;
  });
  return el;
}
