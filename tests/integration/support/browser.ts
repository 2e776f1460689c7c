/*
 * browser.ts -- a real Chromium with the real page: what a person would see and do.
 * Found by words and roles, as a person finds them, so that a change of the page's
 * insides does not matter here.
 */
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";
import type { Browser, Locator, Page } from "playwright-core";
import { password } from "./daemon.js";
import type { Daemon } from "./daemon.js";
import { until } from "./wait.js";
import type { Cleanup } from "./wait.js";

const PROGRAMS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync"];

export function chromiumProgram(): string {
  const program = PROGRAMS.find((p) => existsSync(p));
  if (!program) throw new Error("Chromium is not installed");
  return program;
}

export async function openBrowser(cleanup: Cleanup): Promise<Browser> {
  const executablePath = chromiumProgram();
  const browser = await chromium.launch({ executablePath, args: FLAGS });
  cleanup.add("Chromium", () => browser.close());
  return browser;
}

/* One person's page, logged in through the form. */
export class Panel {
  readonly errors: string[] = [];

  private constructor(readonly page: Page) {
    page.on("pageerror", (e) => this.errors.push(e.message));
  }

  /* Only now: a page that is not logged in asks who it is, and Chromium reports the 401. */
  private listen(): void {
    this.page.on("console", (m) => {
      if (m.type() === "error") this.errors.push(m.text());
    });
  }

  static async open(browser: Browser, daemon: Daemon, name: string): Promise<Panel> {
    const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1100, height: 800 } });
    const panel = new Panel(await context.newPage());
    await panel.page.goto(daemon.base);
    await panel.page.locator("input[name=name]").fill(name);
    panel.listen();
    await panel.page.locator("input[type=password]").fill(password(name));
    await panel.page.locator("form button[type=submit]").click();
    await panel.page.locator("input[type=password]").waitFor({ state: "hidden" });
    await panel.page.locator(".link[data-online=true]").waitFor({ state: "visible" });
    return panel;
  }

  /* Waits until these words can be seen. */
  async shows(words: string | RegExp, within_ms = 8000): Promise<void> {
    await this.page.getByText(words).first().waitFor({ state: "visible", timeout: within_ms });
  }

  async text(): Promise<string> {
    return this.page.locator("body").innerText();
  }

  /* The card of a call that goes on, with these words on it. */
  card(words: string | RegExp): Locator {
    return this.page.locator("article.card:not([data-kind=over])").filter({ hasText: words });
  }

  async cardShows(...words: (string | RegExp)[]): Promise<Locator> {
    let card = this.page.locator("article.card:not([data-kind=over])");
    for (const w of words) card = card.filter({ hasText: w });
    await card.first().waitFor({ state: "visible", timeout: 8000 });
    return card.first();
  }

  /* How many cards of calls that go on there are now. */
  async cards(): Promise<number> {
    return this.page.locator("article.card:not([data-kind=over])").count();
  }

  async dismissAll(): Promise<void> {
    const dismiss = this.page.getByRole("button", { name: "Dismiss" });
    await until("no card is left", async () => {
      await dismiss.evaluateAll((all) => all.forEach((b) => (b as HTMLElement).click()));
      return (await dismiss.count()) === 0;
    });
  }

  async dial(number: string): Promise<void> {
    await this.page.getByLabel("Number", { exact: true }).first().fill(number);
    await this.page.keyboard.press("Enter");
  }
}
