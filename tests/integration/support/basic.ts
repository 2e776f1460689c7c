/*
 * basic.ts -- the calls that every PBX must be followed through, whatever it tells.
 * What a source cannot see is expected to be unknown, never invented.
 */
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import type { Conversation, Moment } from "@ringbridge/sdk";
import type { Office } from "./office.js";
import type { Caller } from "./sip/phone.js";
import type { Call } from "./sip/call.js";
import { until } from "./wait.js";
import type { Watcher } from "./watcher.js";

/* What a source can see. */
export interface Knows {
  hold: boolean; /* who pressed it on a call from outside */
  dialled: boolean;
  outward: boolean; /* the number that a phone dials, and the answer */
  why: boolean; /* why a ring stopped, or never began: given up, declined, busy */
}

export const YAMADA: Caller = { number: "0312345678" };

/* When something was done, and when everybody had seen it. */
export interface Window {
  from: number;
  to: number;
}

export async function during(play: () => unknown): Promise<Window> {
  const from = Date.now();
  await play();
  return { from, to: Date.now() };
}

/* A moment of the log lies between the deed and its being seen: that is as strict as
 * the machine is fast. The clocks are one, but for its grain. */
export function within(moment: Moment | null | undefined, w: Window, what: string): void {
  const grain_ms = 20;
  assert.ok(moment && moment !== "unknown", `${what}: the time is ${String(moment)}`);
  const at = Date.parse(moment);
  assert.ok(at >= w.from - grain_ms && at <= w.to + grain_ms,
    `${what}: ${moment} is not between ${new Date(w.from).toISOString()} and ${new Date(w.to).toISOString()}`);
}

/* Nobody rings or talks any more. Whether the call goes on elsewhere is decided later. */
export const quiet = (c: Conversation): boolean => c.legs.every((l) => l.state === "ended");

/* People talk for a while. A call that is over in the moment of its answer is another
 * story: the answer crossed the caller's giving up. */
export async function talk(): Promise<void> {
  await new Promise((done) => setTimeout(done, 500));
}

export interface Ringing {
  began: number; /* ms since the epoch */
  outside: Call;
  phone: Call;
  watcher: Watcher;
  is: (c: Conversation) => boolean;
}

/* A call from the trunk that rings at line 201. */
export async function ringAt201(office: Office, caller: Caller): Promise<Ringing> {
  const watcher = await office.watcher("aoki");
  const is = office.fresh();
  const began = Date.now();
  const outside = await office.trunk.call("0355501234", caller);
  const phone = await office.phone("201").incoming();
  return { began, outside, phone, watcher, is };
}

/* The row as the call log has it, when all is decided. */
export async function row(office: Office, id: string): Promise<Conversation> {
  const admin = await office.watcher("kanri");
  return until(`a row of ${id} in the log`, async () => {
    const c = await admin.session.rest.call(id);
    return c.state === "ended" ? c : null;
  });
}

export function inbound(getOffice: () => Office, knows: Knows): void {
  describe("calls from outside", () => {
    afterEach(() => getOffice().silence());

    test("rings with the contact's name, is answered, held and hung up", async () => {
      const office = getOffice();
      const { began, outside, phone, watcher, is } = await ringAt201(office, YAMADA);
      const ringing = await watcher.sees("a ring", (c) => is(c) && c.state === "alerting");
      const start = { from: began, to: Date.now() };
      const mine = (c: Conversation): boolean => c.id === ringing.id;
      assert.equal(ringing.direction, "inbound");
      assert.equal(ringing.external?.e164, "+81312345678");
      await until("a pop", () => watcher.open.some((p) => p.conversation === ringing.id && p.line === "201" && p.here));
      await watcher.sees("the contact", (c) => mine(c) && c.contacts?.matches[0]?.name === "山田 太郎");
      const answer = await during(async () => {
        phone.answer();
        await watcher.sees("the answer", (c) => mine(c) && c.state === "connected");
      });
      const hold = knows.hold ? await during(async () => {
        await phone.hold();
        await watcher.sees("hold", (c) => mine(c) && c.state === "held");
      }) : null;
      const resume = knows.hold ? await during(async () => {
        await phone.resume();
        await watcher.sees("talk again", (c) => mine(c) && c.state === "connected");
      }) : null;
      if (!hold) await talk();
      const end = await during(async () => {
        await outside.bye();
        await watcher.sees("nobody on the phone", (c) => mine(c) && quiet(c));
      });
      const r = await row(office, ringing.id);
      assert.equal(r.outcome, "answered");
      within(r.started_at, start, "start");
      within(r.answered_at, answer, "answer");
      within(r.ended_at, end, "end");
      const leg = r.legs.find((l) => l.line === "201");
      assert.equal(leg?.result, "answered");
      within(leg?.rang?.[0], start, "ring");
      within(leg?.rang?.[1], answer, "ring's end");
      within(leg?.talked[0]?.[0], answer, "talk");
      within(leg?.talked[0]?.[1], end, "talk's end");
      if (hold && resume) {
        within(leg?.held[0]?.[0], hold, "hold");
        within(leg?.held[0]?.[1], resume, "resume");
        assert.equal(leg?.held.length, 1);
        assert.equal(r.ended_by, "external");
      } else {
        assert.equal(leg?.held.length, 0);
        assert.ok(r.unknown.includes("hold"), `unknown: ${r.unknown.join(" ")}`);
      }
      if (knows.dialled) assert.equal(r.dialled, "0355501234");
      else assert.ok(r.dialled === null || r.dialled === "0355501234");
    });

    test(`the caller gives up: ${knows.why ? "missed" : "not answered"}, and the pop goes away`, async () => {
      const office = getOffice();
      const { outside, phone, watcher, is } = await ringAt201(office, { number: "0399990000" });
      const c = await watcher.sees("a ring", (x) => is(x) && x.state === "alerting");
      await watcher.sees("an unknown caller", (x) => x.id === c.id && x.contacts?.status === "none");
      await until("a pop", () => watcher.open.some((p) => p.conversation === c.id));
      const end = await during(async () => {
        outside.cancel();
        await phone.is("ended");
        await watcher.sees("nobody's phone rings", (x) => x.id === c.id && quiet(x));
      });
      await until("the pop is withdrawn", () => watcher.withdrawn.some((p) => p.conversation === c.id));
      const r = await row(office, c.id);
      within(r.ended_at, end, "end");
      assert.equal(r.answered_at, null);
      assert.equal(r.legs.length, 1);
      assert.equal(r.legs[0]?.talked.length, 0);
      /* That it was not declined is for sources to know that see more than states. */
      assert.equal(r.outcome, knows.why ? "missed" : null);
      assert.equal(r.legs[0]?.result, knows.why ? "missed" : null);
      if (knows.why) assert.equal(r.ended_by, "external");
    });

    test("two contacts have the number: both are offered", async () => {
      const office = getOffice();
      const { outside, watcher, is } = await ringAt201(office, { number: "0661234567" });
      const c = await watcher.sees("a choice", (x) => is(x) && x.contacts?.status === "many");
      assert.deepEqual(c.contacts?.matches.map((m) => m.name).sort(), ["鈴木 さくら", "鈴木 健"]);
      outside.cancel();
      await watcher.sees("the end", (x) => x.id === c.id && x.state === "ended");
    });

    test("others see nothing of it", async () => {
      const office = getOffice();
      const baba = await office.watcher("baba");
      const { outside, watcher, is } = await ringAt201(office, YAMADA);
      const c = await watcher.sees("a ring", (x) => is(x) && x.state === "alerting");
      outside.cancel();
      await watcher.sees("the end", (x) => x.id === c.id && x.state === "ended");
      assert.equal(baba.find((x) => x.id === c.id), undefined);
      assert.equal(baba.popsOf(c.id).length, 0);
      await assert.rejects(baba.session.rest.call(c.id));
    });
  });
}

export function inside(getOffice: () => Office): void {
  describe("calls inside", () => {
    afterEach(() => getOffice().silence());

    test("201 calls 202: both see it, the called one gets a pop", async () => {
      const office = getOffice();
      const aoki = await office.watcher("aoki");
      const baba = await office.watcher("baba");
      const is = office.fresh();
      const out = await office.phone("201").call("202");
      const into = await office.phone("202").incoming();
      const c = await baba.sees("a ring", (x) => is(x) && x.legs.some((l) => l.line === "202" && l.state === "alerting"));
      await until("a pop at 202", () => baba.open.some((p) => p.conversation === c.id && p.line === "202"));
      into.answer();
      await baba.sees("the answer", (x) => x.id === c.id && x.legs.some((l) => l.line === "202" && l.state === "connected"));
      await talk();
      await into.bye();
      await out.is("ended");
      await baba.sees("the end", (x) => x.id === c.id && x.state === "ended");
      assert.equal(aoki.popsOf(c.id).length, 0);
      const r = await row(office, c.id);
      assert.equal(r.direction, "internal");
      assert.equal(r.external, null);
      assert.equal(r.outcome, "answered");
    });
  });
}
