/*
 * features.test.ts -- what a PBX does with a call besides connecting two people, live
 * on a real Asterisk: who is shown what, and who is not.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import type { Conversation } from "@ringbridge/sdk";
import { row, YAMADA } from "../support/basic.js";
import { AGENTS, LINES, Office } from "../support/office.js";
import { block } from "../support/place.js";
import type { Call } from "../support/sip/call.js";
import { until } from "../support/wait.js";
import type { Watcher } from "../support/watcher.js";

let office: Office;
const agents = new Map<string, Watcher>();

const at = (line: string): Watcher => {
  const w = agents.get(line);
  if (!w) throw new Error(`nobody at ${line}`);
  return w;
};

/* Who has had a pop of this conversation, by line. */
const popped = (id: string): string[] => LINES.filter((l) => at(l).popsOf(id).length > 0);

const popOpen = (line: string, id: string): boolean => at(line).open.some((p) => p.conversation === id);

/* A call from outside to line 201, answered there. */
async function talkingAt201(): Promise<{ is: (c: Conversation) => boolean; outside: Call; phone: Call; id: string }> {
  const is = office.fresh();
  const outside = await office.trunk.call("0355501234", YAMADA);
  const phone = await office.phone("201").incoming();
  phone.answer();
  await outside.is("up");
  const c = await at("201").sees("talk", (x) => is(x) && x.state === "connected");
  return { is, outside, phone, id: c.id };
}

describe("features of a PBX", () => {
  before(async () => {
    office = await Office.open({ net: block(24), pbx: "asterisk", sources: ["sip", "ami"] });
    for (const [i, name] of AGENTS.entries()) agents.set(LINES[i] ?? "", await office.watcher(name));
  });
  after(() => office?.close());
  afterEach(() => office.silence());

  test("a ring group: all three see it, two pops close when one answers", async () => {
    const is = office.fresh();
    const outside = await office.trunk.call("0355501235", YAMADA);
    const [, b] = [await office.phone("201").incoming(), await office.phone("202").incoming(), await office.phone("203").incoming()];
    const c = await at("201").sees("the group's ring", (x) => is(x) && x.state === "alerting");
    await until("pops at all three", () => ["201", "202", "203"].every((l) => popOpen(l, c.id)));
    b.answer();
    await outside.is("up");
    await until("the losers' pops close", () => !popOpen("201", c.id) && !popOpen("203", c.id));
    await outside.bye();
    const r = await row(office, c.id);
    assert.deepEqual(popped(c.id), ["201", "202", "203"]);
    assert.equal(r.outcome, "answered");
    const results = Object.fromEntries(r.legs.map((l) => [l.line, l.result]));
    assert.deepEqual(results, { 201: "answered-elsewhere", 202: "answered", 203: "answered-elsewhere" });
  });

  test("a blind transfer with a note: the next agent sees the customer and the note before answering", async () => {
    const { outside, phone, id } = await talkingAt201();
    at("201").client.note(id, "note-1", "請求書の件 <b>急ぎ</b>");
    await at("201").sees("the note", (x) => x.id === id && x.notes.length === 1);
    await phone.transfer("202", office.pbx);
    const next = await office.phone("202").incoming();
    const c = await at("202").sees("the customer", (x) => x.id === id && x.external?.e164 === "+81312345678");
    await until("a pop at 202", () => popOpen("202", id));
    assert.equal(c.notes[0]?.text, "請求書の件 <b>急ぎ</b>");
    assert.equal(c.answered_at !== null, true);
    assert.notEqual(c.legs.find((l) => l.line === "202")?.state, "connected");
    next.answer();
    await at("202").sees("talk", (x) => x.id === id && x.legs.some((l) => l.line === "202" && l.state === "connected"));
    await outside.bye();
    const r = await row(office, id);
    assert.deepEqual(r.transfers.map((t) => [t.kind, t.from, t.to]), [["blind", "201", "202"]]);
    assert.deepEqual(popped(id), ["201", "202"]);
  });

  test("an attended transfer: one conversation, and the consulted agent gets the customer", async () => {
    const { outside, phone, id } = await talkingAt201();
    await phone.hold();
    await at("201").sees("hold", (x) => x.id === id && x.state === "held");
    const consultation = await office.phone("201").call("203");
    const asked = await office.phone("203").incoming();
    await at("203").sees("a colleague calls", (x) => x.legs.some((l) => l.line === "203" && l.state === "alerting"));
    asked.answer();
    await consultation.is("up");
    await phone.join(consultation);
    await at("203").sees("the customer", (x) => x.id === id && x.external?.e164 === "+81312345678" &&
      x.legs.some((l) => l.line === "203" && l.state === "connected"));
    await outside.bye();
    const r = await row(office, id);
    assert.deepEqual(r.transfers.map((t) => [t.kind, t.from, t.to]), [["attended", "201", "203"]]);
    assert.ok(at("203").popsOf(id).length > 0, "203 is shown the customer");
    for (const l of ["202", "204", "205", "206"]) assert.equal(at(l).popsOf(id).length, 0, `no pop at ${l}`);
  });

  test("a pick-up: the pop goes from the phone that rang to the one that took it", async () => {
    const is = office.fresh();
    const outside = await office.trunk.call("0355501234", YAMADA);
    await office.phone("201").incoming();
    const c = await at("201").sees("a ring", (x) => is(x) && x.state === "alerting");
    const picker = await office.phone("202").call("**201");
    await picker.is("up");
    await at("202").sees("talk", (x) => x.id === c.id && x.legs.some((l) => l.line === "202" && l.state === "connected"));
    await until("a pop at 202", () => popOpen("202", c.id));
    await until("201's pop closes", () => !popOpen("201", c.id));
    await outside.bye();
    const r = await row(office, c.id);
    assert.equal(r.legs.find((l) => l.line === "201")?.result, "answered-elsewhere");
    assert.deepEqual(r.transfers.map((t) => [t.kind, t.from, t.to]), [["pickup", "201", "202"]]);
    assert.deepEqual(popped(c.id), ["201", "202"]);
  });

  test("call waiting: a second call rings while the first goes on", async () => {
    const { outside, id } = await talkingAt201();
    const is = office.fresh();
    const second = await office.trunk.call("0355501234", { number: "09012345678" });
    const ringing = await office.phone("201").incoming();
    const c = await at("201").sees("a second ring", (x) => is(x) && x.id !== id && x.state === "alerting");
    assert.equal(c.external?.e164, "+819012345678");
    await until("a second pop", () => popOpen("201", c.id));
    assert.equal(at("201").conversations.get(id)?.state, "connected");
    second.cancel();
    await ringing.is("ended");
    const missed = await row(office, c.id);
    assert.equal(missed.outcome, "missed");
    assert.equal(at("201").conversations.get(id)?.state, "connected");
    await outside.bye();
    assert.equal((await row(office, id)).outcome, "answered");
  });

  test("parked at one desk, fetched at another", async () => {
    const { outside, phone, id } = await talkingAt201();
    await phone.transfer("900", office.pbx);
    await phone.is("ended");
    await at("201").sees("nobody at 201", (x) => x.id === id && x.legs.every((l) => l.line !== "201" || l.state === "ended"));
    const fetcher = await office.phone("203").call("901");
    await fetcher.is("up");
    const c = await at("203").sees("the customer", (x) => x.id === id && x.legs.some((l) => l.line === "203" && l.state === "connected"));
    assert.equal(c.external?.e164, "+81312345678");
    await until("203 hears the customer", () => fetcher.media.hears("trunk"));
    await outside.bye();
    const r = await row(office, id);
    assert.deepEqual(r.transfers.map((t) => [t.kind, t.from, t.to]), [["park", "201", null], ["retrieve", null, "203"]]);
    assert.deepEqual(popped(id), ["201", "203"]);
  });

  test("a queue with two agents: only the one who rings is shown the caller", async () => {
    const is = office.fresh();
    const outside = await office.trunk.call("0355501237", YAMADA);
    await office.phone("204").incoming();
    const c = await at("204").sees("a ring", (x) => is(x) && x.state === "alerting");
    await until("a pop at 204", () => popOpen("204", c.id));
    assert.equal(at("205").popsOf(c.id).length, 0);
    const second = await office.phone("205").incoming(12_000);
    await until("the pop goes to 205", () => popOpen("205", c.id) && !popOpen("204", c.id));
    second.answer();
    await at("205").sees("talk", (x) => x.id === c.id && x.state === "connected");
    await outside.bye();
    const r = await row(office, c.id);
    assert.equal(r.outcome, "answered");
    assert.equal(r.queue, "sales");
    assert.deepEqual(popped(c.id), ["204", "205"]);
  });

  test("a caller who gives up in the queue has abandoned it", async () => {
    const is = office.fresh();
    const outside = await office.trunk.call("0355501236", { number: "0344447777" });
    await Promise.all([office.phone("204").incoming(), office.phone("205").incoming()]);
    const c = await at("204").sees("a ring", (x) => is(x) && x.state === "alerting");
    await until("pops at both", () => popOpen("204", c.id) && popOpen("205", c.id));
    await outside.bye();
    const r = await row(office, c.id);
    assert.equal(r.outcome, "abandoned");
    await until("both pops close", () => !popOpen("204", c.id) && !popOpen("205", c.id));
  });
});
