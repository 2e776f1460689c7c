/* view/calls.ts -- the call log: filters, table with paging, the story of a call. */
import { DIRECTIONS, HttpError, OUTCOMES } from "@ringbridge/sdk";
import type { Conversation } from "@ringbridge/sdk";
import type { App } from "../app.js";
import { children, button, h, icon, text, visible } from "../dom.js";
import { FIELDS, lastDays, NO_FILTER, parseFilter, toHash, toQuery } from "../filter.js";
import type { Filter } from "../filter.js";
import { dateTime, duration, toMs, total } from "../format.js";
import { getLang, t } from "../i18n/index.js";
import { hashOf } from "../route.js";
import type { Route } from "../route.js";
import { Ticker } from "../ticker.js";
import type { PageView } from "./page.js";
import { story, waited } from "./story.js";
import { dialledText, shortWho } from "./words.js";

const PAGE = 50;

function options(words: readonly string[], prefix: "outcome" | "direction"): HTMLElement[] {
  return ["", ...words].map((w) => h("option", { attrs: { value: w } },
    w === "" ? t("calls.any") : t(`${prefix}.${w}` as "outcome.missed")));
}

export class Calls implements PageView {
  readonly el: HTMLElement;
  private readonly inputs: Record<keyof Filter, HTMLInputElement | HTMLSelectElement>;
  private readonly rows = h("tbody");
  private readonly table: HTMLElement;
  private readonly note = h("div", { class: "empty", attrs: { role: "status" } });
  private readonly more: HTMLButtonElement;
  private readonly csv: HTMLElement;
  private filter: Filter = NO_FILTER;
  private next: string | null = null;
  private readonly ticker: Ticker;
  private asked = 0; /* answers to older questions are dropped */

  constructor(private readonly app: App) {
    this.ticker = new Ticker(() => app.now());
    const input = (type: string): HTMLInputElement => h("input", { attrs: { type, autocomplete: "off" } });
    this.inputs = {
      from: input("date"), to: input("date"), line: input("text"), number: input("search"),
      outcome: h("select", {}, ...options(OUTCOMES, "outcome")),
      direction: h("select", {}, ...options(DIRECTIONS, "direction")),
    };
    this.more = button(t("calls.more"), () => void this.load(true));
    this.csv = h("details", { class: "menu csv" });
    this.table = h("table", {},
      h("thead", {}, h("tr", {}, ...(["when", "who", "dialled", "lines", "waited", "talked", "outcome"] as const)
        .map((c) => h("th", { attrs: { scope: "col" }, class: `c-${c}` }, t(`calls.${c}`))))),
      this.rows);
    this.el = h("section", { class: "page calls", attrs: { "aria-label": t("calls.title") } },
      h("div", { class: "section-head" }, h("h1", {}, t("calls.title")), this.csv),
      this.filterForm(), this.table, this.note, h("div", { class: "more" }, this.more));
  }

  search(): void {
    this.inputs.number.focus();
  }

  open(route: Route): void {
    const filter = parseFilter(route.query);
    this.filter = filter;
    for (const f of FIELDS) if (this.inputs[f].value !== filter[f]) this.inputs[f].value = filter[f];
    this.drawCsv();
    void this.load(false);
  }

  private filterForm(): HTMLElement {
    const go = (change: Partial<Filter> = {}): void => {
      const f = { ...NO_FILTER };
      for (const name of FIELDS) f[name] = this.inputs[name].value.trim();
      location.hash = toHash({ ...f, ...change });
    };
    const form = h("form", { class: "filters", attrs: { role: "search" }, on: {
      submit: (e: Event) => { e.preventDefault(); go(); }, change: () => go(),
    } }, ...FIELDS.map((f) => h("label", { class: `f-${f}` }, h("span", {}, t(`calls.${f}`)), this.inputs[f])));
    const days = (n: number): void => go(lastDays(n, Date.now()));
    return h("div", {}, form, h("div", { class: "presets" },
      button(t("calls.today"), () => days(1), "quiet"), button(t("calls.week"), () => days(7), "quiet"),
      button(t("calls.month"), () => days(30), "quiet"), button(t("calls.reset"), () => go(NO_FILTER), "quiet")));
  }

  private drawCsv(): void {
    const link = (label: string, o: Parameters<App["rest"]["csvUrl"]>[1]): HTMLElement =>
      h("a", { class: "button", attrs: { href: this.app.rest.csvUrl(toQuery(this.filter), o), download: "calls.csv" } }, label);
    children(this.csv, [h("summary", { class: "button" }, t("calls.csv")),
      h("div", { class: "menu-box" }, link(t("calls.csv.excel"), { excel: true }),
        link(t("calls.csv.sjis"), { excel: true, encoding: "shift_jis" }),
        link(t("calls.csv.plain"), {}), link(t("calls.csv.raw"), { raw: true }))]);
  }

  private async load(more: boolean): Promise<void> {
    const asked = ++this.asked;
    this.more.disabled = true;
    if (!more) text(this.note, t("calls.loading"));
    try {
      const page = await this.app.rest.calls({
        ...toQuery(this.filter), limit: PAGE, ...(more && this.next ? { after: this.next } : {}),
      });
      if (asked !== this.asked) return;
      if (!more) children(this.rows, []);
      this.next = page.next;
      for (const c of page.calls) this.rows.append(...this.row(c));
      this.say(this.rows.childElementCount === 0 ? [h("strong", {}, t("calls.empty")), h("p", {}, t("calls.empty.text"))] : []);
    } catch (e) {
      if (asked !== this.asked) return;
      const why = e instanceof HttpError ? e.message : String(e);
      this.say([h("p", {}, t("calls.failed", { why })), button(t("calls.retry"), () => void this.load(more))]);
    }
    this.more.disabled = false;
    visible(this.more, this.next !== null);
  }

  private say(what: Node[]): void {
    children(this.note, what);
    visible(this.note, what.length > 0);
    visible(this.table, this.rows.childElementCount > 0);
  }

  /* A call that goes on has a running clock. */
  private talkedText(c: Conversation, talk: number | null): Node | string {
    const since = c.state === "ended" ? null : toMs(c.answered_at);
    if (since === null) return talk === null ? t("time.unknown") : talk === 0 ? "–" : duration(talk);
    const clock = h("span", { class: "timer running" });
    this.ticker.set(clock, since);
    return clock;
  }

  private row(c: Conversation): HTMLElement[] {
    const ms = c.started_at && c.started_at !== "unknown" ? Date.parse(c.started_at) : null;
    const wait = waited(c), talk = total(c.legs.flatMap((l) => (l.role === "caller" && c.direction === "inbound" ? [] : l.talked)));
    const detail = h("tr", { class: "detail", attrs: { hidden: "" } });
    const who = shortWho(c, this.app.state.user?.lines ?? [], new Map());
    const toggle = h("button", { class: "row-button", attrs: {
      type: "button", "aria-expanded": "false", "aria-label": `${who}: ${t("calls.show")}`,
    }, on: { click: () => {
      if (detail.childElementCount === 0)
        detail.append(h("td", { attrs: { colspan: "7" } }, story(c),
          h("a", { class: "button", attrs: { href: hashOf("call", c.id) } }, t("call.open"))));
      detail.hidden = !detail.hidden;
      toggle.setAttribute("aria-expanded", String(!detail.hidden));
    } } }, who);
    const cell = (name: string, ...inside: (Node | string)[]): HTMLElement => h("td", { class: `c-${name}` }, ...inside);
    return [h("tr", { attrs: { "data-outcome": c.outcome ?? "unknown" } },
      cell("when", h("span", { attrs: { title: t(`direction.${c.direction}`) } }, icon(c.direction === "unknown" ? "internal" : c.direction),
        h("span", { class: "unseen" }, t(`direction.${c.direction}`))), ms === null ? t("time.unknown") : dateTime(ms, getLang())),
      cell("who", toggle),
      cell("dialled", dialledText(c) ?? "–"),
      cell("lines", [...new Set(c.legs.filter((l) => l.talked.length).map((l) => l.line))].join(", ")
        || [...new Set(c.legs.map((l) => l.line))].join(", ")),
      cell("waited", wait === null ? "–" : duration(wait)),
      cell("talked", this.talkedText(c, talk)),
      cell("outcome", h("span", { class: "outcome" }, t(c.outcome ? `outcome.${c.outcome}` : c.state === "ended" ? "outcome.unknown" : "outcome.open")))),
    detail];
  }
}
