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
  busy: boolean; /* a phone that refuses before it rings */
}

export const YAMADA: Caller = { number: "0312345678" };

/* Two clocks of one machine, a network and a PBX between them. */
export function near(moment: Moment | null | undefined, at_ms: number, what: string, within_ms = 400): void {
  assert.ok(moment && moment !== "unknown", `${what}: the time is ${String(moment)}`);
  const off = Math.abs(Date.parse(moment) - at_ms);
  assert.ok(off <= within_ms, `${what}: ${moment} is ${off} ms from ${new Date(at_ms).toISOString()}`);
}

export interface Ringing {
  began: number;
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

/* The row as the call log has it. */
export async function row(office: Office, id: string, is: (c: Conversation) => boolean = () => true): Promise<Conversation> {
  const admin = await office.watcher("kanri");
  return until(`a row of ${id} in the log`, async () => {
    const c = await admin.session.rest.call(id);
    return c.ended_at && is(c) ? c : null;
  });
}

export function inbound(getOffice: () => Office, knows: Knows): void {
  describe("calls from outside", () => {
    afterEach(() => getOffice().silence());

    test("rings with the contact's name, is answered, held and hung up", async () => {
      const office = getOffice();
      const { began, outside, phone, watcher, is } = await ringAt201(office, YAMADA);
      const ringing = await watcher.sees("a ring", (c) => is(c) && c.state === "alerting");
      assert.equal(ringing.direction, "inbound");
      assert.equal(ringing.external?.e164, "+81312345678");
      await until("a pop", () => watcher.open.some((p) => p.conversation === ringing.id && p.line === "201" && p.here));
      await watcher.sees("the contact", (c) => c.id === ringing.id && c.contacts?.matches[0]?.name === "山田 太郎");
      const answered = Date.now();
      phone.answer();
      await watcher.sees("the answer", (c) => c.id === ringing.id && c.state === "connected");
      let held = 0;
      let resumed = 0;
      if (knows.hold) {
        held = Date.now();
        await phone.hold();
        await watcher.sees("hold", (c) => c.id === ringing.id && c.state === "held");
        resumed = Date.now();
        await phone.resume();
        await watcher.sees("talk again", (c) => c.id === ringing.id && c.state === "connected");
      }
      const ended = Date.now();
      await outside.bye();
      await watcher.sees("the end", (c) => c.id === ringing.id && c.state === "ended");
      const r = await row(office, ringing.id);
      assert.equal(r.outcome, "answered");
      near(r.started_at, began, "start");
      near(r.answered_at, answered, "answer");
      near(r.ended_at, ended, "end");
      const leg = r.legs.find((l) => l.line === "201");
      assert.equal(leg?.result, "answered");
      near(leg?.rang?.[1], answered, "ring's end");
      if (knows.hold) {
        near(leg?.held[0]?.[0], held, "hold");
        near(leg?.held[0]?.[1], resumed, "resume");
        assert.equal(r.ended_by, "external");
      }
      if (knows.dialled) assert.equal(r.dialled, "0355501234");
      else assert.ok(r.dialled === null || r.dialled === "0355501234");
    });

    test("nobody answers: missed, and the pop goes away", async () => {
      const office = getOffice();
      const { outside, phone, watcher, is } = await ringAt201(office, { number: "0399990000" });
      const c = await watcher.sees("a ring", (x) => is(x) && x.state === "alerting");
      await watcher.sees("an unknown caller", (x) => x.id === c.id && x.contacts?.status === "none");
      await until("a pop", () => watcher.open.some((p) => p.conversation === c.id));
      outside.cancel();
      await phone.is("ended");
      await until("the pop is withdrawn", () => watcher.withdrawn.some((p) => p.conversation === c.id));
      /* Another line may still take it: "missed" comes after a moment of grace. */
      const r = await row(office, c.id, (x) => x.outcome !== null);
      assert.equal(r.outcome, "missed");
      assert.equal(r.answered_at, null);
      assert.equal(r.legs[0]?.result, "missed");
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
