/* view/chooser.ts -- several contacts have this number: which one is it, and why each. */
import type { Match } from "@ringbridge/sdk";
import { h } from "../dom.js";
import { t } from "../i18n/index.js";
import { reasonText } from "./words.js";

export function chooser(
  matches: readonly Match[], chosen: string | null, id: string, choose: (contact: string) => void,
): HTMLElement {
  return h("fieldset", { class: "chooser" },
    h("legend", {}, t("card.choose")),
    ...matches.map((m) => {
      const input = h("input", {
        attrs: { type: "radio", name: `choose-${id}`, value: m.id }, on: { change: () => choose(m.id) },
      });
      input.checked = m.id === chosen;
      return h("label", { class: "choice" }, input,
        h("span", { class: "choice-name" }, m.name ?? m.company ?? m.id),
        h("span", { class: "choice-why" },
          [m.name ? m.company : null, m.label, m.reason ? reasonText(m.reason) : null]
            .filter(Boolean).join(" · ")));
    }));
}
