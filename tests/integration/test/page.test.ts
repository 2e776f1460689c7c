/*
 * page.test.ts -- the real page in a real Chromium, on a real Asterisk: what agents
 * see while calls come, are handed on and end, and what they do not see.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, afterEach, before, describe, test } from "node:test";
import { YAMADA } from "../support/basic.js";
import { openBrowser, Panel } from "../support/browser.js";
import { parseCsv } from "../support/csv.js";
import { AGENTS, LINES, Office } from "../support/office.js";
import { block } from "../support/place.js";
import type { Call } from "../support/sip/call.js";
import { until } from "../support/wait.js";

let office: Office;
let log: Panel;
const panels = new Map<string, Panel>();

const at = (line: string): Panel => {
  const p = panels.get(line);
  if (!p) throw new Error(`no page at ${line}`);
  return p;
};

/* Lines whose pages show a card now. */
async function shown(): Promise<string[]> {
  const counts = await Promise.all(LINES.map((l) => at(l).cards()));
  return LINES.filter((_, i) => (counts[i] ?? 0) > 0);
}

const only = (...lines: string[]): Promise<unknown> =>
  until(`cards at ${lines.join(", ") || "nobody"} alone`, async () => (await shown()).join() === lines.join());

/* A call from outside to 201, answered there. */
async function talkingAt201(): Promise<{ outside: Call; phone: Call }> {
  const outside = await office.trunk.call("0355501234", YAMADA);
  const phone = await office.phone("201").incoming();
  phone.answer();
  await at("201").cardShows("山田 太郎", "Connected");
  return { outside, phone };
}

describe("the page", () => {
  before(async () => {
    office = await Office.open({ net: block(32), pbx: "asterisk", sources: ["sip", "ami"] });
    const browser = await openBrowser(office.cleanup);
    for (const [i, name] of AGENTS.entries()) panels.set(LINES[i] ?? "", await Panel.open(browser, office.daemon, name));
    log = await Panel.open(browser, office.daemon, "kanri");
  });
  after(() => office?.close());
  afterEach(async () => {
    await office.silence();
    await only();
    await Promise.all(LINES.map((l) => at(l).dismissAll()));
  });

  test("a ring shows the contact; answered, held, hung up; nobody else sees it", async () => {
    const outside = await office.trunk.call("0355501234", YAMADA);
    const phone = await office.phone("201").incoming();
    const card = await at("201").cardShows("山田 太郎", "Incoming call");
    assert.match(await card.innerText(), /山田商店/);
    assert.match(await card.innerText(), /03-1234-5678/);
    await until("the record can be opened", async () =>
      (await card.getByRole("link", { name: "Open record" }).getAttribute("href")) === "https://crm.example/contact/c-17");
    await only("201");
    phone.answer();
    await at("201").cardShows("山田 太郎", "Connected");
    await phone.hold();
    await at("201").cardShows("山田 太郎", "On hold");
    await phone.resume();
    await at("201").cardShows("山田 太郎", "Connected");
    await outside.bye();
    await only();
    await at("201").shows(/Talked/);
  });

  test("missed, with an unknown caller; two contacts are a choice", async () => {
    const first = await office.trunk.call("0355501234", { number: "0399990000" });
    await at("201").cardShows("03-9999-0000", "Unknown caller");
    first.cancel();
    await at("201").shows("Missed call");
    const second = await office.trunk.call("0355501234", { number: "0661234567" });
    const card = await at("201").cardShows("2 possible contacts");
    await card.getByText("鈴木 健").waitFor();
    second.cancel();
    await only();
  });

  test("a withheld caller has no number anywhere on the page", async () => {
    const outside = await office.trunk.call("0355501234", { number: "0398765432", name: "Himitsu", withheld: true });
    await at("201").cardShows("Number withheld");
    const html = await at("201").page.content();
    assert.doesNotMatch(html, /398765432|9876-5432|Himitsu/);
    outside.cancel();
    await only();
  });

  test("a number is typed and dialled: my phone, then theirs, both hear each other", async () => {
    const panel = at("202");
    await panel.dial("０３-1234-5678");
    const agent = await office.phone("202").incoming();
    await panel.shows("Your phone rings");
    agent.answer();
    const customer = await office.trunk.incoming();
    customer.answer();
    await until("the agent hears the customer", () => agent.media.hears("trunk"));
    await until("the customer hears the agent", () => customer.media.hears("202"));
    await panel.cardShows("山田 太郎", "Connected");
    await customer.bye();
    await only();
  });

  test("a busy number says so in words", async () => {
    office.trunk.manner = "busy";
    await at("202").dial("0312345678");
    (await office.phone("202").incoming()).answer();
    await at("202").shows("They are on another call. Try again later.");
    await at("202").dismissAll();
  });

  test("a ring group: three cards, one stays", async () => {
    const outside = await office.trunk.call("0355501235", YAMADA);
    const b = await office.phone("202").incoming();
    await only("201", "202", "203");
    b.answer();
    await at("202").cardShows("山田 太郎", "Connected");
    await only("202");
    await outside.bye();
  });

  test("a blind transfer: the next agent reads the customer's name and the note before answering", async () => {
    const { outside, phone } = await talkingAt201();
    const card = await at("201").cardShows("山田 太郎");
    await card.getByLabel("Note on this call").fill("請求書の件 <b>急ぎ</b>");
    await card.getByRole("button", { name: "Save note" }).click();
    await card.getByText("Saved").waitFor();
    await phone.transfer("202", office.pbx);
    const next = await office.phone("202").incoming();
    await at("202").cardShows("山田 太郎", "Incoming call", "請求書の件 <b>急ぎ</b>");
    await only("202");
    next.answer();
    await at("202").cardShows("山田 太郎", "Connected");
    await outside.bye();
  });

  test("an attended transfer: the consulted agent's card becomes the customer's", async () => {
    const { outside, phone } = await talkingAt201();
    await phone.hold();
    await at("201").cardShows("山田 太郎", "On hold");
    const consultation = await office.phone("201").call("203");
    const asked = await office.phone("203").incoming();
    await at("203").cardShows("Line 201");
    asked.answer();
    await consultation.is("up");
    await phone.join(consultation);
    await at("203").cardShows("山田 太郎", "Connected");
    await only("203");
    await outside.bye();
  });

  test("a pick-up: the card goes to the one who took it", async () => {
    const outside = await office.trunk.call("0355501234", YAMADA);
    await office.phone("201").incoming();
    await only("201");
    await (await office.phone("202").call("**201")).is("up");
    await at("202").cardShows("山田 太郎", "Connected");
    await only("202");
    await outside.bye();
  });

  test("call waiting: the second card is below the first", async () => {
    const { outside } = await talkingAt201();
    const second = await office.trunk.call("0355501234", { number: "09012345678" });
    await at("201").cardShows("佐藤 一郎", "Incoming call");
    const order = await at("201").page.locator("article.card:not([data-kind=over]) h3").allInnerTexts();
    assert.deepEqual(order, ["山田 太郎", "佐藤 一郎"]);
    await only("201");
    second.cancel();
    await until("one card", async () => (await at("201").cards()) === 1);
    await outside.bye();
  });

  test("parked at one desk, fetched at another", async () => {
    const { outside, phone } = await talkingAt201();
    await phone.transfer("900", office.pbx);
    await only();
    await (await office.phone("203").call("901")).is("up");
    await at("203").cardShows("山田 太郎", "Connected");
    await only("203");
    await outside.bye();
  });

  test("a queue: only the agent who rings has a card", async () => {
    const outside = await office.trunk.call("0355501237", YAMADA);
    await office.phone("204").incoming();
    await at("204").cardShows("山田 太郎", "sales");
    await only("204");
    const second = await office.phone("205").incoming(12_000);
    await at("205").cardShows("山田 太郎", "sales");
    await only("205");
    second.answer();
    await at("205").cardShows("山田 太郎", "Connected");
    await outside.bye();
  });

  test("the call log lists them, and its CSV button gives the same", async () => {
    await log.page.goto(`${office.daemon.base}/#/calls`);
    await log.page.getByText("山田 太郎").first().waitFor();
    await log.page.getByText("CSV", { exact: true }).click();
    const [download] = await Promise.all([
      log.page.waitForEvent("download"),
      log.page.getByRole("link", { name: "CSV (UTF-8)" }).click(),
    ]);
    const rows = parseCsv(readFileSync(await download.path(), "utf8"));
    const shownRows = await log.page.locator(".calls tbody tr[data-outcome]").count();
    assert.equal(rows.length, shownRows);
    assert.ok(rows.length >= 10);
    assert.doesNotMatch(JSON.stringify(rows), /398765432|Himitsu/);
  });

  test("the pages had no error in their console", () => {
    for (const [line, panel] of panels) assert.deepEqual(panel.errors, [], line);
    assert.deepEqual(log.errors, []);
  });
});
