/*
 * tryton.test.ts -- a real Tryton behind a real Asterisk: its parties come into the
 * index, the pop shows the record and its page opens, every call is a note of the
 * party once, whatever Tryton does meanwhile.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ringAt201 } from "../support/basic.js";
import type { Ringing } from "../support/basic.js";
import type { Page } from "playwright-core";
import { openBrowser, Panel } from "../support/browser.js";
import { Office } from "../support/office.js";
import { block } from "../support/place.js";
import { Tryton } from "../support/tryton.js";
import { Cleanup, never, until } from "../support/wait.js";

const net = block(69);
const missing = Tryton.missing();

describe("a real Tryton behind Asterisk", { skip: missing || false }, () => {
  const cleanup = new Cleanup();
  let tryton: Tryton;
  let office: Office;
  let ken = 0;
  let hana = 0;

  before(async () => {
    tryton = await Tryton.open(`${net}.60`, cleanup);
    ken = await tryton.party("安部 健", "+81 3 9876 5432");
    office = await Office.open({
      net, pbx: "asterisk", sources: ["ami"], phones: ["201"],
      web: `call_url = http://${net}.40:8080/#/call/{id}`,
      more: `[directory]
negative_cache = 1s
[crm erp]
kind = tryton
url = ${tryton.url}
database = crm
user = ${Tryton.user}
password = ${Tryton.password}
log_calls = yes
log_live = yes
lookup_timeout = 3s
log_timeout = 5s
`,
    });
  });
  after(async () => {
    await office?.close();
    await cleanup.run();
  });

  async function ring(number: string): Promise<Ringing & { id: string }> {
    const r = await ringAt201(office, { number });
    const c = await r.watcher.sees("a ring", (x) => r.is(x) && x.state === "alerting");
    await until("a pop", () => r.watcher.popsOf(c.id).length > 0);
    return { ...r, id: c.id };
  }

  const shows = (r: Ringing & { id: string }, name: string): Promise<unknown> =>
    r.watcher.sees(name, (x) => x.id === r.id && x.contacts?.status === "one" && x.contacts.matches[0]?.name === name);

  async function hangUp(r: Ringing & { id: string }): Promise<void> {
    r.outside.cancel();
    await r.watcher.sees("the end", (c) => c.id === r.id && c.state === "ended");
  }

  const written = (ids: string[]): Promise<unknown> => until("the outbox is done", async () => {
    const rows = await office.database.query("SELECT o.state, o.attempts, o.contact_id, o.error, v.contact_id, v.ended_at IS NULL" +
      ` FROM conversations AS v LEFT JOIN crm_outbox AS o ON o.conversation_id = v.id WHERE v.id IN (${ids.map((i) => `'${i}'`).join()})`);
    if (rows.length === ids.length && rows.every((r) => r[0] === "written")) return true;
    throw new Error(rows.map((r) => r.join(" ")).join("; "));
  }, 120_000);

  const notesOf = async (party: number, id: string): Promise<string[]> =>
    (await tryton.notes(party)).map((n) => n.message).filter((m) => m.includes(`[${id}]`));

  test("a number in five spellings finds its party", async () => {
    for (const spelling of ["+81398765432", "0398765432", "03-9876-5432", "0081 3 9876 5432", "(03)9876-5432"]) {
      const said = await office.daemon.run(["doctor", "crm", "erp", "--number", spelling]);
      assert.match(said, new RegExp(`1 contact,[^]*安部 健[^]*record party\\.party ${ken}\\n`), spelling);
    }
  });

  test("its parties come into the index: all, then those that changed", async () => {
    const inIndex = (): Promise<string[][]> => office.database.query("SELECT c.name, n.e164, c.url FROM contacts AS c" +
      " JOIN contact_numbers AS n ON n.contact_id = c.id WHERE c.source = 'erp' ORDER BY n.e164");
    assert.match(await office.daemon.run(["import", "crm", "erp"]), /^1 contacts fetched, 0 removed \(all of them\)$/m);
    assert.deepEqual(await inIndex(), [["安部 健", "+81398765432", tryton.page(ken)]]);
    hana = await tryton.party("林 花", "+81 3 1876 5432");
    assert.match(await office.daemon.run(["import", "crm", "erp"]), /fetched, 0 removed \(those that changed\)$/m);
    assert.deepEqual(await inIndex(), [["林 花", "+81318765432", tryton.page(hana)], ["安部 健", "+81398765432", tryton.page(ken)]]);
    const gone = await tryton.party("谷 五", "+81 3 5555 0000");
    await office.daemon.run(["import", "crm", "erp"]);
    assert.equal((await inIndex()).length, 3);
    await tryton.call("model.party.party.delete", [gone]);
    assert.match(await office.daemon.run(["import", "crm", "erp", "--all"]), /^2 contacts fetched, 1 removed \(all of them\)$/m);
    assert.equal((await inIndex()).length, 2);
    /* What follows is of callers who are known to Tryton alone. */
    await office.database.query("DELETE FROM contacts WHERE source = 'erp'");
  });

  test("the pop shows the record, and its page opens", async () => {
    const browser = await openBrowser(office.cleanup);
    const panel = await Panel.open(browser, office.daemon, "aoki");
    const outside = await office.trunk.call("0355501234", { number: "0398765432" });
    const phone = await office.phone("201").incoming();
    const card = await panel.cardShows("安部 健", "Incoming call");
    const link = card.getByRole("link", { name: "Open record" });
    await until("the record can be opened", async () => (await link.getAttribute("href")) === tryton.page(ken));
    const [page] = await Promise.all([panel.page.context().waitForEvent("page"), link.click()]);
    await logIn(page);
    await until("the party's page", async () => (await page.locator("input").evaluateAll((all) =>
      all.map((i) => (i as HTMLInputElement).value))).includes("安部 健"), 30_000).catch(async (e: unknown) => {
      throw new Error(`${String(e)}: ${await page.locator("body").innerText()}`);
    });
    assert.ok(page.url().startsWith(tryton.page(ken)), page.url()); /* it adds the name of its form */
    outside.cancel();
    await phone.is("ended");
    await until("the call in Tryton", async () => (await tryton.notes(ken)).length === 1, 20_000);
    assert.deepEqual(panel.errors, []);
  });

  test("a call is in it while it goes on, and completed at its end; what a person writes there stays", async () => {
    const r = await ring("0318765432");
    await shows(r, "林 花");
    r.phone.answer();
    await r.watcher.sees("the answer", (c) => c.id === r.id && c.state === "connected");
    const begun = await until("the beginning in Tryton", async () =>
      (await tryton.notes(hana)).find((n) => n.message.includes(`[${r.id}: 通話中]`)), 20_000);
    assert.match(begun.message, /^着信 [0-9-]+ [0-9:]+ \+81318765432\n林 花\n/);
    assert.ok(begun.message.includes(`${office.daemon.base}/#/call/${r.id}\n`), begun.message);
    await tryton.call("model.ir.note.write", [begun.id], { message: `${begun.message}\nwants an offer` });
    await r.outside.bye();
    const over = await until("the end in Tryton", async () =>
      (await tryton.notes(hana)).find((n) => n.message.includes(`[${r.id}]`)), 20_000);
    assert.equal(over.id, begun.id);
    assert.match(over.message, /\n担当: 201 .*\n通話: 0:0\d\n/);
    assert.ok(over.message.endsWith(`[${r.id}]\nwants an offer`), over.message);
    assert.equal((await tryton.notes(hana)).length, 1);
    await office.silence();
  });

  test("a restart of Tryton and 30 s in which it stands still: every call is in it once, every pop is shown", async () => {
    const calls: { id: string; party: number }[] = [];
    const one = async (number: string, name: string, party: number): Promise<void> => {
      const r = await ring(number);
      await shows(r, name);
      await hangUp(r);
      calls.push({ id: r.id, party });
    };
    await one("0398765432", "安部 健", ken);
    await one("0318765432", "林 花", hana); /* known to Tryton alone */
    await tryton.stop();
    await one("0318765432", "林 花", hana); /* from the index by now */
    await tryton.start();
    await one("0398765432", "安部 健", ken);
    await written(calls.map((c) => c.id));

    tryton.freeze();
    const frozen = Date.now();
    const done = async (): Promise<number> =>
      Number((await office.database.query("SELECT count(*) FROM crm_outbox WHERE state = 'written'"))[0]?.[0]);
    const before = await done();
    for (let i = 0; i < 3; i++) {
      await one("0398765432", "安部 健", ken);
      await one("0318765432", "林 花", hana);
    }
    const stranger = await ring("0355556666"); /* nobody knows, and Tryton does not answer */
    await stranger.watcher.sees("nobody yet", (x) => x.id === stranger.id && x.contacts?.status === "none");
    await hangUp(stranger);
    await never("a call is written while Tryton stands still", async () => (await done()) > before, 30_000 - (Date.now() - frozen));
    tryton.thaw();

    await written(calls.map((c) => c.id));
    for (const c of calls) {
      const notes = await notesOf(c.party, c.id);
      assert.equal(notes.length, 1, `${c.id}: ${notes.length} notes`);
      assert.ok(notes[0]?.includes(`${office.daemon.base}/#/call/${c.id}`), notes[0]);
    }
    const all = [...(await tryton.notes(ken)), ...(await tryton.notes(hana))];
    assert.equal(all.length, new Set(all.map((n) => n.message)).size);
    assert.equal(all.length, calls.length + 2); /* and those of the tests before */
  });
});

/* The web client's own dialogues: database and name, then the password. */
async function logIn(page: Page): Promise<void> {
  await page.locator("#login").fill(Tryton.user);
  await page.getByRole("button", { name: "Login" }).click();
  await page.locator("input[type=password]").fill(Tryton.password);
  await page.keyboard.press("Enter");
}
