/*
 * templates.test.ts -- the ten templates that we ship, all at once behind a real
 * Asterisk: each finds its caller in its CRM (a server that stands here), the pop
 * shows the record, and the call is written down there, once.
 */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { ringAt201 } from "../support/basic.js";
import { CRMS, ONCE, Stub } from "../support/crm_stubs.js";
import { Office } from "../support/office.js";
import { block, root } from "../support/place.js";
import { until } from "../support/wait.js";

const net = block(70);

describe("the templates that are shipped", () => {
  const stubs = Object.entries(CRMS).map(([kind, crm], i) => new Stub(kind, crm, `${net}.${101 + i}`));
  let office: Office;

  before(async () => {
    await Promise.all(stubs.map((s) => s.start()));
    office = await Office.open({
      net, pbx: "asterisk", sources: ["ami"], phones: ["201"],
      web: `call_url = http://${net}.40:8080/#/call/{id}`,
      more: stubs.map((s) => `[crm ${s.kind}]\nkind = http\ntemplate = ${join(root, "connectors/crm/templates", `${s.kind}.xml`)}\n` +
        `log_calls = yes\ncountry = JP\n${s.crm.conf(s.base)}`).join(""),
    });
  });
  after(async () => {
    await office?.close();
    await Promise.all(stubs.map((s) => s.stop()));
  });

  const state = async (id: string): Promise<string> =>
    (await office.database.query(`SELECT string_agg(crm || ' ' || state || ' ' || coalesce(error, ''), '; ') FROM crm_outbox
      WHERE conversation_id = '${id}'`))[0]?.[0] ?? "";

  const written = (s: Stub, id: string): Promise<unknown> => until(`the outbox is done: ${s.surprises.join()}`, async () => {
    const now = await state(id);
    if (now.startsWith(`${s.kind} written`)) return true;
    throw new Error(`${now} ${JSON.stringify(await office.database.query(`SELECT t->>'detail' FROM traces, jsonb_array_elements(entries) AS t WHERE conversation_id = '${id}'`))}`);
  }, 20_000);

  afterEach(() => office.silence());

  test("there is a stub for each", () => {
    assert.deepEqual(stubs.map((s) => `${s.kind}.xml`).sort(), readdirSync(join(root, "connectors/crm/templates")).sort());
  });

  for (const s of stubs) {
    test(`${s.kind}: the record pops, the call is in it`, async () => {
      const r = await ringAt201(office, { number: s.crm.caller });
      const c = await r.watcher.sees(s.crm.name, (x) => r.is(x) && x.contacts?.matches[0]?.name === s.crm.name);
      assert.equal(c.contacts?.status, "one");
      assert.equal(c.contacts?.matches[0]?.url, s.crm.url(s.base));
      assert.equal(c.contacts?.reason, "exact number"); /* the record's own number, not the CRM's word */
      r.phone.answer();
      await r.watcher.sees("the answer", (x) => x.id === c.id && x.state === "connected");
      if (s.issued) s.expire(); /* the CRM has forgotten our token */
      await r.outside.bye();
      await written(s, c.id);
      assert.equal(s.calls.length, 1);
      const entry = s.calls[0];
      assert.ok(s.crm.url(s.base).includes(entry?.person ?? "?"), `${entry?.person} is of ${s.crm.url(s.base)}`);
      assert.ok(entry?.text.includes(`/#/call/${c.id}`), entry?.text);
      assert.equal(entry?.key, ONCE.includes(s.kind) ? c.id : null);
      if (ONCE.includes(s.kind)) {
        await office.database.query(`UPDATE crm_outbox SET state = 'waiting', next_at = now() WHERE conversation_id = '${c.id}'`);
        await written(s, c.id);
        assert.equal(s.calls.length, 1);
      }
    });
  }

  test("nobody asked for what an API does not have", () => {
    assert.deepEqual(stubs.flatMap((s) => s.surprises.map((x) => `${s.kind}: ${x}`)), []);
  });

  test("calls went to the CRM that knows the caller, and to no other", () => {
    assert.deepEqual(stubs.map((s) => `${s.kind} ${s.calls.length}`), stubs.map((s) => `${s.kind} 1`));
  });
});
