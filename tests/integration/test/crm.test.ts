/*
 * crm.test.ts -- a CRM behind a real Asterisk: the pop shows its record within the
 * budget, a CRM that hangs or is away changes nothing about the pop, and every call is
 * in it once, in the end.
 */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { Server, ServerResponse } from "node:http";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { ringAt201, row } from "../support/basic.js";
import type { Ringing } from "../support/basic.js";
import { Office } from "../support/office.js";
import { block, root } from "../support/place.js";
import { until } from "../support/wait.js";

const net = block(38);
const KEY = "a secret of the stub";

/* One entry a key, as a CRM with a field for it. */
class StubCrm {
  readonly people = [{ id: "7", name: "高橋 恵", tel: "03-7777-0001" }, { id: "8", name: "小林 誠", tel: "03-7777-0002" }];
  readonly calls = new Map<string, { person: string; number: string; agent: string }>();
  posts = 0;
  hang = false;
  private held: ServerResponse[] = [];
  private server: Server | null = null;

  async start(): Promise<void> {
    this.server = createServer((req, res) => {
      let body = "";
      req.on("data", (d: Buffer) => void (body += d.toString()));
      req.on("end", () => {
        if (req.headers["x-api-key"] !== KEY) res.writeHead(401).end();
        else if (this.hang) this.held.push(res);
        else this.answer(new URL(req.url ?? "/", "http://x"), body, res);
      });
    });
    await new Promise<void>((done) => this.server?.listen(8000, `${net}.60`, done));
  }

  private answer(url: URL, body: string, res: ServerResponse): void {
    let out: unknown = {};
    if (url.pathname === "/people") {
      const tel = (url.searchParams.get("tel") ?? "").replace(/^\+81/, "0");
      out = { people: this.people.filter((p) => p.tel.replaceAll("-", "") === tel) };
    } else if (url.pathname === "/calls") {
      const call = JSON.parse(body) as { key: string; person: string; number: string; agent: string };
      this.posts++;
      this.calls.set(call.key, call);
    }
    res.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(out));
  }

  async stop(): Promise<void> {
    for (const res of this.held.splice(0)) res.destroy();
    this.server?.closeAllConnections();
    await new Promise((done) => this.server?.close(done) ?? done(null));
    this.server = null;
  }
}

describe("a CRM behind Asterisk", () => {
  const crm = new StubCrm();
  let office: Office;

  before(async () => {
    await crm.start();
    office = await Office.open({
      net, pbx: "asterisk", sources: ["ami"], phones: ["201"],
      more: `[directory]
budget = 800ms
negative_cache = 1s
[crm stub]
kind = http
template = ${join(root, "tests/data/crm-templates/stub-office.xml")}
param.Base = http://${net}.60:8000
param.Key = "${KEY}"
log_calls = yes
lookup_timeout = 3s
log_timeout = 3s
`,
    });
  });
  after(async () => {
    await office?.close();
    await crm.stop();
  });

  async function ring(number: string): Promise<Ringing & { id: string; popped_ms: number }> {
    const r = await ringAt201(office, { number });
    const c = await r.watcher.sees("a ring", (x) => r.is(x) && x.state === "alerting");
    await until("a pop", () => r.watcher.popsOf(c.id).length > 0);
    return { ...r, id: c.id, popped_ms: Date.now() - r.began };
  }

  async function hangUp(r: Ringing & { id: string }): Promise<void> {
    r.outside.cancel();
    await r.watcher.sees("the end", (c) => c.id === r.id && c.state === "ended");
  }

  const traceOf = async (id: string): Promise<string[]> => {
    const rows = await until("the call in the log", async () => {
      const found = await office.database.query(`SELECT t->>'detail' FROM traces JOIN conversations ON id = conversation_id,
        jsonb_array_elements(entries) AS t WHERE id = '${id}' AND ended_at IS NOT NULL AND t->>'what' = 'lookup'`);
      return found.length ? found : null;
    });
    return rows.map((r) => r[0] ?? "");
  };

  const outbox = (id: string): Promise<string[][]> =>
    office.database.query(`SELECT state, contact_id IS NOT NULL FROM crm_outbox WHERE conversation_id = '${id}'`);

  test("the pop shows the CRM's record within the budget, and the call is written once", async () => {
    const r = await ring("0377770001");
    const c = await r.watcher.sees("the contact", (x) => x.id === r.id && x.contacts?.matches[0]?.name === "高橋 恵");
    assert.equal(c.contacts?.status, "one");
    assert.equal(c.contacts?.matches[0]?.url, `http://${net}.60:8000/p/7`);
    await hangUp(r);
    const trace = await traceOf(r.id);
    assert.ok(trace.some((t) => /^source=stub result=one .*took_ms=\d+/.test(t)), trace.join("; "));
    assert.ok(!trace.some((t) => t.startsWith("budget is over")), trace.join("; "));
    await until("the call in the CRM", () => crm.calls.has(r.id));
    assert.deepEqual(crm.calls.get(r.id), { key: r.id, person: "7", number: crm.calls.get(r.id)?.number, agent: "201" });
    await until("the outbox is done", async () => (await outbox(r.id))[0]?.[0] === "written");
    assert.equal(crm.posts, 1);
    const { daemon } = office;
    assert.ok((await daemon.metricFromNow("ringbridge_crm_asks_total")) >= 2); /* the look-up, the call */
    assert.equal(await daemon.metric("ringbridge_crm_answer_seconds_count"), await daemon.metric("ringbridge_crm_asks_total"));
    assert.equal(await daemon.metric("ringbridge_crm_up"), 1);
    assert.equal(await daemon.metric("ringbridge_outbox_written_total"), 1);
  });

  test("a CRM that hangs: the pop as fast, the index at once, the answer never", async () => {
    crm.hang = true;
    const r = await ring("0312345678"); /* in the index, from the import */
    await r.watcher.sees("the contact", (x) => x.id === r.id && x.contacts?.matches[0]?.name === "山田 太郎");
    await hangUp(r);
    const trace = await traceOf(r.id);
    assert.ok(trace.some((t) => t.startsWith("source=index result=one")), trace.join("; "));
    const stranger = await ring("0377770002");
    await stranger.watcher.sees("nobody yet, by the budget", (x) => x.id === stranger.id && x.contacts?.status === "none");
    crm.hang = false;
    await hangUp(stranger);
  });

  test("a CRM that is away: pops go on, and each call is in it once when it is back", async () => {
    const r0 = await ring("0377770001"); /* known by now: from the index */
    await r0.watcher.sees("the contact", (x) => x.id === r0.id && x.contacts?.matches[0]?.name === "高橋 恵");
    await crm.stop();
    await hangUp(r0);
    const ids = [r0.id];
    for (let i = 0; i < 2; i++) {
      const r = await ring("0377770001");
      await r.watcher.sees("the contact", (x) => x.id === r.id && x.contacts?.matches[0]?.name === "高橋 恵");
      await hangUp(r);
      ids.push(r.id);
    }
    await until("an attempt has failed", async () =>
      (await office.database.query("SELECT 1 FROM crm_outbox WHERE state = 'waiting' AND error IS NOT NULL")).length > 0, 15_000);
    assert.ok((await office.daemon.metricFromNow("ringbridge_outbox_failed_total")) > 0);
    assert.ok((await office.daemon.metric("ringbridge_crm_failures_total")) > 0);
    crm.posts = 0;
    await crm.start();
    await office.daemon.stop();
    await office.daemon.start();
    await until("all of them in the CRM", () => ids.every((id) => crm.calls.has(id)), 60_000);
    await until("the outbox is done", async () => {
      const rows = await office.database.query("SELECT state FROM crm_outbox WHERE contact_id IS NOT NULL AND state <> 'written'");
      return rows.length === 0;
    }, 30_000);
    assert.equal(crm.posts, ids.length);
  });

  test("an unknown caller: created by the agent, shown at once, and written then", async () => {
    const r = await ring("0388880001");
    await r.watcher.sees("nobody", (x) => x.id === r.id && x.contacts?.status === "none");
    const made = await r.watcher.session.rest.createContact({ name: "新規 客", number: "03-8888-0001", conversation: r.id });
    assert.match(made, /^[0-9a-f-]{36}$/);
    await r.watcher.sees("the new contact", (x) => x.id === r.id && x.contacts?.matches[0]?.name === "新規 客");
    await hangUp(r);
    const logged = await row(office, r.id);
    assert.equal(logged.contacts?.status, "one");
    assert.equal(logged.contacts?.matches[0]?.id, made);
  });

  test("two who share a number: the choice counts now and the next time", async () => {
    const r = await ring("0661234567");
    const c = await r.watcher.sees("two", (x) => x.id === r.id && x.contacts?.status === "many" && x.contacts.matches.length === 2);
    assert.equal(c.contacts?.reason, "household number");
    const ken = c.contacts?.matches.find((m) => m.name === "鈴木 健");
    assert.ok(ken);
    await r.watcher.session.rest.choose("0661234567", ken.id, r.id);
    await r.watcher.sees("the choice", (x) => x.id === r.id && x.contacts?.status === "one" && x.contacts.matches[0]?.name === "鈴木 健");
    await hangUp(r);
    const again = await ring("0661234567");
    const next = await again.watcher.sees("the choice again", (x) => x.id === again.id && x.contacts?.status === "one");
    assert.equal(next.contacts?.matches[0]?.name, "鈴木 健");
    assert.equal(next.contacts?.reason, "chosen before");
    await hangUp(again);
  });
});
