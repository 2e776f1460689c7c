/*
 * control.test.ts -- calls that are handled from the screen, on a real Asterisk with
 * telephones that obey the events talk and hold: answer, hold, resume, hang up, blind
 * and attended transfer; and what is told when it cannot be done.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import type { CommandArgs, Conversation, Result, Verb } from "@ringbridge/sdk";
import { ringAt201, row } from "../support/basic.js";
import { openBrowser, Panel } from "../support/browser.js";
import { Office } from "../support/office.js";
import { block } from "../support/place.js";
import type { Call } from "../support/sip/call.js";
import { until } from "../support/wait.js";
import type { Watcher } from "../support/watcher.js";

const YAMADA = { number: "0312345678" };
let office: Office;

async function ask(w: Watcher, verb: Verb, args: CommandArgs): Promise<Result> {
  let result: Result | null = null;
  void w.client.command(verb, args).result.then((r) => (result = r));
  return until(`the outcome of ${verb}`, () => result, 15_000);
}

async function does(w: Watcher, verb: Verb, c: Conversation, number?: string): Promise<void> {
  const r = await ask(w, verb, { conversation: c.id, ...(number ? { number } : {}) });
  assert.equal(r.state, "done", `${verb}: ${JSON.stringify(r)}`);
}

/* A call from outside that 201 has taken. */
async function talking(): Promise<{ outside: Call; phone: Call; aoki: Watcher; c: Conversation }> {
  const { outside, phone, watcher: aoki, is } = await ringAt201(office, YAMADA);
  phone.answer();
  const c = await aoki.sees("the talk", (x) => is(x) && x.state === "connected");
  return { outside, phone, aoki, c };
}

describe("calls handled from the screen", () => {
  before(async () => {
    office = await Office.open({
      net: block(36), pbx: "asterisk", sources: ["sip", "ami"], set: { ami_phone_keys: "yes", ami_atxfer: "yes" },
      more: "[pop]\nanswer_lines = 204\n",
    });
  });
  after(() => office?.close());
  afterEach(() => office.silence());

  test("what can be done is told at the beginning", async () => {
    const aoki = await office.daemon.login("aoki");
    const client = aoki.client();
    const welcome = new Promise((done) => client.on("welcome", done));
    client.connect();
    const w = (await welcome) as { capabilities: object; settable: string[] };
    client.close();
    assert.deepEqual(w.capabilities, { dial: true, answer: true, hangup: true, hold: true, transfer: true, consult: true });
    assert.deepEqual(w.settable, []);
  });

  test("answer, hold, resume and hang up are pressed here and happen there", async () => {
    const { outside, phone, watcher: aoki, is } = await ringAt201(office, YAMADA);
    const c = await aoki.sees("a ring", (x) => is(x) && x.state === "alerting");
    await does(aoki, "answer", c);
    assert.equal(phone.state, "up");
    await until("the customer hears the agent", () => outside.media.hears("201"));
    await does(aoki, "hold", c);
    await aoki.sees("hold", (x) => x.id === c.id && x.state === "held");
    await does(aoki, "resume", c);
    await aoki.sees("talk again", (x) => x.id === c.id && x.state === "connected");
    await does(aoki, "hangup", c);
    await outside.is("ended");
    const r = await row(office, c.id);
    assert.equal(r.outcome, "answered");
    assert.equal(r.legs.find((l) => l.line === "201")?.held.length, 1);
  });

  test("a blind transfer rings at the colleague, with the customer's name", async () => {
    const { outside, aoki, c } = await talking();
    const baba = await office.watcher("baba");
    await does(aoki, "transfer", c, "202");
    const next = await office.phone("202").incoming();
    await baba.sees("the customer", (x) => x.id === c.id && x.contacts?.matches[0]?.name === "山田 太郎");
    next.answer();
    await until("the customer hears the colleague", () => outside.media.hears("202"));
    await outside.bye();
    const r = await row(office, c.id);
    assert.deepEqual(r.transfers.map((t) => [t.kind, t.from, t.to]), [["blind", "201", "202"]]);
  });

  test("an attended transfer: the colleague is asked first, then has the customer", async () => {
    const { outside, phone, aoki, c } = await talking();
    const baba = await office.watcher("baba");
    await does(aoki, "consult_transfer", c, "202");
    const asked = await office.phone("202").incoming();
    asked.answer();
    await until("the agents hear each other", () => phone.media.hears("202") && asked.media.hears("201"));
    assert.notEqual(outside.state, "ended");
    await does(aoki, "complete", c);
    await phone.is("ended");
    await until("the customer hears the colleague", () => outside.media.hears("202"));
    await baba.sees("the customer's call", (x) => x.id === c.id && x.legs.some((l) => l.line === "202" && l.state === "connected"));
    await outside.bye();
    const r = await row(office, c.id);
    assert.equal(r.transfers.length, 1, JSON.stringify(r));
    assert.deepEqual([r.transfers[0]?.kind, r.transfers[0]?.from, r.transfers[0]?.to], ["attended", "201", "202"]);
  });

  test("an attended transfer that the colleague does not want: back to the customer", async () => {
    const { outside, phone, aoki, c } = await talking();
    await does(aoki, "consult_transfer", c, "202");
    const asked = await office.phone("202").incoming();
    asked.answer();
    await until("the agents hear each other", () => phone.media.hears("202"));
    await does(aoki, "back", c);
    await asked.is("ended");
    await until("the agent hears the customer", () => phone.media.hears("trunk"));
    await aoki.sees("the talk again", (x) => x.id === c.id && x.state === "connected");
    await outside.bye();
    const r = await row(office, c.id);
    assert.deepEqual(r.transfers, []);
  });

  test("from the page: the colleague is asked, does not want it; the next one gets it at once, with the note", async () => {
    const panel = await Panel.open(await openBrowser(office.cleanup), office.daemon, "aoki");
    const press = (name: string): Promise<void> => panel.page.getByRole("button", { name, exact: true }).click();
    const { outside, phone, aoki, c } = await talking();
    const chiba = await office.watcher("chiba");
    await panel.cardShows("山田 太郎", "Connected");
    await panel.page.locator("article.card textarea").fill("wants a quote");
    await press("Transfer");
    await panel.page.getByLabel("To whom: extension or number").fill("202");
    await press("Ask first");
    const asked = await office.phone("202").incoming();
    asked.answer();
    await until("the agents hear each other", () => phone.media.hears("202") && asked.media.hears("201"));
    await panel.shows("the caller waits");
    await press("Back to the caller");
    await asked.is("ended");
    await until("the agent hears the customer", () => phone.media.hears("trunk"));
    await panel.page.getByLabel("To whom: extension or number").fill("203");
    await press("Put through");
    const next = await office.phone("203").incoming();
    await chiba.sees("the customer and the note", (x) => x.id === c.id && x.notes.some((n) => n.text === "wants a quote"));
    next.answer();
    await until("the customer hears the colleague", () => outside.media.hears("203"));
    await outside.bye();
    await aoki.sees("the end", (x) => x.id === c.id && x.state === "ended");
    assert.deepEqual((await row(office, c.id)).transfers.map((t) => [t.kind, t.from, t.to]), [["blind", "201", "203"]]);
    assert.deepEqual(panel.errors, []);
    await panel.page.context().close();
  });

  test("a line whose pops wait for the answer gets them then", async () => {
    const doi = await office.watcher("doi");
    const is = office.fresh();
    const out = await office.phone("201").call("204");
    const phone = await office.phone("204").incoming();
    const c = await doi.sees("the ring", (x) => is(x) && x.legs.some((l) => l.line === "204" && l.state === "alerting"));
    assert.equal(doi.popsOf(c.id).length, 0);
    phone.answer();
    await until("a pop at the answer", () => doi.open.some((p) => p.conversation === c.id && p.line === "204" && p.why === "answered"));
    await out.bye();
    await until("it is withdrawn", () => doi.withdrawn.some((p) => p.conversation === c.id));
    await doi.sees("the end", (x) => x.id === c.id && x.state === "ended");
    const r = await row(office, c.id);
    assert.ok(r.trace?.some((t) => t.what === "no-pop" && t.detail?.includes("waits-for-answer")), JSON.stringify(r.trace));
  });

  test("a phone that does not obey: the command fails in time, the call goes on", async () => {
    const { outside, phone, watcher: aoki, is } = await ringAt201(office, YAMADA);
    phone.obeys = false;
    const c = await aoki.sees("a ring", (x) => is(x) && x.state === "alerting");
    const r = await ask(aoki, "answer", { conversation: c.id });
    assert.equal(r.state, "failed");
    assert.equal(r.why, "timeout");
    assert.equal(phone.state, "ringing");
    outside.cancel();
  });

  test("nobody handles the call of another, and what is not going on cannot be held", async () => {
    const { outside, aoki, c } = await talking();
    const baba = await office.watcher("baba");
    for (const verb of ["hangup", "hold", "transfer", "consult_transfer"] as const) {
      const r = await ask(baba, verb, { conversation: c.id, ...(verb.includes("transfer") ? { number: "203" } : {}) });
      assert.notEqual(r.state, "done", verb);
    }
    const premium = await ask(aoki, "transfer", { conversation: c.id, number: "110" });
    assert.equal(premium.state, "refused");
    assert.equal(outside.state, "up");
    await outside.bye();
    await aoki.sees("the end", (x) => x.id === c.id && x.state === "ended");
    assert.notEqual((await ask(aoki, "hold", { conversation: c.id })).state, "done");
  });
});
