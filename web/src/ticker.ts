/*
 * ticker.ts -- one timer for all running clocks on the page. It stops when
 * nothing runs, and a removed element is forgotten.
 */
import { text } from "./dom.js";
import { duration } from "./format.js";

export class Ticker {
  private readonly running = new Map<Element, number>(); /* element -> since, ms */
  private timer: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly now: () => number) {}

  /* since null: not known, or does not run: shows idle text instead. */
  set(el: Element, since: number | null, idle = ""): void {
    if (since === null) {
      this.running.delete(el);
      text(el, idle);
    } else {
      this.running.set(el, since);
      text(el, duration(this.now() - since));
    }
    if (this.running.size > 0) this.timer ??= setInterval(() => this.tick(), 500);
  }

  private tick(): void {
    for (const [el, since] of this.running)
      if (el.isConnected) text(el, duration(this.now() - since));
      else this.running.delete(el);
    if (this.running.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }
}
