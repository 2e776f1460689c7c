/*
 * dialling.ts -- click-to-dial as a person sees it: my phone, then theirs.
 */
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import type { CommandHandle, Result } from "@ringbridge/sdk";
import type { Office } from "./office.js";
import { never, until } from "./wait.js";
import type { Watcher } from "./watcher.js";

export interface Dialled {
  command: CommandHandle;
  phases: string[];
  final: () => Promise<Result>;
}

export function dial(watcher: Watcher, number: string): Dialled {
  const command = watcher.dial(number);
  const phases: string[] = [];
  let result: Result | null = null;
  command.onProgress((r) => {
    if (r.phase) phases.push(r.phase);
  });
  void command.result.then((r) => (result = r));
  return { command, phases, final: () => until(`the end of dialling ${number} (${phases.join(" ")})`, () => result, 20_000) };
}

/* busy: how a busy number is told; Asterisk's REFER says 503 for it, and nothing more. */
export function dialling(getOffice: () => Office, busy = "customer-busy"): void {
  describe("click-to-dial", () => {
    afterEach(() => getOffice().silence());

    test("rings my phone, then theirs; we hear each other", async () => {
      const office = getOffice();
      const aoki = await office.watcher("aoki");
      const is = office.fresh();
      const d = dial(aoki, "03-1234-5678");
      const agent = await office.phone("201").incoming();
      await until("told that my phone rings", () => d.phases.includes("agent-ringing"));
      agent.answer();
      const customer = await office.trunk.incoming();
      assert.equal(customer.dialled, "0312345678");
      customer.answer();
      await agent.is("up");
      const talking = office.o.pbx === "kamailio" ? await office.phone("201").incoming() : agent;
      await until("the agent hears the customer", () => talking.media.hears("trunk"));
      await until("the customer hears the agent", () => customer.media.hears("201"));
      const result = await d.final();
      assert.equal(result.state, "done", JSON.stringify(result));
      assert.ok(d.phases.includes("agent-answered"), d.phases.join(" "));
      const c = await aoki.sees("an outward call", (x) => is(x) && x.direction === "outbound" && x.external?.e164 === "+81312345678");
      assert.equal(c.click_to_dial, true);
      assert.equal(aoki.pops.filter((p) => p.conversation === c.id).length, 0, "my own ring must not pop");
      await customer.bye();
      await talking.is("ended");
      const end = await aoki.sees("the end", (x) => x.id === c.id && x.state === "ended");
      assert.equal([...aoki.conversations.values()].filter(is).length, 1, `one call, not several: ${aoki.picture()}`);
      assert.ok(end.outcome === "answered" || end.outcome === null, String(end.outcome));
    });

    test("a busy number says busy", async () => {
      const office = getOffice();
      const aoki = await office.watcher("aoki");
      office.trunk.manner = "busy";
      const d = dial(aoki, "0312345678");
      const agent = await office.phone("201").incoming();
      agent.answer();
      const result = await d.final();
      assert.equal(result.state, "failed");
      assert.equal(result.why, busy, JSON.stringify(result));
    });

    test("my phone declines: theirs never rings", async () => {
      const office = getOffice();
      const aoki = await office.watcher("aoki");
      office.phone("201").manner = "decline";
      const d = dial(aoki, "0312345678");
      const result = await d.final();
      assert.equal(result.state, "failed");
      assert.match(result.why ?? "", /^agent-/, JSON.stringify(result));
      assert.ok(office.trunk.quiet);
    });

    test("cancelled while my phone rings", async () => {
      const office = getOffice();
      const aoki = await office.watcher("aoki");
      const d = dial(aoki, "0312345678");
      const agent = await office.phone("201").incoming();
      await until("my phone rings", () => d.phases.includes("agent-ringing"));
      d.command.cancel();
      await agent.is("ended");
      const result = await d.final();
      assert.equal(result.why, "cancelled", JSON.stringify(result));
      assert.ok(office.trunk.quiet);
    });

    test("an emergency number is refused, and nothing rings", async () => {
      const office = getOffice();
      const aoki = await office.watcher("aoki");
      const result = await dial(aoki, "110").final();
      assert.equal(result.state, "refused");
      assert.equal(result.why, "emergency-number");
      await never("a phone rings", () => !office.phone("201").quiet, 500);
    });
  });
}
