/*
 * kamailio-phones.test.ts -- the same telephones against a real Kamailio alone.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Lab } from "../support/lab.js";
import { connectPhone, connectTrunk } from "../support/phones.js";
import { block } from "../support/place.js";
import type { Phone, Trunk } from "../support/sip/phone.js";
import { Cleanup, until } from "../support/wait.js";

const net = block(11);
const cleanup = new Cleanup();
let a: Phone;
let b: Phone;
let trunk: Trunk;

before(async () => {
  const kamailio = new Lab("kamailio", net);
  await kamailio.start(cleanup);
  a = await connectPhone(net, "201", kamailio.host, cleanup);
  b = await connectPhone(net, "202", kamailio.host, cleanup);
  trunk = await connectTrunk(net, kamailio.host, cleanup);
});
after(() => cleanup.run());

test("A calls B, both hear each other, A hangs up", async () => {
  const out = await a.call("202");
  const into = await b.incoming();
  into.answer();
  await out.is("up");
  await until("A hears B", () => out.media.hears("202"));
  await until("B hears A", () => into.media.hears("201"));
  await out.bye();
  await into.is("ended");
});

test("the trunk calls, is held, gives up; a call goes out", async () => {
  const out = await trunk.call("0355501234", { number: "0312345678" });
  const into = await a.incoming();
  into.answer();
  await out.is("up");
  await into.hold();
  await until("the trunk is held", () => out.remoteHolds);
  await into.bye();
  await out.is("ended");
  const again = await trunk.call("0355501234", { number: "0312345678" });
  const ringing = await a.incoming();
  again.cancel();
  await ringing.is("ended");
  await again.is("ended");
  assert.equal(again.code, 487);
  const outward = await a.call("0312345678");
  const outside = await trunk.incoming();
  outside.answer();
  await outward.is("up");
  await outward.bye();
  await outside.is("ended");
});

test("busy and declined", async () => {
  b.manner = "busy";
  const busy = await a.call("202");
  await busy.is("ended");
  assert.equal(busy.code, 486);
  b.manner = "decline";
  const declined = await a.call("202");
  await declined.is("ended");
  assert.equal(declined.code, 603);
});
