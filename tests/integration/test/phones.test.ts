/*
 * phones.test.ts -- the telephones and the trunk of these tests against a real
 * Asterisk alone: what the other tests stand on.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Lab } from "../support/lab.js";
import { connectPhone, connectTrunk } from "../support/phones.js";
import { block } from "../support/place.js";
import type { Phone, Trunk } from "../support/sip/phone.js";
import { Cleanup, until } from "../support/wait.js";

const net = block(10);
const cleanup = new Cleanup();
let a: Phone;
let b: Phone;
let trunk: Trunk;

before(async () => {
  const asterisk = new Lab("asterisk", net);
  await asterisk.start(cleanup);
  a = await connectPhone(net, "201", asterisk.host, cleanup);
  b = await connectPhone(net, "202", asterisk.host, cleanup);
  trunk = await connectTrunk(net, asterisk.host, cleanup);
});
after(() => cleanup.run());

describe("telephones on a real Asterisk", () => {
  test("A calls B, both hear each other, B hangs up", async () => {
    const out = await a.call("202");
    const into = await b.incoming();
    assert.equal(into.from.number, "201");
    assert.equal(into.from.name, "Aoki Akira");
    await out.is("ringback");
    into.answer();
    await out.is("up");
    await until("A hears B", () => out.media.hears("202"));
    await until("B hears A", () => into.media.hears("201"));
    await into.bye();
    await out.is("ended");
  });

  test("a call from the trunk is held and taken back", async () => {
    const out = await trunk.call("0355501234", { number: "0312345678" });
    const into = await a.incoming();
    assert.equal(into.from.number, "0312345678");
    into.answer();
    await out.is("up");
    await until("the trunk hears 201", () => out.media.hears("201"));
    await into.hold();
    const held = Date.now();
    await into.resume();
    await until("the trunk hears 201 again", () => out.media.hears("201", held));
    await out.bye();
    await into.is("ended");
  });

  test("busy, declined, given up", async () => {
    b.manner = "busy";
    const busy = await a.call("202");
    await busy.is("ended");
    assert.equal(busy.code, 486);
    b.manner = "decline";
    const declined = await a.call("202");
    await declined.is("ended");
    assert.ok(declined.code >= 400);
    b.manner = "ring";
    const out = await a.call("202");
    const into = await b.incoming();
    await out.is("ringback");
    out.cancel();
    await into.is("ended");
    await out.is("ended");
    assert.equal(out.code, 487);
  });

  test("a blind transfer and an attended one", async () => {
    const out = await trunk.call("0355501234", { number: "0312345678" });
    const first = await a.incoming();
    first.answer();
    await out.is("up");
    await first.transfer("202", `${net}.10`);
    const second = await b.incoming();
    second.answer();
    await until("the trunk hears 202", () => out.media.hears("202"));
    await second.hold();
    const consultation = await b.call("201");
    const third = await a.incoming();
    third.answer();
    await consultation.is("up");
    await second.join(consultation);
    const joined = Date.now();
    await until("the trunk hears 201", () => out.media.hears("201", joined));
    await out.bye();
    await third.is("ended");
  });

  test("a withheld caller has no number at the phone", async () => {
    const out = await trunk.call("0355501234", { number: "0398765432", withheld: true });
    const into = await a.incoming();
    assert.equal(into.from.number, "anonymous");
    out.cancel();
    await into.is("ended");
  });

  test("a call out to the trunk", async () => {
    const out = await a.call("0312345678");
    const into = await trunk.incoming();
    assert.equal(into.dialled, "0312345678");
    into.answer();
    await out.is("up");
    await until("the trunk hears 201", () => into.media.hears("201"));
    await out.bye();
    await into.is("ended");
  });
});
