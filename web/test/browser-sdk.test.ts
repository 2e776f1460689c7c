/*
 * browser-sdk.test.ts -- what the SDK does to a page that is not ours: numbers that
 * dial, links, marked elements, unsaved input. In headless Chromium, without a hub.
 */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { build } from "esbuild";
import type { BrowserContext, Page } from "playwright-core";
import { openChromium } from "./support/chromium.js";

const root = process.env["WEB_ROOT"] ?? ".";

/* A page of a CRM that wants nothing inline and nobody else's scripts. */
const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; base-uri 'none'";

let server: Server;
let base: string;
let sdk: string;
let context: BrowserContext;
let close: () => Promise<void>;
let page: Page;
let html = "";

before(async () => {
  ({ context, close } = await openChromium());
  const out = await build({
    absWorkingDir: root, entryPoints: ["sdk/src/index.ts"], bundle: true, format: "iife", globalName: "RB", write: false,
    footer: { js: "globalThis.RB = RB;" },
  });
  sdk = out.outputFiles[0]!.text;
  server = createServer((_q, a) => a.writeHead(200, { "content-type": "text/html; charset=utf-8", "content-security-policy": CSP })
    .end(`<!doctype html><html lang="ja"><title>crm</title>${html}</html>`));
  await new Promise<void>((ok) => server.listen(0, "127.17.0.2", ok));
  base = `http://127.17.0.2:${(server.address() as AddressInfo).port}`;
  page = await context.newPage();
});

after(async () => {
  await close();
  server.closeAllConnections();
  await new Promise((f) => server.close(f));
});

/* What the page's script sees; kept as text, since it runs over there. */
declare const RB: typeof import("@ringbridge/sdk");
interface Seen { dialled: string[]; end: () => void; slices: number; stop: () => void; idle: () => Promise<void> }
declare global { var seen: Seen }

async function open(body: string): Promise<void> {
  html = body;
  await page.goto(base);
  await page.evaluate(sdk);
  await page.evaluate(() => {
    const ends: (() => void)[] = [];
    globalThis.seen = {
      dialled: [], slices: 0, end: () => ends.splice(0).forEach((f) => f()), stop: () => undefined, idle: async () => undefined,
    };
    (globalThis as unknown as { dialler: unknown }).dialler = {
      dial: (number: string) => {
        globalThis.seen.dialled.push(number);
        return {
          id: String(globalThis.seen.dialled.length), onProgress: () => undefined, confirm: () => undefined, cancel: () => undefined,
          result: new Promise((done) => ends.push(() => done({ state: "done" }))),
        };
      },
    };
  });
}

/* Starts the scanner with a clock that gives each slice so many nodes. */
async function scan(options: object = {}, nodesASlice = 50): Promise<void> {
  await page.evaluate(({ options, nodesASlice }) => {
    let ticks = 0, waiting = 0;
    let resolve: () => void = () => undefined;
    seen.idle = () => new Promise((f) => {
      resolve = f;
      if (!waiting) setTimeout(f);
    });
    seen.stop = RB.scanNumbers(document, (globalThis as unknown as { dialler: { dial: never } }).dialler, {
      ...options, slice_ms: nodesASlice, now: () => ticks++,
      later: (f) => {
        waiting++;
        setTimeout(() => {
          seen.slices++;
          f();
          if (--waiting === 0) resolve();
        });
      },
    });
  }, { options, nodesASlice });
  await settle();
}

/* All that the page changed has been looked at. */
const settle = (): Promise<void> => page.evaluate(async () => {
  await new Promise((f) => setTimeout(f));
  await seen.idle();
});
const links = (): Promise<string[]> => page.$$eval("a.ringbridge-number", (all) => all.map((a) => a.getAttribute("href") ?? ""));
const dialled = (): Promise<string[]> => page.evaluate(() => seen.dialled);

describe("the number scanner", () => {
  it("links numbers and leaves fields, code, links and edited text alone", async () => {
    await open(`<p id=a>本社 03-1234-5678 / 携帯 ０９０-１２３４-５６７８</p>
      <input value="03-1234-5678"><textarea>03-1234-5678</textarea><code>03-1234-5678</code><pre>03-1234-5678</pre>
      <div contenteditable>03-1234-5678 <b>03-1234-5678</b></div><a href="/x">03-1234-5678</a><button>03-1234-5678</button>
      <time>03-1234-5678</time><p data-ringbridge-skip>03-1234-5678</p><p id=n>注文番号 0312345678</p>
      <div contenteditable=false>06-1234-5678</div>`);
    const before = await page.evaluate(() => document.body.innerText);
    await scan();
    assert.deepEqual(await links(), ["tel:0312345678", "tel:09012345678", "tel:0612345678"]);
    assert.equal(await page.evaluate(() => document.body.innerText), before, "the text reads the same");
    await page.evaluate(() => seen.stop());
    assert.deepEqual(await links(), []);
    assert.equal(await page.evaluate(() => document.getElementById("a")!.childNodes.length), 1, "the page is as it was");
  });

  it("dials once, also on a second click, and the page does not hear the click", async () => {
    await open(`<div id=row>03-1234-5678</div>`);
    await page.evaluate(() => document.getElementById("row")!.addEventListener("click", () => seen.dialled.push("the row was opened")));
    await scan();
    await page.click("a.ringbridge-number");
    await page.click("a.ringbridge-number");
    assert.deepEqual(await dialled(), ["0312345678"]);
    await page.evaluate(() => seen.end());
    await page.focus("a.ringbridge-number");
    await page.keyboard.press("Enter");
    assert.deepEqual(await dialled(), ["0312345678", "0312345678"]);
    assert.equal(new URL(page.url()).protocol, "http:");
  });

  it("follows what a framework does with its own text nodes", async () => {
    await open(`<p id=a>担当 03-1234-5678 まで</p><div id=list></div>`);
    await page.evaluate(() => ((globalThis as unknown as { node: ChildNode }).node = document.getElementById("a")!.firstChild!));
    await scan();
    assert.deepEqual(await links(), ["tel:0312345678"]);
    /* React writes into the node that it made. */
    await page.evaluate(() => ((globalThis as unknown as { node: Text }).node.data = "担当 06-1234-5678 まで"));
    await settle();
    assert.deepEqual(await links(), ["tel:0612345678"]);
    assert.equal(await page.textContent("#a"), "担当 06-1234-5678 まで");
    /* ... and removes it. */
    await page.evaluate(() => document.getElementById("a")!.removeChild((globalThis as unknown as { node: Text }).node));
    await settle();
    assert.equal(await page.textContent("#a"), "");
    /* ... and brings a new one, within a shadow root too. */
    await page.evaluate(() => {
      document.getElementById("list")!.innerHTML = "<span>03-1111-2222</span>";
      const host = document.body.appendChild(document.createElement("x-card"));
      host.attachShadow({ mode: "open" }).innerHTML = "<p>03-3333-4444</p>";
    });
    await settle();
    assert.deepEqual(await links(), ["tel:0311112222", "tel:0333334444"]); /* selectors look into shadow roots */
    await page.getByText("03-3333-4444").click();
    assert.deepEqual(await dialled(), ["0333334444"]);
  });

  it("takes its links away when a text is opened for editing", async () => {
    await open(`<p id=a>03-1234-5678</p>`);
    await scan();
    assert.equal((await links()).length, 1);
    await page.evaluate(() => document.getElementById("a")!.setAttribute("contenteditable", "true"));
    await settle();
    assert.deepEqual(await links(), []);
    await page.evaluate(() => document.getElementById("a")!.removeAttribute("contenteditable"));
    await settle();
    assert.equal((await links()).length, 1);
  });

  it("obeys the rules of the site", async () => {
    const body = `<p class=phone>03-1234-5678</p><p class=order>06-1234-5678</p>`;
    await open(body);
    await scan({ rules: [{ host: "*", skip: ".order" }, { host: "other.example", off: true }] });
    assert.deepEqual(await links(), ["tel:0312345678"]);
    await open(body);
    await scan({ rules: [{ host: "127.17.0.2", only: ".order" }] });
    assert.deepEqual(await links(), ["tel:0612345678"]);
    await open(body);
    await scan({ rules: [{ host: "*", off: true }] });
    assert.deepEqual(await links(), []);
  });

  it("works through a large page in slices, between which the page goes on", async () => {
    await open(`<div id=big></div>`);
    await page.evaluate(() => {
      document.getElementById("big")!.innerHTML = Array.from({ length: 4000 }, (_, i) =>
        `<p>行 ${i} <b>03-1234-${String(1000 + i)}</b></p>`).join("");
    });
    const turns = page.evaluate(async () => {
      let n = 0;
      while (document.querySelectorAll("a.ringbridge-number").length < 4000) {
        n++;
        await new Promise((f) => setTimeout(f));
      }
      return n;
    });
    await scan({}, 200);
    assert.ok((await turns) > 20, "the page had its turns");
    assert.ok((await page.evaluate(() => seen.slices)) >= 4000 * 3 / 200);
  });
});

describe("click-to-dial", () => {
  it("links and marked elements dial, also later ones", async () => {
    await open(`<a href="tel:+81-3-1234-5678;ext=5">call</a><button data-dial="06 1234 5678">dial</button><a href="/elsewhere">x</a>`);
    await page.evaluate(() => {
      const d = (globalThis as unknown as { dialler: { dial: never } }).dialler;
      RB.dialTelLinks(document, d);
      RB.dialMarked(document, d);
      document.body.insertAdjacentHTML("beforeend", `<button data-dial="110"><i>later</i></button>`);
    });
    await page.getByText("call").click();
    await page.getByRole("button", { name: "dial" }).focus();
    await page.keyboard.press("Space");
    await page.getByText("later").click();
    assert.deepEqual(await dialled(), ["+81-3-1234-5678", "06 1234 5678", "110"]);
  });
});

describe("unsaved input", () => {
  it("counts what was typed until it is sent, reset or taken back", async () => {
    await open(`<form id=f><input id=i value=x><input type=checkbox id=c><input type=password id=p><select id=s><option>1<option>2</select></form>
      <input type=search id=q><div contenteditable id=e></div>`);
    await page.evaluate(() => {
      document.getElementById("f")!.addEventListener("submit", (e) => {
        e.preventDefault();
        (globalThis as unknown as { u: { saved(): void } }).u.saved();
      });
      (globalThis as unknown as { u: unknown }).u = RB.unsavedInput(document);
    });
    const dirty = (): Promise<boolean> => page.evaluate(() => (globalThis as unknown as { u: { dirty(): boolean } }).u.dirty());
    await page.fill("#q", "yamada");
    await page.fill("#p", "secret");
    assert.equal(await dirty(), false);
    await page.fill("#i", "xy");
    assert.equal(await dirty(), true);
    await page.fill("#i", "x");
    assert.equal(await dirty(), false);
    await page.check("#c");
    await page.selectOption("#s", "2");
    assert.equal(await dirty(), true);
    await page.evaluate(() => (document.getElementById("f") as HTMLFormElement).reset());
    assert.equal(await dirty(), false);
    await page.click("#e");
    await page.keyboard.type("memo");
    assert.equal(await dirty(), true);
    await page.evaluate(() => document.getElementById("e")!.remove());
    assert.equal(await dirty(), false);
    await page.fill("#i", "xyz");
    await page.evaluate(() => (document.getElementById("f") as HTMLFormElement).requestSubmit());
    assert.equal(await dirty(), false);
  });
});
