/*
 * view/team.ts -- colleagues and what their phones do: whom to ask, whom to hand a
 * call to. A click calls their line.
 */
import type { Colleague } from "../api.js";
import type { App } from "../app.js";
import { attr, button, children, h, icon, setIcon, text, visible } from "../dom.js";
import { t } from "../i18n/index.js";
import type { State } from "../state.js";
import { lineState } from "../team.js";
import type { PersonState } from "../team.js";
import type { Ticker } from "../ticker.js";

const ICONS = {
  ringing: "alerting", talking: "connected", held: "held", dialling: "initiated", free: "ok", unknown: "ended",
} as const;

class Person {
  private readonly sign = icon("ended");
  private readonly word = h("span", { class: "person-state" });
  private readonly timer = h("span", { class: "timer" });
  private readonly call: HTMLButtonElement;
  readonly el: HTMLElement;

  constructor(app: App, private readonly ticker: Ticker, private readonly who: Colleague) {
    const name = who.display || who.name;
    this.call = button(t("recent.call"), () => app.dial(who.lines[0] ?? ""), "quiet");
    attr(this.call, "aria-label", t("recent.call.label", { who: name }));
    this.el = h("li", { class: "person" }, this.sign, h("span", { class: "person-name" }, name),
      h("span", { class: "person-line" }, who.lines.join(", ")), h("span", { class: "person-doing" }, this.word, this.timer), this.call);
  }

  update(s: State): void {
    const { state, since } = lineState(s, this.who.lines);
    attr(this.el, "data-person", state);
    setIcon(this.sign, ICONS[state]);
    text(this.word, t(`person.${state}` as `person.${PersonState}`));
    this.ticker.set(this.timer, state === "free" || state === "unknown" ? null : since, "");
    this.call.disabled = !s.capabilities.dial || s.link.state !== "online";
  }
}

export class Team {
  private readonly list = h("ol", { class: "people" });
  private people = new Map<string, Person>();
  private drawn: readonly Colleague[] = [];
  readonly el = h("section", { class: "team", attrs: { "aria-labelledby": "team-title", hidden: "" } },
    h("div", { class: "section-head" }, h("h2", { attrs: { id: "team-title" } }, t("team.title"))), this.list);

  constructor(private readonly app: App, private readonly ticker: Ticker) {}

  update(s: State): void {
    const others = s.colleagues.filter((c) => c.id !== s.user?.id);
    if (this.drawn !== s.colleagues) {
      this.drawn = s.colleagues;
      this.people = new Map(others.map((c) => [c.id, new Person(this.app, this.ticker, c)]));
      children(this.list, [...this.people.values()].map((p) => p.el));
      visible(this.el, others.length > 0);
    }
    for (const p of this.people.values()) p.update(s);
  }
}
