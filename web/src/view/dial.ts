/*
 * view/dial.ts -- the dial field, and what becomes of a dial: phases, question,
 * cause in words, cancel.
 */
import { isFinal } from "@ringbridge/sdk";
import type { App } from "../app.js";
import { attr, button, children, h, text, visible } from "../dom.js";
import { grouped, understood } from "../format.js";
import { t } from "../i18n/index.js";
import type { Key } from "../i18n/index.js";
import { MAX_NUMBER } from "../limits.js";
import type { Dial, State } from "../state.js";
import { causeText, whyText } from "./words.js";

export class DialField {
  readonly el: HTMLElement;
  private readonly input: HTMLInputElement;
  private readonly hint = h("p", { class: "hint", attrs: { id: "dial-hint", role: "status" } });
  private readonly submit = h("button", { class: "button main", attrs: { type: "submit" } });
  private can = true;

  constructor(private readonly app: App) {
    text(this.submit, t("dial.submit"));
    this.input = h("input", {
      attrs: {
        id: "dial", type: "tel", maxlength: String(MAX_NUMBER), autocomplete: "off", enterkeyhint: "go",
        placeholder: t("dial.placeholder"), "aria-label": t("dial.label"), "aria-describedby": "dial-hint",
      },
      on: { input: () => this.explain() },
    });
    this.el = h("form", { class: "dial", on: { submit: (e: Event) => this.go(e) } },
      h("div", { class: "dial-row" }, this.input, this.submit), this.hint);
  }

  focus(): void {
    this.input.select();
  }

  update(s: State): void {
    this.can = s.capabilities.dial;
    const online = s.link.state === "online";
    this.submit.disabled = !this.can || !online;
    this.explain();
  }

  private explain(): void {
    const raw = this.input.value;
    const number = understood(raw);
    const bad = raw.trim() !== "" && number === null;
    attr(this.input, "aria-invalid", bad ? "true" : null);
    text(this.hint, !this.can && this.app.state.link.state === "online" ? t("dial.unavailable")
      : number ? t("dial.understood", { number: grouped(number) })
        : bad ? t("dial.not-understood") : "");
  }

  private go(e: Event): void {
    e.preventDefault();
    const number = understood(this.input.value);
    if (number === null || this.submit.disabled) return this.input.focus();
    this.app.dial(number);
    this.input.value = "";
    this.explain();
  }
}

const PHASES = ["agent-ringing", "agent-answered", "customer-ringing", "connected"] as const;

export class DialCard {
  readonly el: HTMLElement;
  private readonly title = h("h3", { class: "who" });
  private readonly steps = h("ol", { class: "steps" });
  private readonly line = h("p", { class: "dial-line", attrs: { role: "status" } });
  private readonly cause = h("p", { class: "why-who" });
  private readonly actions = h("div", { class: "actions" });
  private drawn = "";

  constructor(private readonly app: App) {
    for (const p of PHASES) this.steps.append(h("li", {}, t(`dial.${p}`)));
    this.el = h("article", { class: "card dial-card" }, this.title, this.steps, this.line, this.cause, this.actions);
  }

  update(d: Dial): void {
    const number = grouped(d.number);
    const over = isFinal(d.state);
    attr(this.el, "data-state", over ? "failed" : "initiated");
    attr(this.el, "data-dial", d.state);
    text(this.title, number);
    const at = PHASES.indexOf(d.phase as (typeof PHASES)[number]);
    [...this.steps.children].forEach((li, i) =>
      attr(li, "data-step", i < at ? "done" : i === at ? (over ? "failed" : "now") : "next"));
    visible(this.steps, d.state !== "confirm");
    text(this.line, this.lineText(d, number));
    text(this.cause, d.state === "confirm" ? t("dial.confirm.detail") : causeText(d.cause) ?? "");
    this.drawActions(d);
  }

  private lineText(d: Dial, number: string): string {
    if (d.state === "confirm") return t("dial.confirm", { number });
    if (isFinal(d.state)) return whyText(d.why);
    if (d.cancelling) return t("dial.cancelling");
    return t(`dial.${d.phase && (PHASES as readonly string[]).includes(d.phase) ? d.phase : "sent"}` as Key);
  }

  private drawActions(d: Dial): void {
    const kind = d.state === "confirm" ? "confirm" : isFinal(d.state) ? "over" : d.cancelling ? "cancelling" : "on";
    if (kind === this.drawn) return;
    this.drawn = kind;
    const cancel = button(t(kind === "confirm" ? "dial.no" : "dial.cancel"), () => this.app.cancelDial(d.id));
    cancel.disabled = kind === "cancelling";
    const close = (): void => this.app.dispatch({ type: "dial-closed", id: d.id });
    children(this.actions, kind === "confirm"
      ? [button(t("dial.yes"), () => this.app.confirmDial(d.id), "main"), cancel]
      : kind === "over"
        ? [button(t("dial.again"), () => { close(); this.app.dial(d.number); }), button(t("dial.dismiss"), close)]
        : [cancel]);
  }
}
