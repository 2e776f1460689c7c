/*
 * browser-extension.test.ts -- the extension, loaded in Chromium: log-in, numbers that
 * dial on a page that knows nothing of us, notifications, and a worker that is stopped.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { chromium } from "playwright-core";
import type { BrowserContext, Page } from "playwright-core";
import * as say from "./support/conversations.js";
import { FakeHub } from "./support/fakehub.js";

const root = process.env["WEB_ROOT"] ?? ".";

describe("the browser extension", () => {
  let profile: string;
  let context: BrowserContext;
  let hub: FakeHub;
  let crm: Server;
  let options: Page;
  let id: string;

  before(async () => {
    const folder = join(root, "build/extension");
    profile = mkdtempSync(join(tmpdir(), "ringbridge-web-"));
    hub = await FakeHub.start("127.17.0.3");
    crm = createServer((_q, a) => a.writeHead(200, { "content-type": "text/html; charset=utf-8", "content-security-policy": "default-src 'none'" })
      .end("<!doctype html><title>crm</title><p>TEL 03-1234-5678</p><input value='03-1234-5678'>"));
    await new Promise<void>((ok) => crm.listen(0, "127.17.0.4", ok));
    context = await chromium.launchPersistentContext(profile, {
      executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium", headless: false, locale: "en-GB",
      ignoreDefaultArgs: ["--disable-extensions"],
      args: ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
        `--disable-extensions-except=${folder}`, `--load-extension=${folder}`],
    });
    const worker = context.serviceWorkers()[0] ?? await context.waitForEvent("serviceworker");
    id = new URL(worker.url()).host;
    options = await context.newPage();
    await options.goto(`chrome-extension://${id}/options.html`);
  });
  after(async () => {
    await context.close();
    await hub.stop();
    crm.closeAllConnections();
    crm.close();
    rmSync(profile, { recursive: true, force: true });
  });

  const shown = (): Promise<string[]> => options.evaluate(async () => Object.keys(
    await (chrome.notifications as unknown as { getAll(): Promise<object> }).getAll()));
  const until = async (what: string, test: () => Promise<boolean>): Promise<void> => {
    const end = Date.now() + 8000;
    while (!(await test())) {
      if (Date.now() > end) assert.fail(`not in time: ${what}`);
      await new Promise((f) => setTimeout(f, 50));
    }
  };
  /* As the browser does after half a minute without work, only now. */
  async function stopWorker(): Promise<void> {
    const cdp = await context.newCDPSession(options);
    await cdp.send("ServiceWorker.enable");
    await cdp.send("ServiceWorker.stopAllWorkers");
    await hub.until(() => hub.peers.length === 0, "the worker is gone");
    await cdp.detach();
  }

  it("logs in with what is typed, and keeps the server but not the password", async () => {
    await options.fill("[name=base]", hub.base);
    await options.fill("[name=name]", "aoki");
    await options.fill("[name=password]", "secret");
    await options.click("button");
    await options.getByText("Connected").waitFor();
    const kept = await options.evaluate(async () => JSON.stringify([await chrome.storage.local.get(null), await chrome.storage.session.get(null)]));
    assert.match(kept, /127\.17\.0\.3/);
    assert.doesNotMatch(kept, /secret/);
  });

  it("numbers of a page with the strictest policy dial; fields are left alone", async () => {
    const page = await context.newPage();
    await page.goto(`http://127.17.0.4:${(crm.address() as AddressInfo).port}/`);
    await page.getByRole("link", { name: "03-1234-5678" }).click();
    await hub.until(() => hub.heard.some((m) => m["verb"] === "dial" && m["number"] === "0312345678"), "a dial");
    assert.equal(await page.getByRole("link").count(), 1);
    await page.close();
  });

  it("a ring is notified, with the name when it comes, and goes away again", async () => {
    hub.change(say.conversation({ contacts: say.pending }));
    hub.pop("0193-a");
    await until("a notification", async () => (await shown()).includes("pop-0193-a"));
    await hub.until(() => hub.heard.some((m) => m["type"] === "pop_ack" && m["shown"] === true), "an acknowledgement");
    hub.withdraw("0193-a", "answered");
    await until("it is cleared", async () => !(await shown()).includes("pop-0193-a"));
    hub.pop("0193-a", { id: "pop-elsewhere", here: false });
    hub.pop("0193-a", { id: "pop-here" });
    await until("the next", async () => (await shown()).includes("pop-here"));
    assert.equal((await shown()).includes("pop-elsewhere"), false);
    hub.publish({ type: "pop_withdrawn", id: "pop-here", conversation: "0193-a", line: "201", why: "left" });
  });

  it("a stopped worker is back by the alarm, as the same tab, and notifies nothing twice", async () => {
    const before_ = String(hub.hellos[hub.hellos.length - 1]?.["client"]);
    hub.snapshot = { ...hub.snapshot, pops: [{ id: "pop-again", conversation: "0193-a", line: "201", why: "ringing", here: true }] };
    hub.pop("0193-a", { id: "pop-again" });
    await until("a notification", async () => (await shown()).includes("pop-again"));
    await options.evaluate(() => chrome.notifications.clear("pop-again"));
    await stopWorker();
    await options.evaluate(() => chrome.alarms.create("ringbridge", { when: Date.now() + 200 }));
    await hub.until(() => hub.peers.length === 1, "the worker is back");
    assert.equal(hub.hellos[hub.hellos.length - 1]?.["client"], before_);
    hub.pop("0193-a", { id: "pop-new" });
    await until("a new ring", async () => (await shown()).includes("pop-new"));
    assert.equal((await shown()).includes("pop-again"), false);
  });

  it("a stopped worker is woken by a click, which dials", async () => {
    const page = await context.newPage();
    await page.goto(`http://127.17.0.4:${(crm.address() as AddressInfo).port}/`);
    await page.getByRole("link", { name: "03-1234-5678" }).waitFor();
    const dials = (): number => hub.heard.filter((m) => m["verb"] === "dial").length;
    const had = dials();
    await stopWorker();
    await page.getByRole("link", { name: "03-1234-5678" }).click();
    await hub.until(() => dials() === had + 1, "a dial");
    await page.close();
  });
});
