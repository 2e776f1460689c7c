/*
 * view/admin.ts -- for administrators: users, lines, groups, live health, settings
 * of the team, the tables for numbers, and the audit log. A section each.
 */
import type { Account, NumberTest, Threshold } from "../api.js";
import { THRESHOLDS } from "../api.js";
import type { App } from "../app.js";
import { attr, button, children, h, icon, text } from "../dom.js";
import { dateTime } from "../format.js";
import { getLang, t, word } from "../i18n/index.js";
import { hashOf } from "../route.js";
import type { Route } from "../route.js";
import type { PageView } from "./page.js";

const SECTIONS = ["users", "lines", "groups", "health", "settings", "number", "audit"] as const;
type Section = (typeof SECTIONS)[number];
const ROLES = ["agent", "supervisor", "admin"] as const;
const HEALTH_MS = 5000;

const words = (s: string): string[] => s.split(/[\s,、]+/).filter(Boolean);

function table(heads: readonly string[], rows: readonly (readonly (Node | string)[])[]): HTMLElement {
  return h("div", { class: "scroll", attrs: { tabindex: "0", role: "region", "aria-label": heads[0] ?? "" } },
    h("table", { class: "plain" },
      h("thead", {}, h("tr", {}, ...heads.map((x) => h("th", { attrs: { scope: "col" } }, x)))),
      h("tbody", {}, ...rows.map((r) => h("tr", {}, ...r.map((x) => h("td", {}, x)))))));
}

function field(label: string, input: HTMLElement, hint = ""): HTMLElement {
  return h("label", { class: "field" }, h("span", {}, label), input, hint ? h("small", {}, hint) : null);
}

function textInput(value = "", more: Record<string, string> = {}): HTMLInputElement {
  const el = h("input", { attrs: { type: "text", autocomplete: "off", ...more } });
  el.value = value;
  return el;
}

function choose(values: readonly string[], label: (v: string) => string, value: string): HTMLSelectElement {
  const el = h("select", {}, ...values.map((v) => h("option", { attrs: { value: v } }, label(v))));
  el.value = value;
  return el;
}

export class Admin implements PageView {
  private readonly tabs = h("nav", { class: "tabs", attrs: { "aria-label": t("app.admin") } });
  private readonly body = h("div", { class: "admin-body" });
  private readonly said = h("p", { class: "said", attrs: { role: "status" } });
  readonly el = h("section", { class: "page admin", attrs: { "aria-label": t("app.admin") } },
    h("h1", {}, t("app.admin")), this.tabs, this.said, this.body);
  private timer: ReturnType<typeof setInterval> | undefined;
  private asked = 0;

  constructor(private readonly app: App) {}

  open(route: Route): void {
    this.leave();
    const section = SECTIONS.find((s) => s === route.id) ?? "users";
    children(this.tabs, SECTIONS.map((s) => h("a", {
      attrs: { href: hashOf("admin", s), ...(s === section ? { "aria-current": "page" } : {}) },
    }, t(`admin.${s}`))));
    text(this.said, "");
    void this.show(section);
    if (section === "health") this.timer = setInterval(() => void this.show(section), HEALTH_MS);
  }

  leave(): void {
    clearInterval(this.timer);
  }

  private async show(section: Section): Promise<void> {
    const asked = ++this.asked;
    const draw: Record<Section, () => Promise<Node[]>> = {
      users: () => this.users(), lines: () => this.lines(), groups: () => this.groups(), health: () => this.health(),
      settings: () => this.settings(), number: () => this.number(), audit: () => this.audit(null),
    };
    try {
      const nodes = await draw[section]();
      if (asked === this.asked) children(this.body, nodes);
    } catch (e) {
      if (asked === this.asked) children(this.body, [h("p", { class: "empty" }, t("calls.failed", { why: why(e) })),
        button(t("calls.retry"), () => void this.show(section))]);
    }
  }

  /* Does it, says how it went, shows the section anew. */
  private async act(section: Section, f: () => Promise<unknown>): Promise<void> {
    try {
      await f();
      await this.show(section);
      this.say(t("admin.saved"), false);
    } catch (e) {
      this.say(t("admin.failed", { why: why(e) }), true);
    }
  }

  private say(what: string, bad: boolean): void {
    text(this.said, what);
    attr(this.said, "data-bad", bad ? "true" : null);
  }

  /* ---- users ---- */

  private async users(): Promise<Node[]> {
    const users = await this.app.rest.users();
    const rows = users.map((u) => [u.name, u.display, t(`role.${u.role}` as "role.agent"), u.lines.join(", ") || "–", u.groups.join(", ") || "–",
      button(t("admin.edit"), () => { children(this.body, [this.userForm(u)]); this.body.querySelector("input")?.focus(); }, "quiet")]);
    return [h("p", {}, button(t("admin.user.add"), () => { children(this.body, [this.userForm(null)]); this.body.querySelector("input")?.focus(); }, "main")),
      table([t("login.name"), t("admin.display"), t("admin.role"), t("admin.lines"), t("admin.groups"), t("admin.edit")], rows)];
  }

  private userForm(u: Account | null): HTMLElement {
    const name = textInput(u?.name, { required: "", pattern: "[A-Za-z0-9._@\\-]{1,63}" });
    name.disabled = u !== null;
    const display = textInput(u?.display, { maxlength: "60" });
    const role = choose(ROLES, (r) => t(`role.${r}` as "role.agent"), u?.role ?? "agent");
    const lang = choose(["en", "ja"], (l) => (l === "ja" ? "日本語" : "English"), u?.lang ?? getLang());
    const lines = textInput(u?.lines.join(", "));
    const groups = textInput(u?.groups.join(", "));
    const password = textInput("", { type: "password", autocomplete: "new-password", minlength: "8", ...(u ? {} : { required: "" }) });
    const save = (e: Event): void => {
      e.preventDefault();
      const change = {
        ...(u ? {} : { name: name.value.trim() }), role: role.value, lang: lang.value, lines: words(lines.value), groups: words(groups.value),
        ...(display.value.trim() ? { display: display.value.trim() } : {}), ...(password.value ? { password: password.value } : {}),
      };
      void this.act("users", () => this.app.rest.saveUser(u?.name ?? null, change));
    };
    const remove = u && u.name !== this.app.state.user?.name ? this.removeButton(u.name) : null;
    return h("form", { class: "form", on: { submit: save } },
      h("h2", {}, u ? t("admin.user.edit", { name: u.name }) : t("admin.user.add")),
      field(t("login.name"), name), field(t("admin.display"), display), field(t("admin.role"), role, t("admin.role.hint")),
      field(t("admin.lines"), lines, t("admin.lines.hint")), field(t("admin.groups"), groups, t("admin.groups.hint")),
      field(t("menu.language"), lang), field(t(u ? "admin.password.new" : "login.password"), password, t("admin.password.hint")),
      h("div", { class: "actions" }, h("button", { class: "button main", attrs: { type: "submit" } }, t("admin.save")),
        button(t("admin.back"), () => void this.show("users")), remove));
  }

  /* Asks by changing its own word: a second press is meant. */
  private removeButton(name: string): HTMLButtonElement {
    let sure = false;
    const b = button(t("admin.remove"), () => {
      if (sure) return void this.act("users", () => this.app.rest.removeUser(name));
      sure = true;
      text(b, t("admin.remove.sure", { name }));
    }, "danger");
    return b;
  }

  /* ---- lines, groups ---- */

  private async lines(): Promise<Node[]> {
    const lines = await this.app.rest.lines();
    if (lines.length === 0) return [h("p", { class: "empty" }, t("admin.lines.empty"))];
    return [table([t("calls.line"), t("admin.label"), t("admin.pbx"), t("admin.users"), t("admin.last-call")], lines.map((l) => {
      const label = textInput(l.label ?? "", { maxlength: "60", "aria-label": `${t("admin.label")} ${l.line}` });
      label.addEventListener("change", () => void this.act("lines", () => this.app.rest.labelLine(l.line, label.value.trim())));
      return [l.line, label, l.pbx ?? "–", l.users.join(", ") || "–",
        l.last_call_at ? dateTime(Date.parse(l.last_call_at), getLang()) : "–"];
    }))];
  }

  private async groups(): Promise<Node[]> {
    const groups = await this.app.rest.groups();
    return [h("p", { class: "sub" }, t("admin.groups.hint")), groups.length
      ? table([t("admin.group"), t("admin.users")], groups.map((g) => [g.name, g.users.join(", ") || "–"]))
      : h("p", { class: "empty" }, t("admin.groups.empty"))];
  }

  /* ---- health: whatever the server tells, as a tree of lists ---- */

  private async health(): Promise<Node[]> {
    return [h("p", { class: "sub" }, t("admin.health.sub")), tree(await this.app.rest.health())];
  }

  /* ---- settings ---- */

  private async settings(): Promise<Node[]> {
    const now = await this.app.rest.settings();
    const inputs = THRESHOLDS.map((k) => [k, textInput(String(now[k]), { type: "number", min: "0", required: "" })] as const);
    const save = (e: Event): void => {
      e.preventDefault();
      const change: Partial<Record<Threshold, number>> = {};
      for (const [k, input] of inputs) change[k] = Number(input.value);
      void this.act("settings", async () => { await this.app.rest.setSettings(change); await this.app.loadSettings(); });
    };
    return [h("form", { class: "form", on: { submit: save } }, h("p", { class: "sub" }, t("admin.settings.sub")),
      ...inputs.map(([k, input]) => field(t(`setting.${k}`), input)),
      h("div", { class: "actions" }, h("button", { class: "button main", attrs: { type: "submit" } }, t("admin.save"))))];
  }

  /* ---- numbers ---- */

  private async number(): Promise<Node[]> {
    const raw = textInput("", { required: "", maxlength: "128", placeholder: "03-1234-5678" });
    const pbx = textInput("", { maxlength: "64" });
    const out = h("div", { attrs: { role: "status" } });
    const go = (e: Event): void => {
      e.preventDefault();
      this.app.rest.testNumber(raw.value, pbx.value.trim()).then(
        (r) => children(out, [this.ruling(r)]),
        (x: unknown) => children(out, [h("p", { class: "problem" }, t("admin.failed", { why: why(x) }))]));
    };
    return [h("form", { class: "form", on: { submit: go } }, h("p", { class: "sub" }, t("admin.number.sub")),
      field(t("calls.number"), raw), field(t("admin.pbx"), pbx, t("admin.number.pbx")),
      h("div", { class: "actions" }, h("button", { class: "button main", attrs: { type: "submit" } }, t("admin.number.test")))), out];
  }

  private ruling(r: NumberTest): HTMLElement {
    const rows: [string, string][] = [
      [t("admin.number.class"), word("class", r.class) ?? r.class], ["E.164", r.e164 ?? "–"],
      [t("admin.number.shown"), r.display ?? "–"], [t("admin.number.rule"), r.caller_rule ?? "–"],
    ];
    return h("div", {}, h("dl", { class: "call-facts" }, ...rows.map(([k, v]) => h("div", {}, h("dt", {}, k), h("dd", {}, v)))),
      table([t("admin.role"), t("admin.number.verdict"), t("admin.number.string"), t("admin.number.rule")], r.dial.map((d) => [
        t(`role.${d.role}` as "role.agent"), [word("verdict", d.verdict) ?? d.verdict, d.why ? word("why", d.why) ?? d.why : null].filter(Boolean).join(": "),
        d.string ?? "–", d.rule ?? "–"])));
  }

  /* ---- audit ---- */

  private async audit(after: string | null): Promise<Node[]> {
    const page = await this.app.rest.audit(after);
    if (page.entries.length === 0) return [h("p", { class: "empty" }, t("admin.audit.empty"))];
    const rows = page.entries.map((e) => [dateTime(Date.parse(e.at), getLang()), e.who ?? "–", e.what, h("code", {}, JSON.stringify(e.detail))]);
    return [table([t("calls.when"), t("admin.who"), t("admin.what"), t("admin.detail")], rows),
      ...(page.next ? [h("div", { class: "more" }, button(t("admin.older"), () =>
        void this.audit(page.next).then((n) => children(this.body, n)))) ] : [])];
  }
}

function why(e: unknown): string {
  return e instanceof Error ? e.message : String(e);
}

/* An object of the server as nested lists; "up" gets a sign. */
function tree(v: unknown): HTMLElement {
  if (typeof v === "boolean") return h("span", { class: "yes-no", attrs: { "data-yes": String(v) } }, icon(v ? "ok" : "warn"), t(v ? "admin.yes" : "admin.no"));
  if (v === null || typeof v !== "object") return h("span", {}, v === null || v === "" ? "–" : String(v));
  if (Array.isArray(v)) return h("ul", { class: "tree-list" }, ...v.map((x) => h("li", {}, tree(x))));
  return h("dl", { class: "call-facts" }, ...Object.entries(v).map(([k, x]) =>
    h("div", {}, h("dt", {}, word("health-of", k) ?? k), h("dd", {}, tree(x)))));
}
