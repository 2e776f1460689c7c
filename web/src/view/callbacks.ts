/*
 * view/callbacks.ts -- missed callers whom nobody has reached: who takes which one
 * on, so that nobody is called twice and nobody is forgotten.
 */
import { HttpError } from "@ringbridge/sdk";
import type { Callback, CallbackAct } from "../api.js";
import type { App } from "../app.js";
import { attr, button, children, h, text, visible } from "../dom.js";
import { grouped, shortTime } from "../format.js";
import { getLang, t } from "../i18n/index.js";
import { hashOf, rankOf } from "../route.js";
import type { State } from "../state.js";
import type { PageView } from "./page.js";

/* Others work on the same list. */
const REFRESH_MS = 15_000;

export class Callbacks implements PageView {
  private readonly list = h("ol", { class: "callbacks" });
  private readonly note = h("div", { class: "empty", attrs: { role: "status" } });
  private readonly more = button(t("calls.more"), () => void this.load(true));
  readonly el = h("section", { class: "page", attrs: { "aria-label": t("callbacks.title") } },
    h("h1", {}, t("callbacks.title")), h("p", { class: "sub" }, t("callbacks.sub")),
    this.note, this.list, h("div", { class: "more" }, this.more));
  private items: Callback[] = [];
  private next: string | null = null;
  private timer: ReturnType<typeof setInterval> | undefined;
  private asked = 0;

  constructor(private readonly app: App) {}

  open(): void {
    clearInterval(this.timer);
    this.timer = setInterval(() => { if (!document.hidden) void this.load(false); }, REFRESH_MS);
    visible(this.more, false);
    if (this.items.length === 0) text(this.note, t("calls.loading"));
    void this.load(false);
  }

  leave(): void {
    clearInterval(this.timer);
  }

  update(s: State, before: State): void {
    /* Somebody called and was missed, or was reached: the list is another one. */
    if (s.recent !== before.recent && before.user) void this.load(false);
  }

  private async load(more: boolean): Promise<void> {
    const asked = ++this.asked;
    try {
      const page = await this.app.rest.callbacks(more ? this.next : null);
      if (asked !== this.asked) return;
      this.items = more ? [...this.items, ...page.items] : page.items;
      this.next = page.next;
      this.draw();
    } catch (e) {
      if (asked !== this.asked || this.items.length > 0) return;
      children(this.note, [h("p", {}, t("calls.failed", { why: e instanceof HttpError ? e.message : String(e) })),
        button(t("calls.retry"), () => void this.load(false))]);
      visible(this.note, true);
    }
  }

  private draw(): void {
    visible(this.note, this.items.length === 0);
    children(this.note, this.items.length ? [] : [h("strong", {}, t("callbacks.empty")), h("p", {}, t("callbacks.empty.text"))]);
    const focused = document.activeElement?.getAttribute("data-focus");
    children(this.list, this.items.map((i) => this.row(i)));
    visible(this.more, this.next !== null);
    if (focused) this.list.querySelector<HTMLElement>(`[data-focus="${CSS.escape(focused)}"]`)?.focus();
  }

  private row(i: Callback): HTMLElement {
    const me = this.app.state.user;
    const mine = i.claimed_by !== null && i.claimed_by === me?.id;
    const theirs = i.claimed_by !== null && !mine;
    const at = shortTime(Date.parse(i.at), this.app.now(), getLang());
    const name = i.name ?? grouped(i.display);
    const act = (label: string, what: CallbackAct, kind = ""): HTMLButtonElement => {
      const b = button(label, () => void this.act(i, what), kind);
      attr(b, "aria-label", `${label}: ${name}`);
      attr(b, "data-focus", `${i.id}-${what}`);
      return b;
    };
    const call = button(t("card.call-back"), () => this.call(i), theirs ? "" : "main");
    attr(call, "aria-label", `${t("card.call-back")}: ${name}`);
    call.disabled = !this.app.state.capabilities.dial || theirs;
    return h("li", { class: "callback", attrs: { "data-claimed": mine ? "mine" : theirs ? "theirs" : "no" } },
      h("div", { class: "callback-who" },
        h("h2", {}, h("a", { attrs: { href: hashOf("call", i.id) } }, name)),
        h("p", {}, [i.company, i.name ? grouped(i.display) : null].filter(Boolean).join(" · "))),
      h("div", { class: "callback-when" },
        h("p", { class: "bad" }, `${t(`outcome.${i.outcome}` as "outcome.missed")} · ${at}`),
        h("p", {}, [i.tries > 1 ? t("callbacks.tries", { n: i.tries }) : null,
          i.queue ?? (i.dialled ? t("callbacks.called", { number: grouped(i.dialled) }) : null)].filter(Boolean).join(" · "))),
      h("p", { class: "callback-claim" }, mine ? t("callbacks.mine") : theirs ? t("callbacks.theirs", { who: i.claimed_name ?? "?" }) : ""),
      h("div", { class: "actions" }, call,
        ...(mine ? [act(t("callbacks.release"), "release"), act(t("callbacks.done"), "done")]
          : !theirs ? [act(t("callbacks.claim"), "claim"), act(t("callbacks.done"), "done")]
            : rankOf(me?.role ?? "") > 0 ? [act(t("callbacks.take"), "claim")] : [])));
  }

  /* Who calls has taken it on. */
  private call(i: Callback): void {
    void this.act(i, "claim").then((ok) => { if (ok) this.app.dial(i.number); });
  }

  private async act(i: Callback, what: CallbackAct): Promise<boolean> {
    try {
      const item = await this.app.rest.callback(i.id, what);
      this.items = item ? this.items.map((x) => (x.id === i.id ? item : x)) : this.items.filter((x) => x.id !== i.id);
      this.draw();
      return true;
    } catch (e) {
      await this.load(false);
      if (e instanceof HttpError && (e.status === 409 || e.status === 404)) return false;
      children(this.note, [h("p", {}, t("calls.failed", { why: e instanceof Error ? e.message : String(e) }))]);
      visible(this.note, true);
      return false;
    }
  }
}
