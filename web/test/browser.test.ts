/*
 * browser.test.ts -- the built pages in headless Chromium against the small hub:
 * what people see, hear and can press. WEB_SHOTS=folder keeps a picture of each
 * step in both languages and colour schemes.
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { chromium } from "playwright-core";
import type { BrowserContext, Page } from "playwright-core";
import * as say from "./support/conversations.js";
import type { Wire } from "./support/conversations.js";
import { FakeHub } from "./support/fakehub.js";
import { HOSTILE } from "./support/hostile.js";
import { settings } from "./support/office.js";

const root = process.env["WEB_ROOT"] ?? ".";
const shots = process.env["WEB_SHOTS"];
const axe = readFileSync(join(root, "node_modules/axe-core/axe.min.js"), "utf8");

let profile: string;
let context: BrowserContext;
let hub: FakeHub;
let page: Page;
let errors: string[];

before(async () => {
  profile = mkdtempSync(join(tmpdir(), "ringbridge-web-"));
  context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    headless: true,
    viewport: { width: 1280, height: 800 },
    locale: "en-GB",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
});

after(async () => {
  await context.close();
  rmSync(profile, { recursive: true, force: true });
});

beforeEach(async () => {
  hub = await FakeHub.start();
  hub.dist = join(root, "dist");
  hub.user = { ...(hub.user), lang: "en" };
  page = await context.newPage();
  errors = [];
  page.on("pageerror", (e) => errors.push(String(e)));
  page.on("console", (m) => {
    if (m.type() === "error" && !/401|Failed to load|WebSocket/.test(m.text())) errors.push(m.text());
  });
});

afterEach(async () => {
  await page.close();
  await context.clearCookies();
  await hub.stop();
  assert.deepEqual(errors, []);
});

async function open(path = "/"): Promise<void> {
  await page.goto(hub.base + path);
  await page.fill("#name", "aoki");
  await page.fill("#password", "secret");
  await page.click("button[type=submit]");
  await page.getByText("Connected", { exact: true }).first().waitFor();
}

/* Times near now: the page's clocks run on the server's time. */
function fresh(c: Wire, startedSecondsAgo = 4): Wire {
  const shift = Date.now() - startedSecondsAgo * 1000 - say.AT;
  const text = JSON.stringify(c).replace(/"(2026-11-24T[^"]+)000Z"/g, (_all, t: string) =>
    `"${new Date(Date.parse(`${t}Z`) + shift).toISOString().replace("Z", "000Z")}"`);
  return JSON.parse(text) as Wire;
}

const ring = (more: Wire = {}): void => {
  hub.change(fresh(say.conversation(more)));
  hub.pop(String(more["id"] ?? "0193-a"));
};

const card = (id = "0193-a") => page.locator(`.card[data-conversation="${id}"]`);

async function shot(name: string): Promise<void> {
  if (!shots) return;
  mkdirSync(shots, { recursive: true });
  await page.screenshot({ path: join(shots, `${name}.png`) });
}

async function accessible(what: string): Promise<void> {
  await page.evaluate(axe);
  const bad = await page.evaluate(async () => {
    const run = (globalThis as unknown as { axe: { run: (o: object) => Promise<{
      violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[];
    }> } }).axe;
    const r = await run.run({ resultTypes: ["violations"] });
    return r.violations.filter((v) => v.impact === "serious" || v.impact === "critical")
      .map((v) => `${v.id}: ${v.nodes.map((n) => n.html + n.failureSummary).join(" | ")}`);
  });
  assert.deepEqual(bad, [], what);
}

describe("log-in", () => {
  it("keeps the name after a wrong password and says what to do", async () => {
    await page.goto(hub.base);
    await page.fill("#name", "aoki");
    await page.fill("#password", "wrong");
    await page.click("button[type=submit]");
    await page.getByText("Name or password is wrong").waitFor();
    assert.equal(await page.inputValue("#name"), "aoki");
    await accessible("log-in");
    await shot("login");
  });

  it("logs out and shows nothing of the calls", async () => {
    await open();
    ring({ contacts: say.one });
    await card().waitFor();
    await page.getByText("Menu").click();
    await page.getByRole("button", { name: "Log out" }).click();
    await page.locator("#name").waitFor();
    assert.equal(await page.getByText("山田").count(), 0);
  });
});

describe("a ring", () => {
  it("is there at once and nothing moves when the contact comes", async () => {
    await open();
    ring();
    await card().waitFor();
    const places = (): Promise<number[]> => page.evaluate(() =>
      [".card .number", ".card .facts", ".card .actions", ".card .note", ".recent"].map((s) =>
        document.querySelector(s)!.getBoundingClientRect().top));
    assert.match(await card().innerText(), /Looking up…[\s\S]*03-1234-5678[\s\S]*03-5550-1234/);
    const was = await places();
    hub.change(fresh(say.conversation({ version: 2, contacts: say.one })));
    await card().getByText("山田 太郎").waitFor();
    assert.deepEqual(await places(), was);
    assert.match(await card().innerText(), /山田商店 · mobile[\s\S]*One match · exact number/);
    const link = card().getByRole("link", { name: "Open record" });
    assert.equal(await link.getAttribute("href"), "https://crm.example/contact/c-17");
    assert.match((await link.getAttribute("rel"))!, /noopener/);
    await accessible("ringing");
    await shot("ringing");
  });

  it("moves nothing on the page when it is the first", async () => {
    await open();
    await page.getByText("No calls", { exact: true }).waitFor();
    const top = (): Promise<number> => page.evaluate(() => document.querySelector(".recent")!.getBoundingClientRect().top);
    const was = await top();
    ring({ contacts: say.one });
    await card().waitFor();
    assert.equal(await top(), was);
  });

  it("is announced once, in title, icon and to screen readers", async () => {
    await open();
    ring();
    await card().waitFor();
    hub.change(fresh(say.conversation({ version: 2, contacts: say.one })));
    await page.waitForFunction(() => document.title.includes("山田 太郎"));
    assert.equal(await page.getAttribute("#icon", "href"), "icon-ringing.svg");
    assert.equal(await page.locator("#announce").innerText(), "Incoming call: 山田 太郎");
    await page.evaluate(() => {
      const w = globalThis as unknown as { said: number };
      w.said = 0;
      new MutationObserver(() => (w.said += document.getElementById("announce")!.textContent ? 1 : 0)).observe(document.getElementById("announce")!,
        { childList: true, characterData: true, subtree: true });
    });
    hub.change(fresh(say.connected()));
    await card().getByText("Connected").waitFor();
    assert.equal(await page.evaluate(() => (globalThis as unknown as { said: number }).said), 0);
    assert.equal(await page.title(), "Ringbridge");
    await hub.until(() => hub.heard.some((m) => m["type"] === "pop_ack" && m["shown"] === true));
  });

  it("of several possible callers lets the person choose", async () => {
    await open();
    ring({ contacts: say.many });
    await card().getByText("2 possible contacts").waitFor();
    await shot("chooser");
    await accessible("chooser");
    await card().getByLabel(/佐藤 花子/).check();
    await card().getByText("Chosen by you, of 2").waitFor();
    assert.equal(await card().locator(".who").innerText(), "佐藤 花子");
  });

  it("withheld says which kind, unknown says unknown", async () => {
    await open();
    const hidden = { number: null, e164: null, display: null, name: null };
    ring({ external: say.external({ ...hidden, presentation: "payphone" }),
      contacts: { status: "skipped", reason: null, matches: [] } });
    await card().getByText("Payphone").waitFor();
    ring({ id: "b", external: say.external({ ...hidden, presentation: "withheld" }),
      contacts: { status: "skipped", reason: null, matches: [] } });
    await card("b").getByText("Number withheld").waitFor();
    await shot("withheld");
    ring({ id: "c", contacts: say.none });
    await card("c").getByText("Unknown caller").waitFor();
    await card("c").getByText("No contact has this number").waitFor();
  });

  it("goes away when a colleague answers, and no card stays", async () => {
    await open();
    ring({ contacts: say.one });
    await card().waitFor();
    hub.withdraw("0193-a", "answered-elsewhere");
    hub.change(fresh(say.conversation({ version: 4, state: "connected", contacts: say.one, legs: [
      say.leg({ state: "ended", result: "answered-elsewhere", rang: [say.at(0), say.at(3)] }),
      say.leg({ id: "l2", line: "202", state: "connected", talked: [[say.at(3), null]] }),
    ] })));
    await page.getByText("No calls", { exact: true }).waitFor();
    assert.equal(await page.locator(".card").count(), 0);
  });

  it("in another tab is one quiet row here", async () => {
    await open();
    hub.change(fresh(say.conversation({ contacts: say.one })));
    hub.pop("0193-a", { here: false });
    await card().getByText("Rings in your other tab").waitFor();
    assert.equal(await card().locator(".actions").isVisible(), false);
    assert.equal(await page.title(), "Ringbridge");
  });
});

describe("a call is handed over", () => {
  const command = async (verb: string, n = 0): Promise<Wire> => {
    const all = (): Wire[] => hub.heard.filter((m) => m["type"] === "command" && m["verb"] === verb);
    await hub.until(() => all().length > n, `a command ${verb}`);
    return all()[n]!;
  };
  const talking = async (can: Wire, settable: string[] = []): Promise<void> => {
    hub.capabilities = { dial: true, answer: false, hangup: true, hold: false, transfer: false, consult: false, ...can };
    hub.settable = settable;
    hub.answers["/colleagues"] = () => ({ colleagues: [{ id: "u-2", name: "baba", display: "馬場 直樹", lines: ["202"] }] });
    await open();
    hub.change(fresh(say.connected(), 10));
    hub.pop("0193-a");
    await card().getByText("Connected").waitFor();
  };

  it("at once, with the note; what is asked about is pressed twice; why it failed is said", async () => {
    await talking({ transfer: true, consult: true });
    await card().locator("textarea").fill("wants a quote");
    await card().getByRole("button", { name: "Transfer", exact: true }).click();
    const to = card().getByLabel("To whom: extension or number");
    assert.equal(await to.evaluate((e) => e === document.activeElement), true);
    assert.deepEqual(await card().locator("datalist option").evaluateAll((o) => o.map((x) => [x.getAttribute("value"), x.textContent])),
      [["202", "馬場 直樹"]]);
    const blind = card().getByRole("button", { name: "Put through", exact: true });
    assert.equal(await blind.isDisabled(), true, "to nobody");
    await to.fill("202");
    await blind.click();
    const first = await command("transfer");
    assert.deepEqual([first["conversation"], first["number"]], ["0193-a", "202"]);
    assert.ok(hub.heard.some((m) => m["type"] === "note" && m["text"] === "wants a quote"), "the note goes first");
    hub.result(first["id"] as string, { state: "failed", phase: null, why: "refused", cause: null, conversation: "0193-a" });
    await card().getByText("That did not work: The telephone system refused the call.").waitFor();
    await shot("handover");
    await to.fill("+44 20 7946 0018");
    await blind.click();
    const abroad = await command("transfer", 1);
    hub.result(abroad["id"] as string, { state: "confirm", phase: null, why: "needs-confirmation", cause: null, conversation: "0193-a" });
    await card().getByText("Press once more to go on").waitFor();
    await blind.click();
    assert.deepEqual([(await command("transfer", 2))["id"], (await command("transfer", 2))["confirmed"]], [abroad["id"], true]);
    hub.result(abroad["id"] as string, { state: "done", phase: null, why: null, cause: null, conversation: "0193-a" });
  });

  it("after the colleague has been asked: put through, or back to the caller", async () => {
    await talking({ transfer: true, consult: true });
    for (const [end, words] of [["back", "Back to the caller"], ["complete", "Put the caller through"]] as const) {
      const n = end === "back" ? 0 : 1;
      if (n === 0) await card().getByRole("button", { name: "Transfer", exact: true }).click();
      await card().getByLabel("To whom: extension or number").fill("202");
      await card().getByRole("button", { name: "Ask first" }).click();
      const ask = await command("consult_transfer", n);
      hub.result(ask["id"] as string, { state: "done", phase: null, why: null, cause: null, conversation: "0193-a" });
      await card().getByText("You are asking 馬場 直樹 (202); the caller waits.").waitFor();
      await card().getByRole("button", { name: words }).click();
      const done = await command(end);
      hub.result(done["id"] as string, { state: "done", phase: null, why: null, cause: null, conversation: "0193-a" });
      await card().getByText("You are asking").waitFor({ state: "hidden" });
    }
  });

  it("what cannot be done is grey, says why, and sends nothing", async () => {
    await talking({}, ["hold"]);
    const hold = card().getByRole("button", { name: "Hold" });
    const transfer = card().getByRole("button", { name: "Transfer", exact: true });
    assert.match(await hold.getAttribute("title") ?? "", /setting of the telephone system/);
    assert.match(await transfer.getAttribute("title") ?? "", /can't be told to from here/);
    for (const b of [hold, transfer]) {
      assert.equal(await b.getAttribute("aria-disabled"), "true");
      await b.click({ force: true });
    }
    assert.equal(await card().getByLabel("To whom: extension or number").isVisible(), false);
    assert.deepEqual(hub.heard.filter((m) => m["type"] === "command"), []);
    await card().getByRole("button", { name: "Hang up" }).click();
    await command("hangup");
  });
});

describe("a call", () => {
  it("is pinned; waiting ones stack below; ended stays for the note", async () => {
    hub.answers["/settings"] = () => settings;
    await open();
    hub.change(fresh(say.connected(), 70));
    hub.pop("0193-a");
    await card().getByText("Connected").waitFor();
    assert.match(await card().locator(".timer").innerText(), /^1:0\d$/);
    ring({ id: "b", contacts: say.none });
    await card("b").waitFor();
    assert.deepEqual(await page.locator(".card").evaluateAll((e) => e.map((x) => x.getAttribute("data-conversation"))), ["0193-a", "b"]);
    await shot("connected");
    hub.change(fresh(say.held(), 70));
    await card().getByText("On hold").waitFor();
    await shot("held");
    await page.keyboard.press("n");
    await page.keyboard.type("折り返し希望");
    await page.keyboard.press("Escape");
    await hub.until(() => hub.heard.some((m) => m["type"] === "focus" && m["dirty"] === true));
    /* Saved without a press of a button, under an id of its own. */
    const written = (): Wire | undefined => hub.heard.find((m) => m["type"] === "note" && m["text"] === "折り返し希望");
    await hub.until(() => written() !== undefined);
    const kept = { at: say.at(66), user: "青木 さくら", text: "折り返し希望", id: written()!["id"] };
    hub.change(fresh(say.held({ version: 7, notes: [kept] }), 70));
    await card().getByText("Saved", { exact: true }).waitFor();
    hub.withdraw("0193-a", "left");
    hub.change(fresh(say.ended({ notes: [kept] }), 95));
    await card().getByText("Talked 1:28").waitFor();
    assert.equal(await card().locator("textarea").inputValue(), "折り返し希望");
    await shot("ended");
    /* After the call by HTTP: the same note, changed. */
    const late: Wire[] = [];
    hub.answers["/notes"] = (_q, body) => { late.push(body!); return { saved: true }; };
    await card().locator(".disposition").selectOption("call-back");
    await card().getByText("Saved", { exact: true }).waitFor();
    assert.deepEqual(late, [{ conversation: "0193-a", id: kept.id, text: "折り返し希望", disposition: "call-back" }]);
    await accessible("ended card");
    await card().getByRole("button", { name: "Dismiss" }).click();
    await card().waitFor({ state: "detached" });
  });

  it("keeps an unsaved note over a reload", async () => {
    await open();
    hub.change(fresh(say.connected(), 10));
    hub.pop("0193-a");
    await card().locator("textarea").fill("half a thought");
    await page.reload();
    await card().waitFor();
    assert.equal(await card().locator("textarea").inputValue(), "half a thought");
  });

  it("transferred here shows the first agent and the note", async () => {
    await open();
    ring({ contacts: say.one, transfers: [{ at: say.at(1), kind: "blind", from: "202", to: "201", note: "見積もりの件" }] });
    await card().getByText("from 202: 見積もりの件").waitFor();
  });

  it("missed stays with its cause until dismissed", async () => {
    await open();
    ring({ contacts: say.one });
    await card().waitFor();
    hub.withdraw("0193-a", "stopped-ringing");
    hub.change(fresh(say.missed()));
    await card().getByText("Missed call").waitFor();
    await card().getByRole("button", { name: "Call back" }).click();
    await hub.until(() => hub.heard.some((m) => m["verb"] === "dial" && m["number"] === "+81312345678"));
  });
});

describe("dial", () => {
  const dialled = async (): Promise<string> => {
    await hub.until(() => hub.heard.some((m) => m["verb"] === "dial"), "dial");
    return String(hub.heard.find((m) => m["verb"] === "dial")!["id"]);
  };

  it("takes anything pasted, shows how it is understood, then each phase", async () => {
    await open();
    await page.keyboard.press("d");
    await page.keyboard.insertText("＋８１ (0)３−１２３４ー５６７８");
    await page.getByText("Calls 03-1234-5678").waitFor();
    await page.keyboard.press("Enter");
    const id = await dialled();
    hub.result(id, { state: "progress", phase: "agent-ringing" });
    await page.locator(".dial-line", { hasText: "Your phone rings" }).waitFor();
    hub.result(id, { state: "progress", phase: "customer-ringing" });
    await page.locator(".dial-line", { hasText: "Ringing them" }).waitFor();
    await shot("dial-progress");
    await accessible("dial");
    hub.result(id, { state: "failed", why: "customer-busy",
      cause: { sip: 486, q850: 17, text: { en: "Busy here", ja: "話し中" } } });
    await page.getByText("They are on another call").waitFor();
    await page.getByText("Busy here (SIP 486)").waitFor();
    await shot("dial-failed");
    await page.getByRole("button", { name: "Dismiss" }).click();
    await page.getByText("No calls", { exact: true }).waitFor();
  });

  it("refuses what is no number, keeps the text", async () => {
    await open();
    await page.fill("#dial", "order 4711-A");
    await page.getByText("doesn't look like").waitFor();
    await page.keyboard.press("Enter");
    assert.equal(await page.inputValue("#dial"), "order 4711-A");
    assert.equal(hub.heard.filter((m) => m["type"] === "command").length, 0);
  });

  it("asks before some numbers, and can be cancelled at any time", async () => {
    await open();
    await page.fill("#dial", "0990-123-456");
    await page.keyboard.press("Enter");
    const id = await dialled();
    hub.result(id, { state: "confirm", why: "needs-confirmation" });
    await page.getByText("Really call 0990-123-456?").waitFor();
    await shot("dial-confirm");
    await page.locator(".dial-card").getByRole("button", { name: "Call", exact: true }).click();
    await hub.until(() => hub.heard.some((m) => m["id"] === id && m["confirmed"] === true));
    hub.result(id, { state: "progress", phase: "agent-ringing" });
    await page.getByRole("button", { name: "Cancel" }).click();
    await hub.until(() => hub.heard.some((m) => m["verb"] === "cancel" && m["command"] === id));
    hub.result(id, { state: "failed", why: "cancelled" });
    await page.getByText("Cancelled.").waitFor();
  });

  it("its own call has no second card until it is through", async () => {
    await open();
    await page.fill("#dial", "0312345678");
    await page.keyboard.press("Enter");
    const id = await dialled();
    const mine = (more: Wire): Wire => fresh(say.conversation({
      direction: "outbound", click_to_dial: true, initiator: "201", contacts: say.one,
      legs: [say.leg({ role: "caller", ...more })], ...(more["c"] as Wire | undefined),
    }));
    hub.change(mine({ state: "alerting" }));
    hub.result(id, { state: "progress", phase: "agent-ringing", conversation: "0193-a" });
    await page.locator(".dial-line", { hasText: "Your phone rings" }).waitFor();
    assert.equal(await card().count(), 0);
    hub.change(mine({ state: "connected", talked: [[say.at(3), null]], c: { version: 3, state: "connected", answered_at: say.at(3) } }));
    hub.result(id, { state: "done", conversation: "0193-a" });
    await card().getByText("Connected").waitFor();
    assert.equal(await page.locator(".dial-card").count(), 0);
  });
});

describe("hostile text", () => {
  it("runs nowhere: names, companies, notes, reasons, links", async () => {
    await open();
    for (const [i, name] of HOSTILE.entries()) {
      const match = { id: `m${i}`, name, company: name, url: "javascript:globalThis.hit=1", label: name, reason: name };
      ring({ id: `h${i}`, dialled: name, queue: name, external: say.external({ name, display: name }),
        contacts: { status: i % 2 ? "one" : "many", reason: name, matches: [match, { ...match, id: `n${i}` }] },
        notes: [{ at: say.at(0), user: name, text: name }] });
    }
    await card(`h${HOSTILE.length - 1}`).waitFor();
    hub.calls = () => ({ calls: HOSTILE.map((name, i) => fresh(say.ended({
      id: `e${i}`, external: say.external({ name, display: name }), dialled: name,
      cause: { sip: 200, q850: 16, text: { en: name, ja: name } },
      notes: [{ at: say.at(0), user: name, text: name }], contacts: say.none,
    }))), next: null });
    await page.goto(`${hub.base}/#/calls?line=%3Cscript%3EglobalThis.hit=1%3C/script%3E`);
    await page.locator(".row-button").nth(HOSTILE.length - 1).waitFor();
    for (const b of await page.locator(".row-button").all()) await b.click();
    assert.equal(await page.evaluate(() => (globalThis as { hit?: number }).hit), undefined);
    assert.equal(await page.locator(".card a[href^='javascript']").count(), 0);
    assert.equal(await page.locator("#app script, #app iframe, #app style").count(), 0);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "no sideways scrolling");
  });
});

describe("call log", () => {
  const page1 = (): Wire[] => [
    fresh(say.ended({ id: "e1" }), 300),
    fresh(say.missed({ id: "e2", contacts: say.none }), 900),
    fresh(say.ended({ id: "e3", direction: "outbound", dialled: "0612345678", outcome: "busy", answered_at: null,
      external: say.external({ display: "06-1234-5678", number: "0612345678" }), contacts: say.none,
      legs: [say.leg({ role: "caller", state: "ended" })] }), 4000),
  ];

  it("filters stand in the address bar, pages follow the key", async () => {
    hub.calls = (q) => (q.get("after") ? { calls: [fresh(say.ended({ id: "e9" }), 90000)], next: null }
      : { calls: page1(), next: "key-1" });
    await open("/#/calls");
    await page.getByRole("button", { name: "Show more" }).waitFor();
    await page.getByLabel("Outcome").selectOption("missed");
    await page.waitForURL(/outcome=missed/);
    await hub.until(() => hub.requests.some((r) => r.includes("outcome=missed")));
    await page.getByLabel("Number", { exact: true }).first().waitFor();
    await page.reload();
    await page.getByRole("button", { name: "Show more" }).click();
    await hub.until(() => hub.requests.some((r) => r.includes("after=key-1") && r.includes("outcome=missed")));
    await page.locator(".row-button").nth(3).waitFor();
    assert.equal(await page.getByLabel("Outcome").inputValue(), "missed");
    await page.locator(".row-button").first().click();
    await page.getByText("How the call went").waitFor();
    await shot("calls");
    await accessible("call log");
  });

  it("saves a CSV with the same filters", async () => {
    hub.calls = () => ({ calls: page1(), next: null });
    await open("/#/calls?outcome=missed");
    await page.locator(".csv summary").click();
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByText("Shift_JIS").click()]);
    assert.match(download.url(), /calls\.csv\?outcome=missed&excel=1&encoding=shift_jis/);
  });

  it("empty says what would appear", async () => {
    await open("/#/calls?outcome=blocked");
    await page.getByText("No calls with these filters").waitFor();
    await shot("calls-empty");
  });

  it("`/` goes to the search field", async () => {
    await open();
    await page.keyboard.press("/");
    assert.equal(await page.evaluate(() => (document.activeElement as HTMLInputElement).type), "search");
  });
});

describe("trouble", () => {
  it("a lost connection is said, and mended without a reload", async () => {
    await open();
    const base = hub.base, port = hub.port;
    await hub.stop();
    await page.getByText("No connection to the server").waitFor();
    await shot("offline");
    hub = await FakeHub.start("127.17.0.1", port);
    assert.equal(hub.base, base);
    hub.dist = join(root, "dist");
    await page.getByText("Connected", { exact: true }).first().waitFor();
  });

  it("a telephone system that is down is named", async () => {
    await open();
    hub.publish({ type: "health", health: say.health({ pbxs: [{ name: "main", up: false, detail: "no answer" }] }) });
    await page.getByText("The telephone system “main” does not answer").waitFor();
  });
});

describe("looks", () => {
  for (const lang of ["en", "ja"] as const)
    for (const theme of ["light", "dark"] as const)
      for (const width of [320, 360, 1280])
        it(`${lang}, ${theme}, ${width} px: everything fits and can be read`, async () => {
          hub.calls = () => ({ calls: [fresh(say.ended({ id: "e1" }), 300), fresh(say.missed({ id: "e2", contacts: say.none }), 900)], next: "k" });
          await page.setViewportSize({ width, height: 800 });
          await page.goto(hub.base);
          await page.evaluate(([l, t]) => {
            localStorage.setItem("ringbridge.lang", l);
            localStorage.setItem("ringbridge.theme", t);
          }, [lang, theme] as const);
          await page.reload();
          await page.fill("#name", "aoki");
          await page.fill("#password", "secret");
          await shot(`look-${lang}-${theme}-${width}-login`);
          await accessible("log-in");
          await page.click("button[type=submit]");
          await page.locator(".recent-list li").first().waitFor();
          await shot(`look-${lang}-${theme}-${width}-idle`);
          hub.change(fresh(say.connected({ contacts: say.one }), 70));
          ring({ id: "b", contacts: say.many });
          await card("b").waitFor();
          await shot(`look-${lang}-${theme}-${width}-calls-now`);
          await accessible("panel");
          const fits = (): Promise<boolean> => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);
          assert.ok(await fits(), "panel");
          await page.evaluate(() => (location.hash = "#/calls"));
          await page.locator(".row-button").first().click();
          await shot(`look-${lang}-${theme}-${width}-log`);
          await accessible("call log");
          assert.ok(await fits(), "call log");
          await page.evaluate(() => localStorage.clear());
        });
});

describe("embed", () => {
  it("one script tag makes a dock that opens when it rings", async () => {
    hub.pages["/host.html"] = '<!doctype html><html lang="en"><title>CRM</title><h1>Customer</h1><script src="/embed.js" defer></script></html>';
    await page.goto(`${hub.base}/host.html`);
    const dock = page.frameLocator("iframe");
    await dock.locator("#name").fill("aoki");
    await dock.locator("#password").fill("secret");
    await dock.locator("button[type=submit]").click();
    await dock.getByText("Connected", { exact: true }).first().waitFor();
    await page.getByRole("button", { name: "Hide calls" }).click();
    assert.equal(await page.locator("iframe").isVisible(), false);
    ring({ contacts: say.one });
    await page.locator("iframe").waitFor({ state: "visible" });
    await dock.getByText("山田 太郎").first().waitFor();
    await shot("embed");
  });
});
