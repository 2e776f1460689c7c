/*
 * hostile.test.ts -- what nobody should send: the torture messages of RFC 4475 and
 * 5118 to the SIP port, and NOTIFY bodies from a notifier gone mad. The process lives,
 * believes none of it, and still does its work.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createSocket } from "node:dgram";
import { after, before, describe, test } from "node:test";
import { Daemon } from "../support/daemon.js";
import { people } from "../support/office.js";
import { block, root } from "../support/place.js";
import { Postgres } from "../support/postgres.js";
import { Notifier } from "../support/sip/notifier.js";
import { Cleanup, until } from "../support/wait.js";
import type { Watcher } from "../support/watcher.js";

const net = block(26);
const cleanup = new Cleanup();
let daemon: Daemon;
let notifier: Notifier;
let aoki: Watcher;

const torture = readdirSync(join(root, "tests/data/sip-torture")).filter((f) => f.endsWith(".dat"))
  .map((f) => readFileSync(join(root, "tests/data/sip-torture", f)));

/* So many of them: whole, then cut short and with a byte changed, so that no two rounds
 * are alike. */
function* hostile(count: number): Generator<Buffer> {
  for (let n = 0; n < count; n++) {
    const whole = torture[n % torture.length] as Buffer;
    const round = Math.floor(n / torture.length);
    const message = Buffer.from(round === 0 ? whole : whole.subarray(0, whole.length - 7 * round));
    if (round > 0) message[(31 * n) % message.length] = (17 * n) & 0xff;
    yield message;
  }
}

const COUNT = 200;

const ring = (number: string) => `<dialog id="a${number}" call-id="x${number}" local-tag="l" remote-tag="r" direction="recipient">
  <state>early</state><remote><identity>sip:${number}@pbx</identity></remote></dialog>`;

const documents = (version: number): string[] => {
  const head = `<?xml version="1.0"?>\n<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="${version}" state="full" entity="sip:201@x">`;
  const whole = `${head}${ring("0300000000")}</dialog-info>`;
  return [
    ...[0.1, 0.3, 0.5, 0.7, 0.9, 0.99].map((part) => whole.slice(0, Math.floor(whole.length * part))),
    `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>${whole}`,
    `<!DOCTYPE dialog-info SYSTEM "file:///etc/passwd">${whole}`,
    `${head}${"<x>".repeat(5000)}${"</x>".repeat(5000)}</dialog-info>`,
    `${head}${"<dialog id='q'><state>nonsense</state></dialog>".repeat(50)}</dialog-info>`,
    `${head.replace(String(version), "99999999999999999999")}</dialog-info>`,
    `${head.replace(String(version), "-1")}</dialog-info>`,
    whole.replace("urn:ietf:params:xml:ns:dialog-info", "urn:something:else"),
    "\0\0\0\0", "<", "<>", "]]>", "\uFEFF", "{}", "a".repeat(60_000),
    whole.replace("early", "\x01early"),
  ];
};

describe("hostile peers", () => {
  before(async () => {
    const database = await Postgres.open(cleanup);
    notifier = await Notifier.open(`${net}.10`);
    cleanup.add("the notifier", () => notifier.close());
    daemon = new Daemon({
      host: `${net}.40`, database: database.url,
      pbx: { kind: "generic", lines: "201", sip_servers: `sip:${net}.10:5060`, sip_domain: `${net}.10`, sip_user: "cti",
        sip_password: "pwcti", sip_local: `${net}.40:5070` },
    });
    await daemon.run(["migrate"]);
    for (const u of people.slice(0, 1)) await daemon.addUser(u);
    await daemon.start(cleanup);
    await notifier.subscribed();
    await notifier.tell(`<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="0" state="full" entity="sip:201@x"/>`);
    aoki = await daemon.watch("aoki");
  });
  after(async () => {
    aoki?.client.close();
    await cleanup.run();
  });

  const stillWorks = async (number: string): Promise<void> => {
    const version = notifier.version;
    await notifier.tell(`<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="${version}" state="full" entity="sip:201@x">${ring(number)}</dialog-info>`);
    const c = await aoki.sees("a true ring", (x) => x.external?.number === number && x.state === "alerting");
    await notifier.tell(`<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="${version + 1}" state="full" entity="sip:201@x"/>`);
    await aoki.sees("its end", (x) => x.id === c.id && x.state === "ended");
  };

  test(`${COUNT} messages of RFC 4475's kind at the SIP port`, async () => {
    const socket = createSocket("udp4");
    await new Promise<void>((done) => socket.bind(0, `${net}.66`, done));
    cleanup.add("a socket", () => socket.close());
    const taken = await daemon.metricFromNow("ringbridge_pbx_inputs_total");
    for (const message of hostile(COUNT)) await new Promise((done) => socket.send(message, 5070, `${net}.40`, done));
    await stillWorks("0311112222");
    assert.equal((await daemon.health()).status, 200);
    assert.equal(await daemon.metricFromNow("ringbridge_pbx_inputs_total"), taken + 2, "only the true ring and its end were taken in");
    assert.equal([...aoki.conversations.values()].filter((c) => c.state !== "ended").length, 0);
  });

  test(`${COUNT} bodies that are no dialog documents, inside the subscription`, async () => {
    const before = new Set(aoki.conversations.keys());
    for (const body of [...[...hostile(COUNT)].map((m) => m.toString("latin1")), ...documents(notifier.version)]) {
      const code = await notifier.tell(body);
      assert.ok(code >= 200, `answered ${code}`);
    }
    assert.deepEqual([...aoki.conversations.keys()].filter((id) => !before.has(id)), [], "nothing of it was believed");
    await stillWorks("0311113333");
  });

  test("a NOTIFY from a stranger, or of no subscription, is refused", async () => {
    const stranger = await Notifier.open(`${net}.67`);
    cleanup.add("a stranger", () => stranger.close());
    stranger.pretend(notifier, { host: `${net}.40`, port: 5070 });
    const body = `<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="9999" state="full" entity="sip:201@x">${ring("0300000000")}</dialog-info>`;
    const code = await stranger.tell(body).catch(() => 0);
    assert.ok(code === 0 || code >= 400, `a stranger's NOTIFY got ${code}`);
    const unknown = await notifier.tellUnknown(body);
    assert.equal(unknown, 481);
    assert.equal(aoki.find((c) => c.external?.number === "0300000000"), undefined);
    await stillWorks("0311114444");
  });

  test("after all that, no ghost is left", async () => {
    await until("all calls have ended", () => [...aoki.conversations.values()].every((c) => c.state === "ended"));
  });
});
