/*
 * view/popcard.ts -- the card of one conversation. Its parts have fixed places
 * from the start: what arrives later fills them, nothing moves. The list to
 * choose from and the note are below everything else for that reason.
 */
import { MAX_NOTE } from "../limits.js";
import type { App } from "../app.js";
import { who } from "../cards.js";
import type { Card, CardState } from "../cards.js";
import { attr, button, children, h, icon, setIcon, text, visible } from "../dom.js";
import type { IconName } from "../dom.js";
import { between, duration, safeUrl, toMs, total } from "../format.js";
import { getLang, t } from "../i18n/index.js";
import { hashOf } from "../route.js";
import type { Key } from "../i18n/index.js";
import type { Verb } from "@ringbridge/sdk";
import type { State } from "../state.js";
import type { Ticker } from "../ticker.js";
import { chooser } from "./chooser.js";
import { HandOver } from "./handover.js";
import { causeText, dialledText, personAt, whoText, whyText, whyWho } from "./words.js";

const STATE_ICON: Record<CardState, IconName> = {
  initiated: "initiated", "ringing-out": "initiated", alerting: "alerting", queued: "queued",
  connected: "connected", held: "held", ended: "ended", missed: "missed", failed: "missed",
  elsewhere: "alerting",
};

/* Buttons whose words are "card." and this. */
type Pressed = "answer" | "hold" | "transfer" | "hangup";

export class PopCard {
  readonly el: HTMLElement;
  private card: Card;
  private readonly stateIcon = icon("alerting");
  private readonly stateWord = h("span", { class: "state-word" });
  private readonly timer = h("span", { class: "timer" });
  private readonly close: HTMLButtonElement;
  private readonly name = h("h3", { class: "who" });
  private readonly company = h("p", { class: "company" });
  private readonly number = h("p", { class: "number" });
  private readonly why = h("p", { class: "why-who" });
  private readonly facts = h("dl", { class: "facts" });
  private readonly open = h("a", { class: "button main", attrs: {
    target: "_blank", rel: "noopener noreferrer",
  } });
  private readonly page = h("a", { class: "button quiet" });
  private readonly actions = h("div", { class: "actions" });
  private readonly answer: HTMLButtonElement;
  private readonly hold: HTMLButtonElement;
  private readonly hangup: HTMLButtonElement;
  private readonly transfer: HTMLButtonElement;
  private readonly handOver: HandOver;
  private readonly callBack: HTMLButtonElement;
  private readonly problem = h("p", { class: "problem", attrs: { role: "alert" } });
  private readonly choices = h("div");
  private readonly note: HTMLTextAreaElement;
  private readonly save: HTMLButtonElement;
  private readonly noteState = h("span", { class: "note-state", attrs: { role: "status" } });
  private readonly disposition = h("select", { class: "disposition", attrs: { "aria-label": t("note.disposition") } });
  private choicesFor = "";
  private dispositionsFor: unknown = null;

  constructor(private readonly app: App, private readonly ticker: Ticker, card: Card) {
    this.card = card;
    const id = card.conversation.id;
    this.close = button(t("card.dismiss"), () => app.dispatch({ type: "dismissed", conversation: id }), "quiet");
    text(this.open, t("card.open"));
    text(this.page, t("call.open"));
    this.answer = this.press("answer", "answer");
    this.hold = this.press("hold", () => (this.card.state === "held" ? "resume" : "hold"));
    this.hangup = this.press("hangup", "hangup");
    this.transfer = this.press("transfer", () => {
      this.handOver.toggle();
      return null;
    });
    this.handOver = new HandOver(app, id);
    this.callBack = button(t("card.call-back"), () => this.dialBack());
    this.note = h("textarea", {
      class: "note", attrs: {
        id: `note-${id}`, rows: "2", placeholder: t("note.placeholder"),
        maxlength: String(MAX_NOTE), "aria-label": t("note.label"),
      },
      on: { input: () => this.wrote(), blur: () => app.saveNote(id) },
    });
    this.disposition.addEventListener("change", () => { this.wrote(); app.saveNote(id); });
    const have = app.state.drafts.get(id) ?? app.state.saved.get(id) ?? null;
    this.note.value = have?.text ?? "";
    this.drawDispositions(app.state, have?.disposition ?? null);
    this.save = button(t("note.save"), () => app.saveNote(id));
    this.el = h("article", { class: "card" },
      h("header", { class: "card-state" }, this.stateIcon, this.stateWord, this.timer, this.close),
      this.name, this.company, this.number, this.why, this.facts, this.actions, this.handOver.el, this.problem,
      this.choices,
      h("div", { class: "note-box" }, this.note,
        h("div", { class: "note-row" }, this.disposition, this.save, this.noteState)));
    this.actions.append(this.answer, this.open, this.hold, this.transfer, this.hangup, this.callBack, this.page);
  }

  /* A button for what the PBX may or may not be able to do; see draw(). */
  private press(capability: Pressed, does: Verb | (() => Verb | null)): HTMLButtonElement {
    const b = button(t(`card.${capability}`), () => {
      if (b.getAttribute("aria-disabled") === "true") return;
      const verb = typeof does === "string" ? does : does();
      if (verb) void this.app.command(verb, this.card.conversation.id);
    });
    return b;
  }

  /* Grey, with the reason, where it cannot be done. */
  private able(b: HTMLButtonElement, capability: Pressed, s: State): void {
    const why = s.capabilities[capability] ? null : t(s.settable.includes(capability) ? "card.cannot.setting" : "card.cannot.pbx");
    attr(b, "aria-disabled", why === null ? null : "true");
    attr(b, "title", why);
  }

  focusNote(): void {
    this.note.focus();
  }

  update(card: Card, s: State): void {
    this.card = card;
    this.drawState(card);
    this.drawWho(card, s);
    this.drawFacts(card);
    this.drawActions(card, s);
    this.drawNote(card, s);
  }

  private wrote(): void {
    const id = this.card.conversation.id;
    this.app.draft(id, { id: this.app.noteId(id), text: this.note.value, disposition: this.disposition.value || null });
  }

  private drawDispositions(s: State, chosen: string | null): void {
    const list = s.settings?.dispositions ?? [];
    if (this.dispositionsFor === list && this.disposition.childElementCount > 0) return;
    this.dispositionsFor = list;
    const now = chosen ?? this.disposition.value;
    children(this.disposition, [h("option", { attrs: { value: "" } }, t("note.disposition")),
      ...list.map((d) => h("option", { attrs: { value: d.code } }, d[getLang()]))]);
    this.disposition.value = now;
    visible(this.disposition, list.length > 0);
  }

  private dialBack(): void {
    const x = this.card.conversation.external;
    if (x?.number) this.app.dial(x.e164 ?? x.number);
  }

  private drawState({ state, kind, since, leg, conversation: c }: Card): void {
    attr(this.el, "data-state", state);
    attr(this.el, "data-kind", kind);
    attr(this.el, "data-conversation", c.id);
    setIcon(this.stateIcon, STATE_ICON[state]);
    text(this.stateWord, t(`state.${state}` as Key));
    visible(this.close, kind === "over");
    if (kind !== "over") this.ticker.set(this.timer, toMs(since), "");
    else this.ticker.set(this.timer, null, overTime(leg ? total(leg.talked) : null,
      between(leg?.rang?.[0] ?? null, leg?.rang?.[1] ?? null), (leg?.talked.length ?? 0) > 0));
  }

  private drawWho({ conversation: c }: Card, s: State): void {
    const w = who(c, s.user?.lines ?? [], s.chosen);
    const name = whoText(w, c);
    text(this.name, name);
    attr(this.name, "data-who", w.kind);
    attr(this.el, "aria-label", name);
    text(this.company, [w.contact?.name ? w.contact.company : null, w.contact?.label]
      .filter(Boolean).join(" · "));
    text(this.number, w.kind === "internal" ? "" : w.number ?? "");
    text(this.why, whyWho(w, c, s.chosen.has(c.id)));
    const url = safeUrl(w.contact?.url ?? null);
    attr(this.open, "href", url);
    attr(this.open, "aria-disabled", url ? null : "true");
    this.drawChoices(c, s, w.kind === "withheld");
  }

  private drawChoices(c: Card["conversation"], s: State, none: boolean): void {
    const many = !none && c.contacts?.status === "many" ? c.contacts.matches : [];
    const now = JSON.stringify([many, s.chosen.get(c.id)]);
    if (now === this.choicesFor) return;
    this.choicesFor = now;
    children(this.choices, many.length === 0 ? [] : [chooser(many, s.chosen.get(c.id) ?? null, c.id,
      (contact) => this.app.choose(c, contact))]);
  }

  private drawFacts({ conversation: c, leg }: Card): void {
    const rows: [string, string][] = [];
    const dialled = c.direction === "outbound" ? null : dialledText(c);
    rows.push([t("card.called"), dialled ?? (c.direction === "inbound" ? t("time.unknown") : "–")]);
    rows.push(c.queue ? [t("card.queue"), c.queue] : [t("card.line"), leg?.line ?? this.card.pop?.line ?? "–"]);
    const handed = [...c.transfers].reverse().find((x) => x.from !== null && x.from !== leg?.line);
    if (handed?.from)
      rows.push([t("card.transferred"), `${t("card.transferred.from", { from: personAt(this.app.state, handed.from) })}${handed.note ? `: ${handed.note}` : ""}`]);
    const own = this.app.state.saved.get(c.id)?.id ?? this.app.state.drafts.get(c.id)?.id;
    const noted = [...c.notes].reverse().find((n) => n.text !== "" && (n.id === null || n.id !== own));
    if (noted) rows.push([noted.user ? t("card.note.by", { user: noted.user }) : t("card.note"), noted.text]);
    const cause = this.card.kind === "over" && c.outcome !== "answered" ? causeText(c.cause) : null;
    if (cause) rows.push([t("card.cause"), cause]);
    const same = this.facts.childElementCount === rows.length;
    if (!same) children(this.facts, rows.map(() => h("div", {}, h("dt"), h("dd"))));
    rows.forEach(([label, value], i) => {
      const row = this.facts.children[i]!;
      text(row.firstElementChild!, label);
      text(row.lastElementChild!, value);
    });
  }

  private drawActions({ kind, state, conversation: c }: Card, s: State): void {
    const can = s.capabilities;
    const online = s.link.state === "online";
    const talks = state === "connected" || state === "held";
    visible(this.answer, kind === "waiting");
    visible(this.hold, talks);
    visible(this.transfer, talks);
    text(this.hold, t(state === "held" ? "card.resume" : "card.hold"));
    visible(this.hangup, kind === "active");
    this.able(this.answer, "answer", s);
    this.able(this.hold, "hold", s);
    this.able(this.transfer, "transfer", s);
    this.able(this.hangup, "hangup", s);
    this.handOver.update(s, talks && can.transfer);
    visible(this.callBack, kind === "over" && can.dial && Boolean(c.external?.number));
    for (const b of [this.answer, this.hold, this.transfer, this.hangup, this.callBack]) b.disabled = !online;
    const why = s.failed.get(c.id);
    const failed = kind !== "over" && why !== undefined;
    text(this.problem, !failed ? "" : why === "press-again" ? whyText(why) : t("card.failed", { why: whyText(why) }));
    visible(this.problem, failed);
  }

  private drawNote({ conversation: c, kind }: Card, s: State): void {
    const draft = s.drafts.get(c.id);
    const saving = s.saving.get(c.id);
    this.drawDispositions(s, null);
    text(this.noteState, draft && s.link.state !== "online" ? t("note.waits")
      : saving && saving === draft ? t("note.saving")
        : !draft && s.saved.has(c.id) ? t("note.saved") : "");
    attr(this.page, "href", hashOf("call", c.id));
    visible(this.page, kind === "over");
  }
}

function overTime(talked: number | null, rang: number | null, didTalk: boolean): string {
  if (didTalk) return talked === null ? t("card.unknown-time") : t("card.talked", { d: duration(talked) });
  return rang === null ? "" : t("card.waited", { d: duration(rang) });
}
