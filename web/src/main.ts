/*
 * main.ts -- puts the page together: log-in or panel, the call log beside it,
 * language, keys, rings. Views are made anew when the language changes.
 */
import { inHost } from "../adapters/index.js";
import { App } from "./app.js";
import { cards } from "./cards.js";
import { attr, button, children, h, text, visible } from "./dom.js";
import { parseHash } from "./filter.js";
import { getLang, pickLang, setLang, t } from "./i18n/index.js";
import type { Lang } from "./i18n/index.js";
import { followKeys } from "./keys.js";
import { applyTheme, refuseNotify, saveLang, savedLang, savedTheme } from "./prefs.js";
import { Ring, shouldAsk } from "./ring.js";
import { initial } from "./state.js";
import type { State } from "./state.js";
import { Calls } from "./view/calls.js";
import { loginView } from "./view/login.js";
import { menu } from "./view/menu.js";
import { Panel } from "./view/panel.js";

const root = document.getElementById("app")!;
const embedded = inHost();

class Page {
  private panel: Panel | null = null;
  private calls: Calls | null = null;
  private badge = h("span", { class: "badge" });
  private ask = h("div", { class: "ask", attrs: { role: "region" } });
  private askedAfter = false;
  private readonly ring: Ring;

  constructor(private readonly app: App) {
    this.ring = new Ring(app);
    app.watch((s, before) => this.draw(s, before));
    window.addEventListener("hashchange", () => this.route());
    followKeys({
      search: () => this.search(),
      dial: () => { this.leaveCalls(); this.panel?.focusDial(); },
      note: () => { this.leaveCalls(); this.panel?.focusNote(); },
    });
  }

  setLang(l: Lang): void {
    setLang(l);
    document.documentElement.lang = l;
    this.panel = null;
    this.draw(this.app.state, initial);
  }

  private draw(s: State, before: State): void {
    this.ring.update(s);
    if (!s.user) return this.login(before);
    if (!before.user && savedLang() === null && pickLang([s.user.lang]) !== getLang())
      return this.setLang(pickLang([s.user.lang]));
    if (!this.panel) {
      this.build();
      before = initial;
    }
    this.panel!.update(s, before);
    const ringing = cards(s).filter((c) => c.kind === "waiting").length;
    text(this.badge, ringing ? String(ringing) : "");
    visible(this.badge, ringing > 0);
    if (ringing) this.askedAfter = true;
    /* After the first ring, when it makes sense, and never over a card that rings. */
    visible(this.ask, this.askedAfter && ringing === 0 && shouldAsk());
  }

  private login(before: State): void {
    if (root.firstElementChild?.className === "login" && before.user === null && this.panel === null
      && root.lang === getLang()) return;
    this.panel = null;
    root.lang = getLang();
    attr(root, "data-page", "login");
    children(root, [loginView(this.app)]);
    if (this.app.state.link.state !== "connecting") root.querySelector("input")?.focus();
  }

  private build(): void {
    this.panel = new Panel(this.app);
    this.calls = embedded ? null : new Calls(this.app);
    const ask = (): void => void Notification.requestPermission().then(() => this.draw(this.app.state, this.app.state));
    children(this.ask, [h("p", {}, t("notify.ask")), button(t("notify.yes"), ask, "main"),
      button(t("notify.no"), () => { refuseNotify(); visible(this.ask, false); })]);
    attr(this.ask, "aria-label", t("notify.ask"));
    const nav = embedded ? null : h("nav", { attrs: { "aria-label": t("app.name") } },
      h("a", { attrs: { href: "#/", "data-nav": "panel" } }, t("app.panel"), this.badge),
      h("a", { attrs: { href: "#/calls", "data-nav": "calls" } }, t("app.calls")));
    const bar = h("header", { class: "bar" },
      h("img", { attrs: { src: "icon.svg", alt: t("app.name"), width: "24", height: "24" } }), nav,
      menu(this.app, (l) => { saveLang(l); this.setLang(l); }, shouldAsk() ? ask : null));
    const dock = h("div", { class: "dock" }, this.panel.el, this.ask);
    children(root, [bar, dock, ...(this.calls ? [this.calls.el] : [])]);
    this.route();
  }

  private route(): void {
    if (!this.panel) return;
    const { page, filter } = parseHash(location.hash);
    attr(root, "data-page", page);
    for (const a of root.querySelectorAll("[data-nav]"))
      attr(a, "aria-current", a.getAttribute("data-nav") === page ? "page" : null);
    this.calls?.open(filter);
  }

  private search(): void {
    if (!this.calls) return;
    if (parseHash(location.hash).page !== "calls") location.hash = "#/calls";
    attr(root, "data-page", "calls");
    this.calls.focusSearch();
  }

  /* On a narrow page the panel is behind the call log. */
  private leaveCalls(): void {
    if (this.panel && this.panel.el.offsetParent === null) {
      location.hash = "#/";
      attr(root, "data-page", "panel");
    }
  }
}

applyTheme(savedTheme());
if (embedded) document.documentElement.dataset["embed"] = "";
const app = new App();
const page = new Page(app);
page.setLang(savedLang() ?? pickLang(navigator.languages));
void app.start();
