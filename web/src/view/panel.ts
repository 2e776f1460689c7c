/*
 * view/panel.ts -- the dock: status, dial field, the stage with the cards,
 * recent calls. The stage keeps room for one card, so that a first ring moves
 * nothing.
 */
import type { App } from "../app.js";
import { cards } from "../cards.js";
import { children, h, icon } from "../dom.js";
import { t } from "../i18n/index.js";
import { takenBy } from "../state.js";
import type { State } from "../state.js";
import { Ticker } from "../ticker.js";
import { Away } from "./away.js";
import { DialCard, DialField } from "./dial.js";
import { PopCard } from "./popcard.js";
import { Recent } from "./recent.js";
import { Status } from "./status.js";
import { Team } from "./team.js";
import { personAt, shortWho } from "./words.js";

export class Panel {
  readonly el: HTMLElement;
  private readonly ticker: Ticker;
  private readonly status: Status;
  private readonly dial: DialField;
  private readonly recent: Recent;
  private readonly away: Away;
  private readonly team: Team;
  private readonly stage = h("div", { class: "stage" });
  private readonly idle = h("div", { class: "idle" },
    h("p", { class: "idle-title" }, t("idle.title")), h("p", {}, t("idle.text")));
  private readonly popCards = new Map<string, PopCard>();
  private readonly dialCards = new Map<string, DialCard>();
  private readonly takenRows = new Map<string, HTMLElement>();
  private first: PopCard | null = null;

  constructor(private readonly app: App) {
    this.ticker = new Ticker(() => app.now());
    this.status = new Status(app);
    this.dial = new DialField(app);
    this.recent = new Recent(app);
    this.away = new Away(app);
    this.team = new Team(app, this.ticker);
    this.el = h("section", { class: "panel", attrs: { "aria-label": t("app.panel") } },
      this.status.el, this.dial.el, this.stage, this.away.el, this.recent.el, this.team.el);
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
    this.away.update(s, before);
    this.team.update(s);
    const wanted: Node[] = [...this.drawDials(s), ...this.drawCards(s), ...this.drawTaken(s)];
    children(this.stage, wanted.length ? wanted : [this.idle]);
  }

  /* It rang here, too; where it went is said for a moment. */
  private drawTaken(s: State): Node[] {
    for (const id of [...this.takenRows.keys()]) if (!s.taken.has(id)) this.takenRows.delete(id);
    return [...s.taken].map(([id, line]) => {
      let row = this.takenRows.get(id);
      if (!row) {
        const c = s.conversations.get(id) ?? s.recent.find((x) => x.id === id);
        const who = c ? shortWho(c, s.user?.lines ?? [], s.chosen) : "";
        const by = line ?? takenBy(c);
        row = h("p", { class: "taken", attrs: { role: "status" } }, icon("connected"),
          h("span", {}, by ? t("taken.by", { who, by: personAt(s, by) }) : t("taken", { who })));
        this.takenRows.set(id, row);
      }
      return row;
    });
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
