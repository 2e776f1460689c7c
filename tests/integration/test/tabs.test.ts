/*
 * tabs.test.ts -- real pages on the real server and a real Asterisk: three tabs and a
 * second browser of one person, of which one pops; two agents and a supervisor; a page
 * that sleeps, a server that restarts, a bad network.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { YAMADA } from "../support/basic.js";
import { openBrowser } from "../support/browser.js";
import { password } from "../support/daemon.js";
import { Office } from "../support/office.js";
import { block } from "../support/place.js";
import { Relay } from "../support/relay.js";
import { until } from "../support/wait.js";

const net = block(38);
let office: Office;
let browser: Browser;
const contexts: BrowserContext[] = [];

/* Playwright gives every page the focus; people have one. */
const FOCUS = `(() => {
  let mine = false;
  document.hasFocus = () => mine;
  globalThis.look = (yes) => { mine = yes; window.dispatchEvent(new Event(yes ? "focus" : "blur")); };
})()`;

async function person(name: string, base = office.daemon.base): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1100, height: 800 } });
  contexts.push(context);
  await context.addInitScript(FOCUS);
  const page = await context.newPage();
  await page.goto(base);
  await page.locator("input[name=name]").fill(name);
  await page.locator("input[type=password]").fill(password(name));
  await page.locator("form button[type=submit]").click();
  await online(page);
  return { context, page };
}

const online = (page: Page): Promise<void> => page.locator(".link[data-online=true]").first().waitFor({ timeout: 20_000 });

async function tab(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  await page.goto(office.daemon.base);
  await online(page);
  return page;
}

/* The person looks at this page, and at no other of theirs. */
async function look(at: Page, all: Page[]): Promise<void> {
  for (const p of all)
    await p.evaluate((yes) => (globalThis as unknown as { look(yes: boolean): void }).look(yes), p === at);
}

const full = (p: Page): Promise<number> => p.locator("article.card[data-kind=waiting]").count();
const quiet = (p: Page): Promise<number> => p.locator("article.card[data-kind=elsewhere]").count();

/* The full card is on this page, the others say where it is. */
async function popsAt(which: Page, all: Page[]): Promise<void> {
  await until("one page has the card", async () => {
    for (const p of all) if ((await full(p)) !== (p === which ? 1 : 0) || (await quiet(p)) !== (p === which ? 0 : 1)) return false;
    return true;
  });
}

describe("pages, tabs and browsers", () => {
  before(async () => {
    office = await Office.open({
      net, pbx: "asterisk", sources: ["sip", "ami"], phones: ["201", "202", "203"], web: `origins = http://${net}.45:8080`,
    });
    await office.daemon.run(["user", "add", "hayashi", "--role", "supervisor", "--groups", "sales"], `${password("hayashi")}\n`);
    for (const name of ["aoki", "baba"]) await office.daemon.run(["user", "set", name, "--groups", "sales"]);
    browser = await openBrowser(office.cleanup);
  });
  after(() => office?.close());
  afterEach(async () => {
    for (const c of contexts.splice(0)) await c.close();
    await office.silence();
  });

  test("three tabs and a second browser: one of them pops, the one that is looked at and has nothing unsaved", async () => {
    const { context, page: one } = await person("aoki");
    const two = await tab(context);
    const three = await tab(context);
    const { page: elsewhere } = await person("aoki");
    const all = [one, two, three, elsewhere];
    await look(two, all);
    const first = await office.trunk.call("0355501234", YAMADA);
    await popsAt(two, all);
    /* The tab goes: another one has it, and again only one. */
    await two.close();
    const left = [one, three, elsewhere];
    await until("another tab has the card", async () => (await Promise.all(left.map(full))).reduce((a, b) => a + b) === 1);
    first.cancel();
    await until("no card rings", async () => (await Promise.all(left.map(full))).every((n) => n === 0));
    /* The other browser is looked at. */
    await look(elsewhere, left);
    const second = await office.trunk.call("0355501234", { number: "09012345678" });
    await popsAt(elsewhere, left);
    /* A half-written note there: the next one pops where nothing is unsaved. */
    await elsewhere.locator("article.card[data-kind=waiting] textarea").first().fill("half a thought");
    second.cancel();
    await until("no card rings", async () => (await Promise.all(left.map(full))).every((n) => n === 0));
    const third = await office.trunk.call("0355501234", YAMADA);
    await until("a page with nothing unsaved has the card", async () =>
      (await full(elsewhere)) === 0 && (await Promise.all([one, three].map(full))).reduce((a, b) => a + b) === 1);
    third.cancel();
  });

  test("two agents and a supervisor: a ring group, one takes it, the other's card goes, the supervisor sees it all", async () => {
    const [a, b, s] = [(await person("aoki")).page, (await person("baba")).page, (await person("hayashi")).page];
    const boss = await office.watcher("hayashi");
    const outside = await office.trunk.call("0355501235", YAMADA);
    for (const p of [a, b]) await p.locator("article.card[data-kind=waiting]").filter({ hasText: "山田 太郎" }).waitFor();
    (await office.phone("202").incoming()).answer();
    await b.locator("article.card[data-state=connected]").filter({ hasText: "山田 太郎" }).waitFor();
    await until("the loser's card is gone", async () => (await full(a)) === 0);
    const seen = await boss.sees("who talks", (c) => c.legs.some((l) => l.line === "202" && l.state === "connected"));
    assert.ok(seen.legs.some((l) => l.line === "201"));
    assert.equal(await full(s), 0, "a supervisor's own page does not ring");
    await outside.bye();
    await until("it is over", async () => (await b.locator("article.card[data-state=connected]").count()) === 0);
  });

  test("a page that slept through a ring and an answer shows how it is, once", async () => {
    const { context, page } = await person("aoki");
    const cdp = await context.newCDPSession(page);
    await cdp.send("Page.setWebLifecycleState", { state: "frozen" });
    const outside = await office.trunk.call("0355501234", YAMADA);
    const phone = await office.phone("201").incoming();
    phone.answer();
    await (await office.watcher("kanri")).sees("the answer", (c) => c.state === "connected");
    await cdp.send("Page.setWebLifecycleState", { state: "active" });
    await page.locator("article.card[data-state=connected]").filter({ hasText: "山田 太郎" }).waitFor();
    assert.equal(await page.locator("article.card").filter({ hasText: "山田 太郎" }).count(), 1);
    await outside.bye();
    await until("it is over", async () => (await page.locator("article.card[data-state=connected]").count()) === 0);
  });

  test("the server restarts in the middle of a talk: the page comes back by itself with the same call", async () => {
    const { page } = await person("aoki");
    const outside = await office.trunk.call("0355501234", YAMADA);
    const phone = await office.phone("201").incoming();
    phone.answer();
    const card = page.locator("article.card[data-state=connected]").filter({ hasText: "山田 太郎" });
    await card.waitFor();
    const id = await card.getAttribute("data-conversation");
    assert.equal(await office.daemon.stop(), 0);
    await page.locator(".link[data-online=false]").first().waitFor();
    await office.daemon.start();
    await online(page);
    await card.waitFor();
    assert.equal(await card.getAttribute("data-conversation"), id);
    assert.equal(await page.locator("article.card:not([data-kind=over])").count(), 1);
    await outside.bye();
    await until("it is over", async () => (await card.count()) === 0);
  });

  test("a slow and narrow network: the ring is there, a dial is one dial, its end is told", async () => {
    await Relay.open({
      host: `${net}.45`, port: 8080, to: { host: `${net}.40`, port: 8080 }, late_ms: 300, bytes_per_s: 40_000,
    }, office.cleanup);
    const { page } = await person("aoki", `http://${net}.45:8080`);
    const outside = await office.trunk.call("0355501234", YAMADA);
    await page.locator("article.card[data-kind=waiting]").filter({ hasText: "山田 太郎" }).waitFor();
    outside.cancel();
    await until("the card no longer rings", async () => (await full(page)) === 0);
    await office.phone("201").silence();
    await page.getByLabel("Number", { exact: true }).first().fill("03-1234-5678");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Enter");
    const agent = await office.phone("201").incoming();
    agent.answer();
    const customer = await office.trunk.incoming();
    customer.answer();
    await page.locator("article.card[data-state=connected]").filter({ hasText: "山田 太郎" }).waitFor();
    assert.ok(office.phone("201").quiet, "one dial rang once");
    await customer.bye();
    await until("it is over", async () => (await page.locator("article.card[data-state=connected]").count()) === 0);
  });
});
