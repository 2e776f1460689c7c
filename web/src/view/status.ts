/* view/status.ts -- who I am, which line, and whether all is well: in words. */
import type { App } from "../app.js";
import { attr, button, h, icon, setIcon, text, visible } from "../dom.js";
import { t } from "../i18n/index.js";
import type { State } from "../state.js";

/* null: all is well. */
export function trouble(s: State, now: number): string | null {
  if (s.link.state === "waiting")
    return t("link.waiting", { s: Math.max(1, Math.ceil(((s.link.retry_at ?? now) - now) / 1000)) });
  if (s.link.state !== "online") return null;
  const down = s.health?.pbxs.find((p) => !p.up);
  if (down) return t("health.pbx", { name: down.name });
  if (s.health && !s.health.database.up) return t("health.database");
  return s.user && s.user.lines.length === 0 && s.user.role === "agent" ? t("line.none") : null;
}

export class Status {
  private readonly user = h("span", { class: "user" });
  private readonly lines = h("span", { class: "lines" });
  private readonly sign = icon("ok");
  private readonly word = h("span");
  private readonly link = h("span", { class: "link" }, this.sign, this.word);
  private readonly banner = h("p", { class: "banner-text" });
  private readonly retry: HTMLButtonElement;
  private readonly bannerBox: HTMLElement;
  readonly el: HTMLElement;

  constructor(app: App) {
    this.retry = button(t("link.retry"), () => app.client.hurry());
    this.bannerBox = h("div", { class: "banner", attrs: { role: "status" } }, icon("warn"), this.banner, this.retry);
    this.el = h("div", { class: "status" },
      h("div", { class: "status-row" }, this.user, this.lines, this.link), this.bannerBox);
    setInterval(() => this.drawBanner(app.state), 1000);
  }

  update(s: State): void {
    text(this.user, s.user?.display || s.user?.name || "");
    text(this.lines, s.user?.lines.length ? t("line.lines", { lines: s.user.lines.join(", ") }) : "");
    const online = s.link.state === "online";
    setIcon(this.sign, online ? "ok" : "warn");
    attr(this.link, "data-online", String(online));
    text(this.word, t(online ? "link.online" : "link.connecting"));
    visible(this.word, s.link.state !== "waiting");
    this.drawBanner(s);
  }

  private drawBanner(s: State): void {
    const problem = trouble(s, Date.now());
    text(this.banner, problem ?? "");
    visible(this.bannerBox, problem !== null);
    visible(this.retry, s.link.state === "waiting");
  }
}
