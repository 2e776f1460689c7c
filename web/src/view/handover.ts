/*
 * view/handover.ts -- a call goes on to somebody else: at once, or after they have been
 * asked. Closed it takes no room; open it is below the buttons.
 */
import type { App } from "../app.js";
import { attr, button, children, h, text, visible } from "../dom.js";
import { t } from "../i18n/index.js";
import { MAX_NUMBER } from "../limits.js";
import type { State } from "../state.js";
import { personAt } from "./words.js";

export class HandOver {
  readonly el: HTMLElement;
  private readonly to: HTMLInputElement;
  private readonly people = h("datalist");
  private readonly blind: HTMLButtonElement;
  private readonly ask: HTMLButtonElement;
  private readonly whom: HTMLElement;
  private readonly asking = h("p", { class: "handover-asking", attrs: { role: "status" } });
  private readonly complete: HTMLButtonElement;
  private readonly back: HTMLButtonElement;
  private readonly inConsultation: HTMLElement;
  private drawn: State["colleagues"] | null = null;

  constructor(private readonly app: App, private readonly conversation: string) {
    this.people.id = `people-${conversation}`;
    this.to = h("input", { class: "handover-to", attrs: {
      type: "text", inputmode: "tel", list: this.people.id, autocomplete: "off", maxlength: String(MAX_NUMBER),
      placeholder: t("handover.to"), "aria-label": t("handover.to"),
    }, on: { input: () => this.able(this.app.state) } });
    this.blind = button(t("handover.blind"), () => this.start("transfer"), "main");
    this.ask = button(t("handover.ask"), () => this.start("consult_transfer"));
    this.whom = h("form", { class: "handover-row", on: { submit: (e: Event) => {
      e.preventDefault();
      this.start("transfer");
    } } }, this.to, this.people, this.blind, this.ask);
    this.complete = button(t("handover.complete"), () => void app.consulted("complete", conversation), "main");
    this.back = button(t("handover.back"), () => void app.consulted("back", conversation));
    this.inConsultation = h("div", { class: "handover-row" }, this.asking, this.complete, this.back);
    this.el = h("div", { class: "handover", attrs: { hidden: "" } }, this.whom, this.inConsultation);
  }

  /* The button on the card. */
  toggle(): void {
    const open = this.el.hidden;
    visible(this.el, open);
    if (open) this.to.focus();
  }

  /* active: there is a call to hand over. */
  update(s: State, active: boolean): void {
    const asked = s.consulting.get(this.conversation);
    if (!active) visible(this.el, false);
    else if (asked !== undefined) visible(this.el, true);
    visible(this.whom, asked === undefined);
    visible(this.inConsultation, asked !== undefined);
    if (asked !== undefined) text(this.asking, t("handover.asking", { who: personAt(s, asked) }));
    if (this.drawn !== s.colleagues) {
      this.drawn = s.colleagues;
      children(this.people, s.colleagues.filter((c) => c.id !== s.user?.id).flatMap((c) =>
        c.lines.map((line) => h("option", { attrs: { value: line } }, c.display || c.name))));
    }
    this.able(s);
  }

  private able(s: State): void {
    const ready = s.link.state === "online" && this.to.value.trim() !== "";
    this.blind.disabled = !ready;
    this.ask.disabled = !ready || !s.capabilities.consult;
    attr(this.ask, "title", s.capabilities.consult ? null : t(s.settable.includes("consult") ? "card.cannot.setting" : "card.cannot.pbx"));
    this.complete.disabled = this.back.disabled = s.link.state !== "online";
  }

  private start(verb: "transfer" | "consult_transfer"): void {
    const number = this.to.value.trim();
    if (number) void this.app.handOver(verb, this.conversation, number);
  }
}
