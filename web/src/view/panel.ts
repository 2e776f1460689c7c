/*
 * view/panel.ts -- the dock: status, dial field, the stage with the cards,
 * recent calls. The stage keeps room for one card, so that a first ring moves
 * nothing.
 */
import type { App } from "../app.js";
import { cards } from "../cards.js";
import { children, h } from "../dom.js";
import { t } from "../i18n/index.js";
import type { State } from "../state.js";
import { Ticker } from "../ticker.js";
import { DialCard, DialField } from "./dial.js";
import { PopCard } from "./popcard.js";
import { Recent } from "./recent.js";
import { Status } from "./status.js";

export class Panel {
  readonly el: HTMLElement;
  private readonly ticker: Ticker;
  private readonly status: Status;
  private readonly dial: DialField;
  private readonly recent: Recent;
  private readonly stage = h("div", { class: "stage" });
  private readonly idle = h("div", { class: "idle" },
    h("p", { class: "idle-title" }, t("idle.title")), h("p", {}, t("idle.text")));
  private readonly popCards = new Map<string, PopCard>();
  private readonly dialCards = new Map<string, DialCard>();
  private first: PopCard | null = null;

  constructor(private readonly app: App) {
    this.ticker = new Ticker(() => app.now());
    this.status = new Status(app);
    this.dial = new DialField(app);
    this.recent = new Recent(app);
    this.el = h("section", { class: "panel", attrs: { "aria-label": t("app.panel") } },
      this.status.el, this.dial.el, this.stage, this.recent.el);
  }

  focusDial(): void {
    this.dial.focus();
  }

  focusNote(): void {
    this.first?.focusNote();
  }

  update(s: State, before: State): void {
    this.status.update(s);
    this.dial.update(s);
    this.recent.update(s, before);
    const wanted: Node[] = [...this.drawDials(s), ...this.drawCards(s)];
    children(this.stage, wanted.length ? wanted : [this.idle]);
  }

  private drawDials(s: State): Node[] {
    const ids = new Set(s.dials.map((d) => d.id));
    for (const id of [...this.dialCards.keys()]) if (!ids.has(id)) this.dialCards.delete(id);
    return s.dials.map((d) => {
      let view = this.dialCards.get(d.id);
      if (!view) this.dialCards.set(d.id, (view = new DialCard(this.app)));
      view.update(d);
      return view.el;
    });
  }

  private drawCards(s: State): Node[] {
    const now = cards(s);
    const ids = new Set(now.map((c) => c.conversation.id));
    for (const id of [...this.popCards.keys()]) if (!ids.has(id)) this.popCards.delete(id);
    const views = now.map((card) => {
      const id = card.conversation.id;
      let view = this.popCards.get(id);
      if (!view) this.popCards.set(id, (view = new PopCard(this.app, this.ticker, card)));
      view.update(card, s);
      return view;
    });
    this.first = views[0] ?? null;
    return views.map((v) => v.el);
  }
}
