/*
 * view/reports.ts -- figures over the call log: a question, one chart, one table,
 * and under them what each figure means, in the words of the database.
 */
import { HttpError } from "@ringbridge/sdk";
import type { Figure, Report, ReportQuery, ReportRow } from "../api.js";
import type { App } from "../app.js";
import { children, h, text, visible } from "../dom.js";
import { lastDays } from "../filter.js";
import { dayStart, duration, grouped, understood } from "../format.js";
import { getLang, t, word } from "../i18n/index.js";
import type { Key } from "../i18n/index.js";
import { hashOf } from "../route.js";
import type { Route } from "../route.js";
import { Chart } from "./chart.js";
import type { Series } from "./chart.js";
import type { PageView } from "./page.js";
import { button } from "../dom.js";

export const BY = ["day", "hour", "hour-of-day", "queue", "agent", "dialled", "customer"] as const;
type By = (typeof BY)[number];
const OVER_TIME: readonly By[] = ["day", "hour", "hour-of-day"];
const FIELDS = ["from", "to", "queue", "dialled", "line", "number"] as const;
type Field = (typeof FIELDS)[number];
/* The tiles on top, of what the report has. */
const TILES = ["incoming", "answered", "missed", "abandoned", "service_level", "avg_wait_s", "avg_talk_s",
  "rang", "elsewhere", "called"];
const MAX_TILES = 6;

export interface Ask extends Record<Field, string> { by: By }

export function parseAsk(q: URLSearchParams, now: number): Ask {
  const ask = { by: BY.find((b) => b === q.get("by")) ?? "day" } as Ask;
  for (const f of FIELDS) ask[f] = (q.get(f) ?? "").slice(0, 64);
  for (const f of ["from", "to"] as const) if (dayStart(ask[f]) === null) ask[f] = "";
  /* Without a time there would be no end to it: the last week. */
  return ask.from === "" && ask.to === "" ? { ...ask, ...lastDays(7, now) } : ask;
}

function toQuery(ask: Ask): ReportQuery {
  return {
    by: ask.by, from: dayStart(ask.from) ?? "", to: dayStart(ask.to, 1) ?? "", queue: ask.queue,
    dialled: ask.dialled, line: ask.line, number: ask.number ? understood(ask.number) ?? ask.number : "",
    tz: Intl.DateTimeFormat().resolvedOptions().timeZone,
  };
}

export function figureText(f: Figure, value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  if (f.unit === "s") return duration(value * 1000);
  return f.unit === "%" ? `${value.toFixed(value === 100 || value === 0 ? 0 : 1)} %` : String(value);
}

function figureName(f: Figure): string {
  return word("figure", f.name) ?? f.name;
}

/* "2026-11-24T09:00", "2026-11-24", "09" as people read them here. */
function timeText(by: By, key: string): string {
  if (by === "hour-of-day") return `${Number(key)}:00`;
  const at = new Date(`${key.slice(0, 10)}T${by === "hour" ? key.slice(11) : "00:00"}`);
  return new Intl.DateTimeFormat(getLang(), by === "hour"
    ? { month: "numeric", day: "numeric", hour: "numeric", hour12: false }
    : { month: "numeric", day: "numeric", weekday: "short" }).format(at);
}

export function keyText(by: By, row: ReportRow): string {
  if (row.key === null) return t(`reports.none.${by}` as Key);
  if (OVER_TIME.includes(by)) return timeText(by, row.key);
  if (by === "dialled" || by === "customer") {
    const number = grouped(row.key);
    return row.label ? `${row.label} · ${number}` : number;
  }
  return row.label && row.label !== row.key ? `${row.label} · ${row.key}` : row.key;
}

export class Reports implements PageView {
  private readonly title = h("h1", {});
  private readonly tabs = h("nav", { class: "tabs", attrs: { "aria-label": t("reports.by") } });
  private readonly inputs: Record<Field, HTMLInputElement>;
  private readonly files = h("details", { class: "menu csv" });
  private readonly tiles = h("dl", { class: "tiles" });
  private readonly chart = new Chart();
  private readonly legend = h("ul", { class: "legend", attrs: { "aria-hidden": "true" } });
  private readonly table = h("table", { class: "figures" });
  private readonly scroll = h("div", { class: "scroll", attrs: { tabindex: "0", role: "region" } }, this.table);
  private readonly note = h("div", { class: "empty", attrs: { role: "status" } });
  private readonly words = h("dl", { class: "definitions" });
  readonly el: HTMLElement;
  private ask: Ask;
  private asked = 0;

  constructor(private readonly app: App) {
    this.ask = parseAsk(new URLSearchParams(), app.now());
    const input = (type: string): HTMLInputElement => h("input", { attrs: { type, autocomplete: "off" } });
    this.inputs = {
      from: input("date"), to: input("date"), queue: input("text"), dialled: input("text"), line: input("text"),
      number: input("search"),
    };
    this.el = h("section", { class: "page reports", attrs: { "aria-label": t("app.reports") } },
      h("div", { class: "section-head" }, this.title, this.files), this.tabs, this.form(), this.tiles,
      this.chart.el, this.legend, this.note, this.scroll,
      h("section", { class: "meaning" }, h("h2", {}, t("reports.meaning")), this.words));
  }

  search(): void {
    this.inputs.number.focus();
  }

  open(route: Route): void {
    this.ask = parseAsk(route.query, this.app.now());
    for (const f of FIELDS) if (this.inputs[f].value !== this.ask[f]) this.inputs[f].value = this.ask[f];
    text(this.title, t(`reports.title.${this.ask.by}`));
    this.scroll.setAttribute("aria-label", t(`reports.title.${this.ask.by}`));
    children(this.tabs, BY.map((by) => h("a", {
      attrs: { href: this.hash({ by }), ...(by === this.ask.by ? { "aria-current": "page" } : {}) },
    }, t(`reports.by.${by}`))));
    this.drawFiles();
    void this.load();
  }

  private hash(change: Partial<Ask>): string {
    return hashOf("reports", "", { ...this.ask, ...change });
  }

  private form(): HTMLElement {
    const go = (change: Partial<Ask> = {}): void => {
      const now: Partial<Ask> = {};
      for (const f of FIELDS) now[f] = this.inputs[f].value.trim();
      location.hash = this.hash({ ...now, ...change });
    };
    const days = (n: number): void => go(lastDays(n, this.app.now()));
    const form = h("form", { class: "filters", attrs: { role: "search" }, on: {
      submit: (e: Event) => { e.preventDefault(); go(); }, change: () => go(),
    } }, ...FIELDS.map((f) => h("label", {}, h("span", {}, t(`reports.f.${f}`)), this.inputs[f])));
    return h("div", {}, form, h("div", { class: "presets" },
      button(t("calls.today"), () => days(1), "quiet"), button(t("calls.week"), () => days(7), "quiet"),
      button(t("calls.month"), () => days(30), "quiet"),
      button(t("calls.reset"), () => { location.hash = hashOf("reports", "", { by: this.ask.by }); }, "quiet")));
  }

  private drawFiles(): void {
    const q = toQuery(this.ask);
    const link = (label: string, href: string, name: string): HTMLElement =>
      h("a", { class: "button", attrs: { href, download: name } }, label);
    children(this.files, [h("summary", { class: "button" }, t("reports.export")), h("div", { class: "menu-box" },
      link(t("calls.csv.excel"), this.app.rest.reportUrl(q, "csv", true), "report.csv"),
      link(t("calls.csv.plain"), this.app.rest.reportUrl(q, "csv"), "report.csv"),
      link("JSON Lines", this.app.rest.reportUrl(q, "jsonl"), "report.jsonl"))]);
  }

  private async load(): Promise<void> {
    const asked = ++this.asked;
    const { by } = this.ask;
    text(this.note, t("calls.loading"));
    visible(this.note, true);
    try {
      const r = await this.app.rest.report(toQuery(this.ask));
      if (asked === this.asked) this.draw(by, r);
    } catch (e) {
      if (asked !== this.asked) return;
      const why = e instanceof HttpError ? e.message : String(e);
      children(this.note, [h("p", {}, t("reports.failed", { why })), button(t("calls.retry"), () => void this.load())]);
    }
  }

  private draw(by: By, r: Report): void {
    const none = r.rows.length === 0;
    visible(this.note, none || r.more);
    children(this.note, none ? [h("strong", {}, t("reports.empty")), h("p", {}, t("reports.empty.text"))]
      : r.more ? [h("p", {}, t("reports.more", { n: r.rows.length }))] : []);
    for (const el of [this.tiles, this.scroll]) visible(el, !none);
    children(this.tiles, r.figures.filter((f) => TILES.includes(f.name)).slice(0, MAX_TILES)
      .map((f) => h("div", {}, h("dt", {}, figureName(f)), h("dd", {}, figureText(f, r.total.figures[f.name])))));
    children(this.words, r.figures.map((f) => h("div", {}, h("dt", {}, figureName(f)),
      h("dd", {}, f.name === "service_level" ? `${f[getLang()]} (${t("reports.level", { s: r.service_level_s })})` : f[getLang()]))));
    this.drawTable(by, r);
    this.drawChart(by, r);
  }

  private drawTable(by: By, r: Report): void {
    const cells = (row: ReportRow): HTMLElement[] =>
      r.figures.map((f) => h("td", { class: "n" }, figureText(f, row.figures[f.name])));
    children(this.table, [
      h("thead", {}, h("tr", {}, h("th", { attrs: { scope: "col" } }, t(`reports.by.${by}`)),
        ...r.figures.map((f) => h("th", { class: "n", attrs: { scope: "col", title: f[getLang()] } }, figureName(f))))),
      h("tbody", {}, ...r.rows.map((row) => h("tr", {},
        h("th", { attrs: { scope: "row" } }, this.drill(by, row)), ...cells(row)))),
      h("tfoot", {}, h("tr", {}, h("th", { attrs: { scope: "row" } }, t("reports.total")), ...cells(r.total)))]);
  }

  /* From a row to its calls, or into the row. */
  private drill(by: By, row: ReportRow): Node {
    const label = keyText(by, row);
    if (row.key === null) return document.createTextNode(label);
    const days = { from: this.ask.from, to: this.ask.to };
    const href = by === "queue" ? this.hash({ by: "day", queue: row.key })
      : by === "agent" ? hashOf("calls", "", { ...days, line: row.key })
        : by === "dialled" ? this.hash({ by: "day", dialled: row.key })
          : by === "customer" ? hashOf("calls", "", { ...days, number: row.key })
            : by === "day" ? this.hash({ by: "hour", from: row.key, to: row.key }) : null;
    return href ? h("a", { attrs: { href } }, label) : document.createTextNode(label);
  }

  private drawChart(by: By, r: Report): void {
    const names = by === "agent" ? (["answered", "missed", "elsewhere"] as const) : (["answered", "missed", "abandoned"] as const);
    const tokens = ["--chart-a", "--chart-b", "--chart-c"];
    const rows = OVER_TIME.includes(by) ? r.rows : r.rows.slice(0, 12);
    const series: Series[] = names.map((n, i) => ({
      label: word("figure", n) ?? n, token: tokens[i]!, values: rows.map((row) => row.figures[n] ?? 0),
    }));
    visible(this.chart.el, rows.length > 0);
    visible(this.legend, rows.length > 0);
    children(this.legend, series.map((s, i) => h("li", { attrs: { "data-n": String(i) } }, s.label)));
    const short = (s: string): string => (s.length > 14 ? `${s.slice(0, 13)}…` : s);
    this.chart.draw(rows.map((row) => short(keyText(by, row))), series);
  }
}
