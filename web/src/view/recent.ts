/* view/recent.ts -- my last calls: who, when, how it ended, and a button to call. */
import type { Conversation } from "@ringbridge/sdk";
import type { App } from "../app.js";
import { children, button, h, icon, attr } from "../dom.js";
import { shortTime, toMs } from "../format.js";
import { getLang, t } from "../i18n/index.js";
import { hashOf } from "../route.js";
import type { State } from "../state.js";
import { shortWho } from "./words.js";

/* In a dock of another page there is no call page to go to. */
function embedded(): boolean {
  return document.documentElement.dataset["embed"] !== undefined;
}

export function row(app: App, c: Conversation, s: State): HTMLElement {
  const who = shortWho(c, s.user?.lines ?? [], s.chosen);
  const at = toMs(c.started_at);
  const call = button(t("recent.call"), () => app.dial(c.external?.e164 ?? c.external?.number ?? ""), "quiet");
  attr(call, "aria-label", t("recent.call.label", { who }));
  call.disabled = !c.external?.number || !s.capabilities.dial;
  const direction = h("span", { class: "direction", attrs: { title: t(`direction.${c.direction}`) } },
    icon(c.direction === "unknown" ? "internal" : c.direction),
    h("span", { class: "unseen" }, t(`direction.${c.direction}`)));
  return h("li", { attrs: { "data-outcome": c.outcome ?? "unknown" } }, direction,
    h("span", { class: "recent-who" }, embedded() ? who : h("a", { attrs: { href: hashOf("call", c.id) } }, who)),
    h("span", { class: "recent-sub" },
      h("span", { class: "outcome" }, t(c.outcome ? `outcome.${c.outcome}` : "outcome.unknown")),
      at === null ? "" : ` · ${shortTime(at, app.now(), getLang())}`),
    call);
}

export class Recent {
  private readonly list = h("ol", { class: "recent-list" });
  private readonly empty = h("p", { class: "empty" });
  readonly el = h("section", { class: "recent", attrs: { "aria-labelledby": "recent-title" } },
    h("div", { class: "section-head" },
      h("h2", { attrs: { id: "recent-title" } }, t("recent.title")),
      h("a", { attrs: { href: "#/calls" } }, t("recent.all"))),
    this.list, this.empty);

  constructor(private readonly app: App) {}

  update(s: State, before: State): void {
    if (s.recent === before.recent && s.capabilities === before.capabilities && s.user === before.user
      && s.recentFailed === before.recentFailed && s.chosen === before.chosen && this.list.childElementCount)
      return;
    children(this.list, s.recent.map((c) => row(this.app, c, s)));
    this.empty.textContent = s.recent.length ? "" : t(s.recentFailed ? "recent.failed" : "recent.empty");
  }
}
