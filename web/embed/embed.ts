/*
 * embed.ts -- one script tag puts the panel into any page as a dock, and makes the page's
 * numbers dial:
 *
 *   <script src="https://cti.example/embed.js" defer></script>
 *
 *   data-side="left"       the dock on the left
 *   data-open="no"         closed at first
 *   data-into="#selector"  no dock: the panel fills that element
 *   data-dial="links"      tel: links and data-dial elements dial
 *   data-dial="numbers"    those, and numbers in plain text
 *   data-pop="record"      the caller's record opens by itself, if it is a page of this site, this tab
 *                          shows the card, and nothing unsaved is on the page; else there is a link
 *
 * The panel is an iframe of Ringbridge's own origin: the host page cannot read it, nor it
 * the host page. Positions are set by script (CSSOM), which a strict
 * Content-Security-Policy allows; the host needs `frame-src` and `script-src` for
 * Ringbridge's origin and nothing else.
 */
import { dialMarked, dialTelLinks, scanNumbers, unsavedInput } from "@ringbridge/sdk";
import type { CommandHandle, Dialler, Result } from "@ringbridge/sdk";

const tag = document.currentScript as HTMLScriptElement | null;
const POPPED = "ringbridge.popped";
const BUSY_MS = 3000; /* a second click on the same number within this is the same click */

function style(el: HTMLElement, rules: Record<string, string>): void {
  for (const [name, value] of Object.entries(rules)) el.style.setProperty(name, value);
}

class Dock {
  private readonly frame = document.createElement("iframe");
  private readonly pill = document.createElement("button");
  private readonly origin: string;
  private readonly ja = (document.documentElement.lang || navigator.language).startsWith("ja");
  private open: boolean;
  private ringing = 0;
  private greeted = false;
  private readonly unsaved = unsavedInput(document, () => this.stand());

  constructor(src: string, private readonly set: DOMStringMap) {
    this.origin = new URL(src).origin;
    this.open = set["open"] !== "no";
    this.frame.title = this.ja ? "通話" : "Calls";
    this.frame.src = `${new URL(".", src).href}?embed=1`;
    this.frame.allow = "clipboard-read; clipboard-write";
    this.mount();
    window.addEventListener("message", (e) => {
      if (e.origin === this.origin && e.source === this.frame.contentWindow) this.hear(e.data as Record<string, unknown> | null);
    });
    for (const name of ["focus", "blur"]) window.addEventListener(name, () => setTimeout(() => this.stand()));
    document.addEventListener("visibilitychange", () => this.stand());
    this.dial();
  }

  private mount(): void {
    const into = this.set["into"] ? document.querySelector(this.set["into"]) : null;
    if (into) {
      style(this.frame, { width: "100%", height: "100%", border: "0" });
      into.append(this.frame);
      return;
    }
    const side = this.set["side"] === "left" ? "left" : "right";
    const place = { position: "fixed", [side]: "12px", "z-index": "2147483000" };
    style(this.frame, { ...place, bottom: "56px", width: "320px", height: "min(640px, calc(100vh - 72px))",
      border: "1px solid #8a949e", "border-radius": "8px", "background-color": "Canvas" });
    style(this.pill, { ...place, bottom: "12px", height: "36px", padding: "0 16px", border: "0",
      "border-radius": "18px", background: "#0b6b6b", color: "#fff", font: "600 14px system-ui, sans-serif",
      cursor: "pointer" });
    this.pill.type = "button";
    this.pill.addEventListener("click", () => {
      this.open = !this.open;
      this.draw();
    });
    this.draw();
    document.body.append(this.frame, this.pill);
  }

  private draw(): void {
    const words = this.ja ? { open: "通話を表示", close: "通話を隠す" } : { open: "Show calls", close: "Hide calls" };
    this.frame.style.setProperty("visibility", this.open ? "visible" : "hidden");
    this.pill.textContent = `${this.ringing ? `☎ ${this.ringing} · ` : ""}${this.open ? words.close : words.open}`;
    this.pill.setAttribute("aria-expanded", String(this.open));
  }

  private say(m: Record<string, unknown>): void {
    this.frame.contentWindow?.postMessage(m, this.origin);
  }

  /* document.hasFocus() is true here, too, while the focus is in the frame. */
  private stand(): void {
    if (this.greeted) this.say({ ringbridge: "host", focused: document.hasFocus(), dirty: this.unsaved.dirty() });
  }

  private hear(m: Record<string, unknown> | null): void {
    if (m?.["ringbridge"] === "hello") {
      this.greeted = true;
      this.stand();
    } else if (m?.["ringbridge"] === "record") this.record(m);
    else if (m?.["ringbridge"] === "ringing" && typeof m["count"] === "number") {
      if (m["count"] > this.ringing) this.open = true;
      this.ringing = m["count"];
      this.draw();
    }
  }

  /* Never another site, never twice, never over unsaved input. */
  private record(m: Record<string, unknown>): void {
    if (this.set["pop"] !== "record" || typeof m["url"] !== "string" || typeof m["call"] !== "string") return;
    const url = new URL(m["url"], location.href);
    if (url.origin !== location.origin || url.href === location.href || this.unsaved.dirty()) return;
    try {
      if (sessionStorage.getItem(POPPED) === m["call"]) return;
      sessionStorage.setItem(POPPED, m["call"]);
    } catch {
      return; /* without a memory it could go on for ever */
    }
    location.assign(url.href);
  }

  private dial(): void {
    const wanted = this.set["dial"];
    if (wanted !== "links" && wanted !== "numbers") return;
    const dialler: Dialler = { dial: (number) => this.ask(number) };
    dialTelLinks(document, dialler);
    dialMarked(document, dialler);
    if (wanted === "numbers") scanNumbers(document, dialler);
  }

  /* The panel dials and shows how it goes; here the click is only over. */
  private ask(number: string): CommandHandle {
    this.open = true;
    this.draw();
    this.say({ ringbridge: "dial", number });
    const done = { type: "result", seq: 0, id: "", state: "done", phase: null, why: null, cause: null, conversation: null } as Result;
    return {
      id: "", result: new Promise((f) => setTimeout(() => f(done), BUSY_MS)),
      onProgress: () => undefined, confirm: () => undefined, cancel: () => undefined,
    };
  }
}

if (tag?.src) {
  const { src, dataset } = tag;
  const start = (): void => void new Dock(src, { ...dataset });
  if (document.body && document.readyState !== "loading") start();
  else document.addEventListener("DOMContentLoaded", start);
}
