/*
 * view/board.ts -- for a wall: who waits, how long, who is free, and how today
 * goes. Big numbers first, people second. Nothing scrolls; thresholds are the
 * team's own, and an alarm is a word and a shape beside the colour.
 */
import type { Conversation } from "@ringbridge/sdk";
import type { Colleague, Report, Settings } from "../api.js";
import type { App } from "../app.js";
import { attr, button, children, h, icon, text } from "../dom.js";
import { dayStart, duration, localDay, toMs } from "../format.js";
import { getLang, t } from "../i18n/index.js";
import type { State } from "../state.js";
import { lineState, waitingCalls } from "../team.js";
import type { PersonState } from "../team.js";
import { Ticker } from "../ticker.js";
import type { PageView } from "./page.js";
import { shortWho } from "./words.js";

const TODAY_MS = 20_000;
const ORDER: Record<PersonState, number> = { ringing: 0, talking: 1, held: 2, dialling: 3, free: 4, unknown: 5 };
const ICONS = {
  ringing: "alerting", talking: "connected", held: "held", dialling: "initiated", free: "ok", unknown: "ended",
} as const;
/* Until the server has told the team's own: as in schema/sql. */
const DEFAULTS = {
  waiting_warn: 2, waiting_bad: 5, longest_warn_s: 30, longest_bad_s: 90, level_warn: 80, level_bad: 60,
  missed_warn: 5, missed_bad: 15,
};
type Level = "ok" | "warn" | "bad";

/* up: the more, the worse. */
export function level(value: number | null, warn: number, bad: number, up: boolean): Level {
  if (value === null) return "ok";
  const over = (limit: number): boolean => (up ? value >= limit : value < limit);
  return over(bad) ? "bad" : over(warn) ? "warn" : "ok";
}

class Tile {
  private readonly value = h("dd", { class: "tile-value" });
  private readonly word = h("dd", { class: "tile-word" });
  readonly el: HTMLElement;

  /* wide: five letters have to fit. */
  constructor(label: string, wide: boolean) {
    if (wide) this.value.classList.add("tile-time");
    this.el = h("div", { class: "tile", attrs: { "data-level": "ok" } }, h("dt", {}, label), this.value, this.word);
  }

  set(value: string, l: Level): void {
    text(this.value, value);
    this.mark(l);
  }

  time(ticker: Ticker, since: number | null, l: Level): void {
    ticker.set(this.value, since, "0:00");
    this.mark(l);
  }

  private mark(l: Level): void {
    attr(this.el, "data-level", l);
    text(this.word, l === "ok" ? "" : t(`board.level.${l}`));
  }
}

export class Board implements PageView {
  private readonly ticker: Ticker;
  private readonly tiles = {
    waiting: new Tile(t("board.waiting"), false), longest: new Tile(t("board.longest"), true),
    talking: new Tile(t("board.talking"), false), free: new Tile(t("board.free"), false),
    level: new Tile(t("board.level"), true), missed: new Tile(t("board.missed"), false),
  };
  private readonly today = h("p", { class: "board-today" });
  private readonly people = h("ol", { class: "people" });
  private readonly queue = h("ol", { class: "waiting" });
  private readonly clock = h("time", { class: "board-clock" });
  private readonly full = button(t("board.full"), () => void this.el.requestFullscreen?.(), "quiet");
  readonly el: HTMLElement;
  private team: readonly Colleague[] = [];
  private report: Report | null = null;
  private timer: ReturnType<typeof setInterval> | undefined;
  private seconds: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly app: App) {
    this.ticker = new Ticker(() => app.now());
    this.el = h("section", { class: "board", attrs: { "aria-label": t("app.board") } },
      h("header", { class: "board-head" }, h("h1", {}, t("app.board")), this.today, this.clock, this.full),
      h("dl", { class: "board-tiles" }, ...Object.values(this.tiles).map((x) => x.el)),
      h("div", { class: "board-lists" },
        h("section", {}, h("h2", {}, t("board.queue")), this.queue),
        h("section", {}, h("h2", {}, t("board.people")), this.people)));
  }

  open(): void {
    this.leave();
    this.timer = setInterval(() => void this.load(), TODAY_MS);
    this.seconds = setInterval(() => this.update(this.app.state), 1000);
    void this.app.rest.colleagues().then((c) => { this.team = c; this.update(this.app.state); }, () => undefined);
    void this.load();
  }

  leave(): void {
    clearInterval(this.timer);
    clearInterval(this.seconds);
  }

  private async load(): Promise<void> {
    try {
      const from = dayStart(localDay(this.app.now())) ?? "";
      this.report = await this.app.rest.report({ by: "queue", from });
      await this.app.loadSettings();
    } catch {
      /* What is on the wall stays; the banner of the panel says why. */
    }
    this.update(this.app.state);
  }

  update(s: State): void {
    const now = this.app.now();
    const waiting = waitingCalls(s);
    const since = waiting.length ? toMs(waiting[0]!.started_at) : null;
    const people = this.team.map((c) => ({ who: c, at: lineState(s, c.lines) }));
    const count = (...states: PersonState[]): number => people.filter((p) => states.includes(p.at.state)).length;
    const talking = [...s.conversations.values()].filter((c) => c.state === "connected" || c.state === "held").length;
    this.drawTiles(s.settings ?? DEFAULTS, { waiting: waiting.length, since, talking, free: count("free") }, now);
    children(this.queue, waiting.length ? waiting.slice(0, 8).map((c) => this.waitingRow(c, s))
      : [h("li", { class: "empty" }, t("board.nobody-waits"))]);
    people.sort((a, b) => ORDER[a.at.state] - ORDER[b.at.state] || a.who.display.localeCompare(b.who.display));
    children(this.people, people.map(({ who, at }) => this.person(who, at.state, at.since)));
    text(this.clock, new Intl.DateTimeFormat(getLang(), { hour: "2-digit", minute: "2-digit", hour12: false }).format(now));
  }

  private drawTiles(
    x: Pick<Settings, keyof typeof DEFAULTS>,
    live: { waiting: number; since: number | null; talking: number; free: number }, now: number,
  ): void {
    const f = this.report?.total.figures ?? {};
    const lost = (f["missed"] ?? 0) + (f["abandoned"] ?? 0);
    const sl = f["service_level"] ?? null;
    this.tiles.talking.set(String(live.talking), "ok");
    this.tiles.waiting.set(String(live.waiting), level(live.waiting, x.waiting_warn, x.waiting_bad, true));
    this.tiles.longest.time(this.ticker, live.since,
      level(live.since === null ? null : (now - live.since) / 1000, x.longest_warn_s, x.longest_bad_s, true));
    this.tiles.free.set(String(live.free), this.team.length > 0 && live.free === 0 ? "warn" : "ok");
    this.tiles.level.set(sl === null ? "–" : `${Math.round(sl)}%`, level(sl, x.level_warn, x.level_bad, false));
    this.tiles.missed.set(this.report ? String(lost) : "–", level(lost, x.missed_warn, x.missed_bad, true));
    text(this.today, this.report ? t("board.today", {
      incoming: f["incoming"] ?? 0, answered: f["answered"] ?? 0, outgoing: f["outgoing"] ?? 0,
      wait: f["avg_wait_s"] == null ? "–" : duration(f["avg_wait_s"] * 1000),
    }) : "");
  }

  private waitingRow(c: Conversation, s: State): HTMLElement {
    const timer = h("span", { class: "timer" });
    this.ticker.set(timer, toMs(c.started_at), t("time.unknown"));
    return h("li", {}, icon(c.state === "queued" ? "queued" : "alerting"),
      h("span", { class: "waiting-who" }, shortWho(c, s.user?.lines ?? [], s.chosen)),
      h("span", { class: "waiting-where" }, c.queue ?? c.legs.find((l) => l.state === "alerting")?.line ?? ""), timer);
  }

  private person(who: Colleague, state: PersonState, since: number | null): HTMLElement {
    const timer = h("span", { class: "timer" });
    this.ticker.set(timer, state === "free" || state === "unknown" ? null : since, "");
    return h("li", { attrs: { "data-person": state } }, icon(ICONS[state]), h("span", { class: "person-name" }, who.display || who.name),
      h("span", { class: "person-state" }, t(`person.${state}`)), timer);
  }
}
