/*
 * view/call.ts -- one conversation, so that it can be sent to somebody: who and
 * what, its story on a line of time, notes, and why it popped where it did.
 */
import { HttpError } from "@ringbridge/sdk";
import type { Conversation, Trace } from "@ringbridge/sdk";
import type { App } from "../app.js";
import { who } from "../cards.js";
import { button, children, h, icon } from "../dom.js";
import { dateTime, duration, safeUrl, toMs } from "../format.js";
import { getLang, t } from "../i18n/index.js";
import { hashOf } from "../route.js";
import type { Route } from "../route.js";
import type { PageView } from "./page.js";
import { facts, lanes, waited } from "./story.js";
import { decision } from "./trace.js";
import { dialledText, dispositionText, reasonText, shortWho, whyWho } from "./words.js";

const NOBODY = new Map<string, string>();

export class CallPage implements PageView {
  readonly el = h("section", { class: "page call", attrs: { "aria-label": t("call.title") } });
  private asked = 0;

  constructor(private readonly app: App) {}

  open(route: Route): void {
    void this.load(route.id);
  }

  private async load(id: string): Promise<void> {
    const asked = ++this.asked;
    children(this.el, [this.back(), h("p", { class: "empty", attrs: { role: "status" } }, t("calls.loading"))]);
    try {
      const c = await this.app.rest.call(id);
      if (asked === this.asked) this.draw(c);
    } catch (e) {
      if (asked !== this.asked) return;
      const gone = e instanceof HttpError && e.status === 404;
      children(this.el, [this.back(), h("div", { class: "empty", attrs: { role: "status" } },
        h("p", {}, gone ? t("call.none") : t("calls.failed", { why: e instanceof Error ? e.message : String(e) })),
        button(t("calls.retry"), () => void this.load(id)))]);
    }
  }

  private back(): HTMLElement {
    return h("p", { class: "crumb" }, h("a", { attrs: { href: hashOf("calls") } }, t("calls.title")));
  }

  private draw(c: Conversation): void {
    const lines = this.app.state.user?.lines ?? [];
    children(this.el, [this.back(), this.header(c, lines), lanes(c), this.about(c), this.notes(c), this.decisions(c)]
      .filter((x): x is HTMLElement => x !== null));
  }

  private header(c: Conversation, lines: readonly string[]): HTMLElement {
    const w = who(c, lines, NOBODY);
    const at = toMs(c.started_at);
    const outcome = t(c.outcome ? `outcome.${c.outcome}` : c.state === "ended" ? "outcome.unknown" : "outcome.open");
    const url = safeUrl(w.contact?.url ?? null);
    const call = button(t("card.call-back"), () => this.app.dial(c.external?.e164 ?? c.external?.number ?? ""));
    return h("header", { class: "call-head", attrs: { "data-outcome": c.outcome ?? "unknown" } },
      h("div", {},
        h("p", { class: "call-what" }, icon(c.direction === "unknown" ? "internal" : c.direction),
          t(`direction.${c.direction}`), " · ", at === null ? t("time.unknown") : dateTime(at, getLang()), " · ",
          h("span", { class: "outcome" }, outcome)),
        h("h1", {}, shortWho(c, lines, NOBODY)),
        h("p", { class: "call-sub" }, [w.contact?.company, w.number].filter(Boolean).join(" · "))),
      h("div", { class: "actions" },
        url ? h("a", { class: "button", attrs: { href: url, target: "_blank", rel: "noopener noreferrer" } }, t("card.open")) : null,
        c.external?.number && this.app.state.capabilities.dial ? call : null));
  }

  private about(c: Conversation): HTMLElement {
    const w = who(c, this.app.state.user?.lines ?? [], NOBODY);
    const wait = waited(c);
    const rows: [string, string][] = [
      [t("call.who"), [whyWho(w, c, false), w.kind === "contact" && w.contact?.reason ? reasonText(w.contact.reason) : null]
        .filter((x, i, a) => x && a.indexOf(x) === i).join(" · ")],
      [t("card.called"), dialledText(c) ?? t("time.unknown")],
      ...(c.queue ? [[t("card.queue"), c.queue] as [string, string]] : []),
      [t("calls.waited"), wait === null ? t("time.unknown") : duration(wait)],
      ...facts(c).map((line, i) => [i === 0 ? t("call.fact") : "", line] as [string, string]),
    ];
    return h("section", {}, h("h2", {}, t("call.facts")),
      h("dl", { class: "call-facts" }, ...rows.map(([k, v]) => h("div", {}, h("dt", {}, k), h("dd", {}, v)))));
  }

  private notes(c: Conversation): HTMLElement | null {
    if (c.notes.length === 0) return null;
    const about = (n: Conversation["notes"][number]): string => {
      const at = toMs(n.at);
      return [n.user, at === null ? null : dateTime(at, getLang()), dispositionText(this.app.state, n.disposition)]
        .filter(Boolean).join(" · ");
    };
    return h("section", {}, h("h2", {}, t("calls.notes")), ...c.notes.map((n) => h("div", { class: "call-note" },
      h("p", { class: "note-about" }, about(n)), h("p", { class: "story-note" }, n.text))));
  }

  /* Times count from the first sign of the call. */
  private decisions(c: Conversation): HTMLElement {
    const start = toMs(c.started_at) ?? toMs(c.trace[0]?.at) ?? 0;
    const row = (x: Trace): HTMLElement => {
      const at = toMs(x.at);
      const d = decision(x);
      return h("li", { attrs: { "data-kind": d.kind } },
        h("span", { class: "trace-at" }, at === null ? t("time.unknown") : `+${Math.max(0, (at - start) / 1000).toFixed(1)} s`),
        h("span", { class: "trace-text" }, d.text),
        h("code", { class: "trace-code" }, [x.what, x.detail].filter(Boolean).join(" ")));
    };
    return h("section", {}, h("h2", {}, t("call.why")), h("p", { class: "sub" }, t("call.why.sub")),
      c.trace.length ? h("ol", { class: "trace" }, ...c.trace.map(row)) : h("p", { class: "empty" }, t("call.why.none")));
  }
}
