/* view/away.ts -- what was missed while nobody looked at the page; gone when seen. */
import type { App } from "../app.js";
import { button, children, h, text, visible } from "../dom.js";
import { t } from "../i18n/index.js";
import type { State } from "../state.js";
import { row } from "./recent.js";

export class Away {
  private readonly title = h("h2", { attrs: { id: "away-title" } });
  private readonly list = h("ol", { class: "recent-list" });
  readonly el: HTMLElement;

  constructor(private readonly app: App) {
    this.el = h("section", { class: "away", attrs: { "aria-labelledby": "away-title", hidden: "" } },
      h("div", { class: "section-head" }, this.title,
        button(t("away.seen"), () => app.dispatch({ type: "away", calls: [] }), "quiet")),
      this.list);
  }

  update(s: State, before: State): void {
    if (s.away === before.away && s.chosen === before.chosen && s.capabilities === before.capabilities) return;
    text(this.title, t("away.title", { n: s.away.length }));
    children(this.list, s.away.map((c) => row(this.app, c, s)));
    visible(this.el, s.away.length > 0);
  }
}
