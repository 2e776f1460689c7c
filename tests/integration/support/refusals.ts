/*
 * refusals.ts -- calls that nobody takes, and how the log and the CSV tell of them.
 */
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { near, ringAt201, row, YAMADA } from "./basic.js";
import type { Knows } from "./basic.js";
import { parseCsv } from "./csv.js";
import type { Office } from "./office.js";

export function refusals(getOffice: () => Office, knows: Knows): void {
  describe("refused, and the log's CSV", () => {
    afterEach(() => getOffice().silence());

    test("declined at the phone", async () => {
      const office = getOffice();
      const { phone, outside, watcher, is } = await ringAt201(office, { number: "0344445555" });
      const c = await watcher.sees("a ring", (x) => is(x) && x.state === "alerting");
      phone.reject(603, "Decline");
      await outside.is("ended");
      const r = await row(office, c.id);
      if (knows.busy) assert.equal(r.outcome, "declined");
      else assert.ok(["declined", "missed", null].includes(r.outcome), String(r.outcome));
    });

    test("the phone is busy before it rings", { skip: !knows.busy }, async () => {
      const office = getOffice();
      const aoki = await office.watcher("aoki");
      const is = office.fresh();
      office.phone("201").manner = "busy";
      const outside = await office.trunk.call("0355501234", { number: "0344446666" });
      await outside.is("ended");
      const c = await aoki.sees("a busy call", (x) => is(x) && x.state === "ended");
      const r = await row(office, c.id);
      assert.equal(r.outcome, "busy");
      assert.equal(aoki.popsOf(c.id).length, 0);
    });

    test("the CSV has the same row as REST", async () => {
      const office = getOffice();
      const { began, outside, phone, watcher, is } = await ringAt201(office, YAMADA);
      const c = await watcher.sees("a ring", (x) => is(x) && x.state === "alerting");
      phone.answer();
      await watcher.sees("the answer", (x) => x.id === c.id && x.state === "connected");
      await outside.bye();
      const r = await row(office, c.id);
      const admin = await office.watcher("kanri");
      const from = new Date(began - 1000).toISOString();
      const answer = await admin.session.fetch(`${office.daemon.base}/api/v1/calls.csv?from=${encodeURIComponent(from)}`);
      assert.equal(answer.status, 200);
      const line = parseCsv(await answer.text()).find((x) => x["id"] === c.id);
      assert.ok(line, "the call is in the CSV");
      assert.equal(line["outcome"], "answered");
      near(line["started_at"], began, "start in the CSV");
      assert.equal(Date.parse(line["answered_at"] ?? ""), Date.parse(String(r.answered_at)));
      assert.equal(Date.parse(line["ended_at"] ?? ""), Date.parse(String(r.ended_at)));
      const text = await office.daemon.run(["export", "--from", from, "--to", new Date(Date.now() + 1000).toISOString(), "--format", "csv"]);
      assert.ok(parseCsv(text).some((x) => x["id"] === c.id), "the call is in the exported CSV");
    });
  });
}
