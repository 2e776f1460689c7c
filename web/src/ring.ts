/*
 * ring.ts -- telling about a ring outside the card: title and icon of the tab,
 * one announcement for screen readers, a notification when the page is hidden.
 */
import type { App } from "./app.js";
import { cards, isPending } from "./cards.js";
import type { Card } from "./cards.js";
import { attr, text } from "./dom.js";
import { t } from "./i18n/index.js";
import { notifyRefused } from "./prefs.js";
import type { State } from "./state.js";
import { shortWho } from "./view/words.js";

/* Wait this long for the name, then say what is known. */
const NAME_WAIT_MS = 800;

export class Ring {
  private readonly told = new Set<string>();
  private readonly notes = new Map<string, Notification>();
  private readonly timers = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(private readonly app: App) {}

  update(s: State): void {
    const ringing = cards(s).filter((c) => c.kind === "waiting");
    const first = ringing[0];
    const name = first ? this.name(first, s) : null;
    document.title = name === null ? t("app.name") : t("title.ring", { who: name });
    attr(document.getElementById("icon")!, "href", first ? "icon-ringing.svg" : "icon.svg");
    if (!first) text(document.getElementById("announce")!, "");
    for (const c of ringing) this.ring(c);
    this.over(new Set(ringing.map((c) => c.conversation.id)));
    if (window.parent !== window)
      window.parent.postMessage({ ringbridge: "ringing", count: ringing.length }, "*");
  }

  private name(c: Card, s: State): string {
    return shortWho(c.conversation, s.user?.lines ?? [], s.chosen);
  }

  private ring(c: Card): void {
    const id = c.conversation.id;
    if (this.told.has(id)) return;
    if (!isPending(c.conversation.contacts)) return this.tell(c);
    if (!this.timers.has(id)) this.timers.set(id, setTimeout(() => this.late(id), NAME_WAIT_MS));
  }

  private late(id: string): void {
    const c = cards(this.app.state).find((x) => x.conversation.id === id);
    if (c && c.kind === "waiting" && !this.told.has(id)) this.tell(c);
  }

  private tell(c: Card): void {
    const id = c.conversation.id;
    const name = this.name(c, this.app.state);
    this.told.add(id);
    clearTimeout(this.timers.get(id));
    this.timers.delete(id);
    text(document.getElementById("announce")!, t("announce.ring", { who: name }));
    if (document.hidden && mayNotify()) this.notify(id, name);
  }

  private notify(id: string, name: string): void {
    const n = new Notification(t("announce.ring", { who: name }), { tag: `ringbridge-${id}`, icon: "icon.svg" });
    n.onclick = () => {
      window.focus();
      n.close();
    };
    this.notes.set(id, n);
  }

  private over(still: ReadonlySet<string>): void {
    for (const id of [...this.told]) {
      if (still.has(id)) continue;
      this.told.delete(id);
      this.notes.get(id)?.close();
      this.notes.delete(id);
    }
    for (const [id, timer] of this.timers) {
      if (still.has(id)) continue;
      clearTimeout(timer);
      this.timers.delete(id);
    }
  }
}

export function mayNotify(): boolean {
  return typeof Notification === "function" && Notification.permission === "granted";
}

/* Asked when it means something: after a ring has been seen, and once. */
export function shouldAsk(): boolean {
  return typeof Notification === "function" && Notification.permission === "default" && !notifyRefused();
}
