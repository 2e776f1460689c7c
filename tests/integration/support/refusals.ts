/*
 * refusals.ts -- calls that nobody takes, and how the log and the CSV tell of them.
 */
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import type { Conversation } from "@ringbridge/sdk";
import { during, quiet, ringAt201, row, talk, within, YAMADA } from "./basic.js";
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
      assert.equal(r.outcome, knows.why ? "declined" : null);
      assert.equal(r.legs[0]?.result, knows.why ? "declined" : null);
    });

    test(`the phone is busy before it rings: ${knows.why ? "busy" : "nothing is invented"}, no pop`, async () => {
      const office = getOffice();
      const aoki = await office.watcher("aoki");
      const is = office.fresh();
      office.phone("201").manner = "busy";
      const outside = await office.trunk.call("0355501234", { number: "0344446666" });
      await outside.is("ended");
      const busy = (c: Conversation): boolean => is(c) && c.external?.number !== YAMADA.number;
      if (knows.why) {
        const c = await aoki.sees("a busy call", (x) => busy(x) && x.state === "ended");
        assert.equal((await row(office, c.id)).outcome, "busy");
      }
      /* When the next call rings, all of this one has been told. */
      office.phone("201").manner = "ring";
      const next = await ringAt201(office, YAMADA);
      await aoki.sees("the next call", (x) => next.is(x) && x.external?.number === YAMADA.number && x.state === "alerting");
      for (const c of [...aoki.conversations.values()].filter(busy)) {
        assert.equal(aoki.popsOf(c.id).length, 0);
        if (!knows.why) assert.ok([null, "busy"].includes(c.outcome), String(c.outcome));
      }
    });

    test("the CSV has the same row as REST", async () => {
      const office = getOffice();
      const { began, outside, phone, watcher, is } = await ringAt201(office, YAMADA);
      const c = await watcher.sees("a ring", (x) => is(x) && x.state === "alerting");
      const start = { from: began, to: Date.now() };
      const answer = await during(async () => {
        phone.answer();
        await watcher.sees("the answer", (x) => x.id === c.id && x.state === "connected");
      });
      await talk();
      const end = await during(async () => {
        await outside.bye();
        await watcher.sees("nobody on the phone", (x) => x.id === c.id && quiet(x));
      });
      const r = await row(office, c.id);
      const admin = await office.watcher("kanri");
      const from = new Date(began - 1000).toISOString();
      const file = await admin.session.fetch(`${office.daemon.base}/api/v1/calls.csv?from=${encodeURIComponent(from)}`);
      assert.equal(file.status, 200);
      const line = parseCsv(await file.text()).find((x) => x["id"] === c.id);
      assert.ok(line, "the call is in the CSV");
      assert.equal(line["outcome"], "answered");
      const moment = (column: string): string => new Date(line[column] ?? "").toISOString();
      within(moment("started_at"), start, "start in the CSV");
      within(moment("answered_at"), answer, "answer in the CSV");
      within(moment("ended_at"), end, "end in the CSV");
      for (const column of ["started_at", "answered_at", "ended_at"] as const)
        assert.equal(Date.parse(line[column] ?? ""), Date.parse(String(r[column])), `${column}: CSV and REST`);
      const text = await office.daemon.run(["export", "--from", from, "--to", new Date(Date.now() + 1000).toISOString(), "--format", "csv"]);
      assert.deepEqual(parseCsv(text).find((x) => x["id"] === c.id), line, "the exported CSV has the same row");
    });
  });
}
