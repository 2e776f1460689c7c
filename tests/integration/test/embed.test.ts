/*
 * embed.test.ts -- the panel inside pages that are not ours, on other sites, with the real
 * server and a real Asterisk: docked by one script tag into a plain page, one with a strict
 * Content-Security-Policy, one in a frame of yet another origin; the SDK by itself; a page
 * that nobody allowed; and when a record may take the page and when not.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { build } from "esbuild";
import type { Browser, BrowserContext, FrameLocator, Page } from "playwright-core";
import { YAMADA } from "../support/basic.js";
import { openBrowser } from "../support/browser.js";
import { Crm } from "../support/crm.js";
import { password } from "../support/daemon.js";
import { Office } from "../support/office.js";
import { block, root } from "../support/place.js";
import type { Call } from "../support/sip/call.js";
import { never, until } from "../support/wait.js";

const net = block(37);
let office: Office;
let crm: Crm;
let other: Crm;
let stranger: Crm;
let browser: Browser;
let context: BrowserContext;

/* The panel in a page, wherever its frame is. */
const panel = (where: Page | FrameLocator): FrameLocator => where.frameLocator(`iframe[src^="${office.daemon.base}"]`);

async function logIn(dock: FrameLocator, name = "aoki"): Promise<void> {
  await dock.locator("input[name=name]").fill(name);
  await dock.locator("input[type=password]").fill(password(name));
  await dock.locator("form button[type=submit]").click();
  await online(dock);
}

const online = (dock: FrameLocator): Promise<void> => dock.locator(".link[data-online=true]").waitFor();
const card = (dock: FrameLocator) => dock.locator("article.card").filter({ hasText: "山田 太郎" });

async function rings(): Promise<{ outside: Call; phone: Call }> {
  const outside = await office.trunk.call("0355501234", YAMADA);
  return { outside, phone: await office.phone("201").incoming() };
}

/* A page, what its browser complained about, and its dock with somebody logged in. */
async function open(path: string, from = crm): Promise<{ page: Page; dock: FrameLocator; complaints: string[] }> {
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (m) => {
    if (m.type() === "error" && !/401/.test(m.text())) complaints.push(m.text());
  });
  page.on("pageerror", (e) => complaints.push(String(e)));
  await page.goto(from.base + path);
  const dock = panel(page);
  return { page, dock, complaints };
}

describe("the panel in pages of other sites", () => {
  before(async () => {
    const bases = [50, 51].map((n) => `http://${net}.${n}:9000`);
    office = await Office.open({
      net, pbx: "asterisk", sources: ["sip", "ami"], phones: ["201", "202"],
      web: `origins = ${bases.join(", ")}\ncross_site = yes\ncontact_url = ${bases[0]}/contact/{id}`,
    });
    [crm, other, stranger] = await Promise.all([50, 51, 52].map((n) => Crm.open(`${net}.${n}`, office.cleanup))) as [Crm, Crm, Crm];
    const script = `${office.daemon.base}/embed.js`;
    const body = (data: string): string => `<h1>Customer</h1><p>TEL <span id=n>03-1234-5678</span></p><form id=f><input id=memo></form>
      <script src="${script}" defer ${data}></script>`;
    const strict = `default-src 'none'; script-src ${office.daemon.base}; frame-src ${office.daemon.base}; base-uri 'none'; form-action 'none'; img-src data:`;
    crm.pages.set("/plain", { body: body("") });
    crm.pages.set("/strict", { body: body('data-dial="numbers"'), policy: strict });
    crm.pages.set("/record", { body: body('data-pop="record"') });
    crm.pages.set("/contact/*", { body: body('data-pop="record"') });
    crm.pages.set("/iframe", { body: `<iframe src="${office.daemon.base}/?embed=1" width=320 height=640></iframe>` });
    crm.pages.set("/sdk", { body: "<p>A page with the SDK</p>" });
    other.pages.set("/around", { body: `<iframe id=crm src="${crm.base}/plain" width=900 height=700></iframe>` });
    stranger.pages.set("/plain", { body: body("") });
    browser = await openBrowser(office.cleanup);
    context = await browser.newContext({ locale: "en-GB", viewport: { width: 1100, height: 800 } });
  });
  after(() => office?.close());
  afterEach(async () => {
    for (const p of context.pages()) await p.close();
    await context.clearCookies();
    await office.silence();
  });

  test("one script tag: log in once, a ring opens the dock, a reload is still logged in", async () => {
    const { page, dock, complaints } = await open("/plain");
    await logIn(dock);
    await page.getByRole("button", { name: "Hide calls" }).click();
    const { outside, phone } = await rings();
    await page.getByRole("button", { name: "Hide calls" }).waitFor();
    await card(dock).waitFor();
    phone.answer();
    await card(dock).filter({ hasText: "Connected" }).waitFor();
    await page.reload();
    await online(dock);
    await card(dock).filter({ hasText: "Connected" }).waitFor();
    await outside.bye();
    assert.deepEqual(complaints, []);
  });

  test("a strict policy: the same, with numbers that dial, and the browser complains of nothing", async () => {
    const { page, dock, complaints } = await open("/strict");
    await logIn(dock);
    await page.getByRole("link", { name: "03-1234-5678" }).click();
    const agent = await office.phone("201").incoming();
    await dock.getByText("Your phone rings").first().waitFor();
    agent.answer();
    const customer = await office.trunk.incoming();
    assert.equal(customer.dialled, "0312345678");
    customer.answer();
    await card(dock).filter({ hasText: "Connected" }).waitFor();
    await customer.bye();
    assert.deepEqual(complaints, []);
  });

  test("a bare iframe, and a dock within a frame of yet another origin", async () => {
    const { dock } = await open("/iframe");
    await logIn(dock);
    const { page } = await open("/around", other);
    const inner = panel(page.frameLocator("#crm"));
    await logIn(inner);
    const { outside } = await rings();
    await card(dock).waitFor();
    await card(inner).or(inner.getByText("山田 太郎")).first().waitFor();
    outside.cancel();
  });

  test("a page that nobody allowed shows no panel, gets no token, and opens no socket", async () => {
    const { page, dock } = await open("/plain", stranger);
    await page.locator("iframe").waitFor({ state: "attached" });
    await page.getByRole("button", { name: "Hide calls" }).waitFor();
    assert.equal(await dock.locator("input[type=password]").count(), 0);
    const tried = await page.evaluate(async (base) => {
      const token = await fetch(`${base}/api/v1/token`, { method: "POST", credentials: "include", headers: { "x-ringbridge": "1" } })
        .then((r) => String(r.status), (e: unknown) => String(e));
      const socket = await new Promise<string>((done) => {
        const s = new WebSocket(`${base.replace("http", "ws")}/ws`, "ringbridge.v1");
        s.onopen = () => done("open");
        s.onerror = () => done("refused");
      });
      return { token, socket };
    }, office.daemon.base);
    assert.match(tried.token, /TypeError/);
    assert.equal(tried.socket, "refused");
  });

  test("the SDK in a page of another site: log in, pop, dial", async () => {
    const out = await build({
      absWorkingDir: join(root, "web"), bundle: true, format: "iife", write: false, globalName: "RB", footer: { js: "globalThis.RB = RB;" },
      entryPoints: ["sdk/src/index.ts"],
    });
    const page = await context.newPage();
    await page.goto(`${crm.base}/sdk`);
    await page.evaluate(out.outputFiles[0]!.text);
    await page.evaluate(async ({ base, pw }) => {
      const { RB } = globalThis as unknown as { RB: typeof import("@ringbridge/sdk") };
      const rest = new RB.Rest({ base });
      await rest.login("aoki", pw);
      const client = new RB.Client({ base, token: () => rest.token() });
      client.on("pop", (p) => {
        document.body.append(`pop at ${p.line}`);
        client.popShown(p.id, true);
      });
      client.connect();
      await client.online();
      Object.assign(globalThis, { client });
    }, { base: office.daemon.base, pw: password("aoki") });
    const { outside } = await rings();
    await page.getByText("pop at 201").waitFor();
    outside.cancel();
    const dialled = page.evaluate(async () => (await (globalThis as unknown as
      { client: { dial(n: string): { result: Promise<{ state: string }> } } }).client.dial("03-1234-5678").result).state);
    (await office.phone("201").incoming()).answer();
    const customer = await office.trunk.incoming();
    customer.answer();
    assert.equal(await dialled, "done");
    await customer.bye();
  });

  test("the caller's record takes the page, once, and the card goes on there", async () => {
    const { page, dock } = await open("/record");
    await logIn(dock);
    const { outside, phone } = await rings();
    await page.waitForURL(`${crm.base}/contact/c-17`);
    await card(dock).waitFor();
    phone.answer();
    await card(dock).filter({ hasText: "Connected" }).waitFor();
    await page.goto(`${crm.base}/record`);
    await card(dock).filter({ hasText: "Connected" }).waitFor();
    assert.equal(page.url(), `${crm.base}/record`, "who went back stays there");
    await outside.bye();
  });

  test("unsaved input: the page stays, whatever rings; with two tabs the other one goes", async () => {
    const one = await open("/record");
    await logIn(one.dock);
    await one.page.locator("#memo").fill("half a thought");
    const first = await rings();
    await card(one.dock).waitFor();
    await never("the page is taken away", () => one.page.url() !== `${crm.base}/record`, 400);
    assert.equal(await one.page.locator("#memo").inputValue(), "half a thought");
    first.outside.cancel();
    await first.phone.is("ended");
    const two = await open("/record");
    await online(two.dock);
    await one.page.bringToFront();
    const second = await rings();
    await two.page.waitForURL(`${crm.base}/contact/c-17`);
    assert.equal(one.page.url(), `${crm.base}/record`);
    assert.equal(await one.page.locator("#memo").inputValue(), "half a thought");
    second.outside.cancel();
    await until("no card rings", async () => (await two.dock.locator("article.card[data-kind=waiting]").count()) === 0);
  });
});
