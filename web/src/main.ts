/*
 * main.ts -- puts the page together: log-in or panel, the other pages beside it,
 * language, keys, rings. Views are made anew when the language changes.
 */
import { inHost } from "../adapters/index.js";
import { App } from "./app.js";
import { cards } from "./cards.js";
import { attr, button, children, h, text, visible } from "./dom.js";
import { getLang, pickLang, setLang, t } from "./i18n/index.js";
import type { Lang } from "./i18n/index.js";
import { followKeys } from "./keys.js";
import { applyTheme, refuseNotify, saveLang, savedLang, savedTheme } from "./prefs.js";
import { Ring, shouldAsk } from "./ring.js";
import { hashOf, parseRoute, RANK, rankOf } from "./route.js";
import type { PageName, Route } from "./route.js";
import { initial } from "./state.js";
import type { State } from "./state.js";
import { loginView } from "./view/login.js";
import { menu } from "./view/menu.js";
import type { PageView } from "./view/page.js";
import { Panel } from "./view/panel.js";

const root = document.getElementById("app")!;
/* As in style.css: the panel and another page fit side by side. */
const WIDE = matchMedia("(min-width: 900px)");
const embedded = inHost();

/* Each is a file of its own that is loaded when it is first shown. */
const VIEWS: Record<Exclude<PageName, "panel">, (app: App) => Promise<PageView>> = {
  calls: async (app) => new (await import("./view/calls.js")).Calls(app),
  call: async (app) => new (await import("./view/call.js")).CallPage(app),
  callbacks: async (app) => new (await import("./view/callbacks.js")).Callbacks(app),
  reports: async (app) => new (await import("./view/reports.js")).Reports(app),
  board: async (app) => new (await import("./view/board.js")).Board(app),
  admin: async (app) => new (await import("./view/admin.js")).Admin(app),
};

const NAV = ["panel", "callbacks", "calls", "reports", "board", "admin"] as const;

class Page {
  private panel: Panel | null = null;
  private views = new Map<PageName, PageView>();
  private shown: PageView | null = null;
  private wanted: PageName | null = null;
  private readonly main = h("main", { class: "beside" });
  private badge = h("span", { class: "badge" });
  private ask = h("div", { class: "ask", attrs: { role: "region" } });
  private askedAfter = false;
  private readonly ring: Ring;

  constructor(private readonly app: App) {
    this.ring = new Ring(app);
    app.watch((s, before) => this.draw(s, before));
    window.addEventListener("hashchange", () => this.route());
    WIDE.addEventListener("change", () => this.route());
    followKeys({
      search: () => this.search(),
      dial: () => { this.toPanel(); this.panel?.focusDial(); },
      note: () => { this.toPanel(); this.panel?.focusNote(); },
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
    if (!this.panel || (before.user && before.user.role !== s.user.role)) {
      this.build(s.user.role);
      before = initial;
    }
    this.panel!.update(s, before);
    this.shown?.update?.(s, before);
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
    this.shown = null;
    root.lang = getLang();
    attr(root, "data-page", "login");
    children(root, [loginView(this.app)]);
    if (this.app.state.link.state !== "connecting") root.querySelector("input")?.focus();
  }

  private build(role: string): void {
    this.panel = new Panel(this.app);
    this.views.clear();
    this.shown = null;
    const ask = (): void => void Notification.requestPermission().then(() => this.draw(this.app.state, this.app.state));
    children(this.ask, [h("p", {}, t("notify.ask")), button(t("notify.yes"), ask, "main"),
      button(t("notify.no"), () => { refuseNotify(); visible(this.ask, false); })]);
    attr(this.ask, "aria-label", t("notify.ask"));
    const mine = NAV.filter((p) => rankOf(role) >= RANK[p]);
    const nav = embedded ? null : h("nav", { attrs: { "aria-label": t("app.name") } },
      ...mine.map((p) => h("a", { attrs: { href: hashOf(p), "data-nav": p } },
        t(`app.${p}`), p === "panel" ? this.badge : null)));
    const bar = h("header", { class: "bar" },
      h("img", { attrs: { src: "icon.svg", alt: t("app.name"), width: "24", height: "24" } }), nav,
      menu(this.app, (l) => { saveLang(l); this.setLang(l); }, shouldAsk() ? ask : null));
    const dock = h("div", { class: "dock" }, this.panel.el, this.ask);
    children(this.main, []);
    children(root, [bar, dock, ...(embedded ? [] : [this.main])]);
    this.route();
  }

  private route(): void {
    if (!this.panel) return;
    const route = parseRoute(location.hash);
    const page = embedded || rankOf(this.app.state.user?.role ?? "") < RANK[route.page] ? "panel" : route.page;
    attr(root, "data-page", page);
    for (const a of root.querySelectorAll("[data-nav]"))
      attr(a, "aria-current", a.getAttribute("data-nav") === (page === "call" ? "calls" : page) ? "page" : null);
    /* Beside the panel there is room for the log; where there is none, it stays unloaded. */
    if (page !== "panel") void this.show(page, route);
    else if (!embedded && WIDE.matches) void this.show("calls", parseRoute("#/calls"));
    else this.leave();
  }

  private leave(): void {
    this.wanted = null;
    this.shown?.leave?.();
    this.shown = null;
  }

  private async show(page: Exclude<PageName, "panel">, route: Route): Promise<void> {
    this.wanted = page;
    let view = this.views.get(page);
    if (!view) {
      try {
        view = await VIEWS[page](this.app);
      } catch {
        /* A new version is on the server, or it is away. */
        children(this.main, [h("p", { class: "empty" }, t("app.not-loaded"),
          button(t("calls.retry"), () => location.reload()))]);
        return;
      }
      this.views.set(page, view);
    }
    if (this.wanted !== page) return;
    if (this.shown !== view) this.shown?.leave?.();
    this.shown = view;
    children(this.main, [view.el]);
    view.open(route);
    view.update?.(this.app.state, initial);
  }

  private search(): void {
    if (embedded) return;
    if (parseRoute(location.hash).page !== "calls") location.hash = hashOf("calls");
    void this.show("calls", parseRoute(location.hash)).then(() => this.shown?.search?.());
  }

  /* On a narrow page the panel is behind the others. */
  private toPanel(): void {
    if (this.panel && this.panel.el.offsetParent === null) location.hash = hashOf("panel");
  }
}

applyTheme(savedTheme());
if (embedded) document.documentElement.dataset["embed"] = "";
const app = new App();
const page = new Page(app);
page.setLang(savedLang() ?? pickLang(navigator.languages));
void app.start();
