/*
 * odoo.test.ts -- a real Odoo 14 behind a real Asterisk: numbers as people write them
 * there, contacts into the index, the pop and its page, a call begun and completed
 * once. Skipped where Debian 11's packages are not there (tests/lab/odoo install).
 */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { ringAt201 } from "../support/basic.js";
import { openBrowser, Panel } from "../support/browser.js";
import { Odoo } from "../support/odoo.js";
import { Office } from "../support/office.js";
import { block } from "../support/place.js";
import { Cleanup, until } from "../support/wait.js";

const net = block(72);

describe("a real Odoo 14 behind Asterisk", { skip: Odoo.missing() || false }, () => {
  const cleanup = new Cleanup();
  let odoo: Odoo;
  let office: Office;
  let ken = 0;

  before(async () => {
    odoo = await Odoo.open(`${net}.60`, cleanup);
    ken = await odoo.partner({ name: "安部 健", phone: "03-9876-5432", mobile: "+81 90-1111-2222", email: "ken@umiyama.example" });
    office = await Office.open({
      net, pbx: "asterisk", sources: ["ami"], phones: ["201"],
      web: `call_url = http://${net}.40:8080/#/call/{id}`,
      more: `[directory]
negative_cache = 1s
[crm erp]
kind = odoo
url = ${odoo.url}
database = crm
user = ${Odoo.user}
password = ${Odoo.password}
log_calls = yes
log_live = yes
`,
    });
  });
  after(async () => {
    await office?.close();
    await cleanup.run();
  });
  afterEach(() => office.silence());

  const state = async (id: string): Promise<string | undefined> =>
    (await office.database.query(`SELECT state, error FROM crm_outbox WHERE conversation_id = '${id}'`))[0]?.join(" ");

  test("both numbers of a partner are found, in five spellings", async () => {
    for (const spelling of ["+81398765432", "0398765432", "03-9876-5432", "0081 3 9876 5432", "(03)9876-5432", "09011112222"]) {
      const said = await office.daemon.run(["doctor", "crm", "erp", "--number", spelling]);
      assert.match(said, new RegExp(`1 contact,[^]*安部 健[^]*record res\\.partner ${ken}\\n`), spelling);
    }
    assert.match(await office.daemon.run(["doctor", "crm", "erp", "--number", "0318765432"]), /0 contacts/);
  });

  test("its partners come into the index: all, then those that changed", async () => {
    const inIndex = (): Promise<string[][]> => office.database.query("SELECT c.name, n.e164, c.url FROM contacts AS c" +
      " JOIN contact_numbers AS n ON n.contact_id = c.id WHERE c.source = 'erp' ORDER BY n.e164");
    assert.match(await office.daemon.run(["import", "crm", "erp"]), /\(all of them\)/);
    assert.deepEqual(await inIndex(), [["安部 健", "+81398765432", odoo.page(ken)], ["安部 健", "+819011112222", odoo.page(ken)]]);
    const hana = await odoo.partner({ name: "林 花", phone: "03-1876-5432" });
    assert.match(await office.daemon.run(["import", "crm", "erp"]), /\(those that changed\)/);
    assert.equal((await inIndex()).length, 3);
    await odoo.call("res.partner", "unlink", [[hana]]);
    assert.match(await office.daemon.run(["import", "crm", "erp", "--all"]), /, 1 removed \(all of them\)/);
    await office.database.query("DELETE FROM contacts WHERE source = 'erp'");
  });

  test("the pop shows the record, and its page opens", async () => {
    const browser = await openBrowser(office.cleanup);
    const panel = await Panel.open(browser, office.daemon, "aoki");
    const own = await panel.page.context().newPage(); /* the agent is logged in to Odoo */
    await own.goto(`${odoo.url}/web/login`);
    await own.locator("input[name=login]").fill(Odoo.user);
    await own.locator("input[name=password]").fill(Odoo.password);
    await own.locator("form.oe_login_form button[type=submit]").click();
    await own.waitForURL(/\/web(#|$|\?)/, { timeout: 60_000 });
    await own.close();
    const outside = await office.trunk.call("0355501234", { number: "0398765432" });
    await office.phone("201").incoming();
    const card = await panel.cardShows("安部 健", "Incoming call");
    const link = card.getByRole("link", { name: "Open record" });
    await until("the record can be opened", async () => (await link.getAttribute("href")) === odoo.page(ken));
    const [page] = await Promise.all([panel.page.context().waitForEvent("page"), link.click()]);
    await page.getByText("安部 健").first().waitFor({ state: "visible", timeout: 60_000 });
    await page.getByText("03-9876-5432").first().waitFor({ state: "visible", timeout: 10_000 });
    outside.cancel();
    await browser.close();
  });

  test("a call is begun and completed in one note; what a person wrote stays", async () => {
    const r = await ringAt201(office, { number: "09011112222" });
    const c = await r.watcher.sees("the contact", (x) => r.is(x) && x.contacts?.status === "one" && x.contacts.matches[0]?.name === "安部 健");
    r.phone.answer();
    await r.watcher.sees("the answer", (x) => x.id === c.id && x.state === "connected");
    const begun = await until("the beginning in Odoo", async () => (await odoo.notes(ken, `${c.id}: 通話中`))[0], 20_000);
    await odoo.call("mail.message", "write", [[begun.id], { body: begun.body.replace("</p>", "</p><p>wants &amp; offer</p>") }]);
    await r.outside.bye();
    await until("the outbox is done", async () => (await state(c.id))?.startsWith("written"), 30_000).catch(async (e: unknown) => {
      throw new Error(`${String(e)}: ${await state(c.id)}`);
    });
    await office.database.query(`UPDATE crm_outbox SET state = 'waiting', next_at = now() WHERE conversation_id = '${c.id}'`);
    await until("it was sent again", async () => (await state(c.id))?.startsWith("written"), 30_000);
    const notes = await odoo.notes(ken, c.id);
    assert.equal(notes.length, 1);
    assert.equal(notes[0]?.id, begun.id);
    assert.match(notes[0]?.body ?? "", /担当: 201 .*\[[0-9a-f-]{36}\]/);
    assert.ok(notes[0]?.body.includes("wants &amp; offer"), notes[0]?.body);
    assert.ok(notes[0]?.body.includes(`/#/call/${c.id}`), notes[0]?.body);
  });
});
