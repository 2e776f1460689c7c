/*
 * browser-hosts.test.ts -- the panel inside CRM hosts: HubSpot, by its own SDK on both
 * sides of the frame, and Salesforce, by a page with the documented functions of Open CTI.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { build } from "esbuild";
import type { BrowserContext, FrameLocator, Page } from "playwright-core";
import { openChromium } from "./support/chromium.js";
import * as say from "./support/conversations.js";
import type { Wire } from "./support/conversations.js";
import { FakeHub } from "./support/fakehub.js";

const root = process.env["WEB_ROOT"] ?? ".";

let context: BrowserContext;
let close: () => Promise<void>;
let hub: FakeHub;
let page: Page;
let hubspotHost: string;

before(async () => {
  ({ context, close } = await openChromium());
  /* HubSpot's side of the protocol is in its package, too. */
  const out = await build({
    absWorkingDir: root, bundle: true, format: "iife", write: false, define: { "process.env.NODE_ENV": '"test"' },
    stdin: { resolveDir: root, loader: "ts", contents: `
      import { IFrameManager } from "@hubspot/calling-extensions-sdk";
      const heard = [];
      const host = new IFrameManager({ debugMode: false,
        iFrameOptions: { src: location.origin + "/hubspot", width: "400px", height: "600px", hostElementSelector: "#widget" },
        onMessageHandler: (m) => heard.push(m) });
      Object.assign(globalThis, { heard, host });` },
  });
  hubspotHost = out.outputFiles[0]!.text;
});
after(() => close());

beforeEach(async () => {
  hub = await FakeHub.start();
  hub.dist = join(root, "dist");
  hub.user = { ...hub.user, lang: "en" };
  for (const path of ["/hubspot", "/salesforce"]) hub.pages[path] = readFileSync(join(root, "dist/index.html"), "utf8");
  page = await context.newPage();
});
afterEach(async () => {
  await page.close();
  await context.clearCookies();
  await hub.stop();
});

async function logIn(frame: FrameLocator): Promise<void> {
  await frame.locator("#name").fill("aoki");
  await frame.locator("#password").fill("secret");
  await frame.locator("button[type=submit]").click();
  await frame.locator(".link[data-online=true]").first().waitFor();
}

const ID = "0193-a";
const leg = (state: string, more: Wire = {}): Wire => ({ ...say.leg(), state, ...more });
const talk = [["2026-11-24T08:41:05.000000Z", null]];
const talked = [["2026-11-24T08:41:05.000000Z", "2026-11-24T08:42:10.000000Z"]];

/* One call through all its states: rings, is answered, ends with a note. */
const rings = (more: Wire = {}): void => {
  hub.change(say.conversation({ version: 1, ...more }));
  hub.pop(ID);
};
const answered = (): void => hub.change(say.conversation({ version: 2, state: "connected", legs: [leg("connected", { talked: talk })] }));
const ends = (more: Wire = {}): void => hub.change(say.conversation({
  version: 3, state: "ended", outcome: "answered", ended_at: "2026-11-24T08:42:10.000000Z",
  legs: [leg("ended", { talked })], notes: [{ at: null, user: "aoki", text: "請求書の件" }], ...more,
}));

describe("HubSpot, by its own SDK on both sides", () => {
  interface Heard { type: string; data?: Record<string, unknown> }
  const heard = async (): Promise<Heard[]> => page.evaluate(() => (globalThis as unknown as { heard: Heard[] }).heard);
  const heardOf = async (type: string): Promise<Heard[]> => (await heard()).filter((m) => m.type === type);
  const hears = (type: string, n = 1): Promise<unknown> => page.waitForFunction(
    ([t, k]) => (globalThis as unknown as { heard: Heard[] }).heard.filter((m) => m.type === t).length >= (k as number), [type, n] as const);
  const tell = (type: string, data: Wire): Promise<void> => page.evaluate(([t, d]) =>
    (globalThis as unknown as { host: { sendMessage(m: object): void } }).host.sendMessage({ type: t, data: d } as object), [type, data] as const);

  beforeEach(async () => {
    hub.pages["/crm"] = '<!doctype html><title>HubSpot</title><div id=widget></div><script src="/host.js"></script>';
    hub.pages["/host.js"] = hubspotHost;
    await page.goto(`${hub.base}/crm`);
    await hears("INITIALIZED");
    await logIn(page.frameLocator("#hubspot-calling-extension-iframe"));
    await hears("LOGGED_IN");
  });

  it("a call from outside: one engagement, with its end, duration and note", async () => {
    rings();
    await hears("INCOMING_CALL");
    const [incoming] = await heardOf("INCOMING_CALL");
    assert.equal(incoming?.data?.["externalCallId"], ID);
    assert.equal(incoming?.data?.["fromNumber"], "+81312345678");
    assert.equal(incoming?.data?.["createEngagement"], true);
    await tell("CREATE_ENGAGEMENT_SUCCEEDED", { engagementId: 4711, externalCallId: ID });
    await tell("CALLER_ID_MATCH_SUCCEEDED", { externalCallId: ID, callerIdMatches: [
      { callerIdType: "CONTACT", objectCoordinates: { portalId: 1, objectId: 17, objectTypeId: "0-1" } }] });
    answered();
    await hears("CALL_ANSWERED");
    await hears("NAVIGATE_TO_RECORD");
    assert.equal((await heardOf("NAVIGATE_TO_RECORD"))[0]?.data?.["openIn"], "NEW_TAB");
    ends();
    await hears("CALL_COMPLETED");
    const [end] = await heardOf("CALL_ENDED");
    assert.deepEqual(end?.data, { externalCallId: ID, engagementId: 4711, callEndStatus: "COMPLETED" });
    const properties = (await heardOf("CALL_COMPLETED"))[0]?.data?.["engagementProperties"] as Wire;
    assert.equal(properties["hs_call_duration"], "65000");
    assert.equal(properties["hs_call_body"], "請求書の件");
    assert.equal(properties["hs_call_direction"], "INBOUND");
    ends({ version: 4 });
    assert.equal((await heardOf("CALL_COMPLETED")).length, 1, "told once");
  });

  it("an engagement that is made after the end is completed then; a missed call says so", async () => {
    rings();
    await hears("INCOMING_CALL");
    ends({ outcome: "missed", legs: [leg("ended")], notes: [] });
    await page.frameLocator("#hubspot-calling-extension-iframe").getByText("Missed call").first().waitFor();
    assert.equal((await heardOf("CALL_ENDED")).length, 0);
    await tell("CREATE_ENGAGEMENT_SUCCEEDED", { engagementId: 4712, externalCallId: ID });
    await hears("CALL_COMPLETED");
    assert.equal((await heardOf("CALL_ENDED"))[0]?.data?.["callEndStatus"], "MISSED");
  });

  it("a page that HubSpot navigates away in the middle of a call tells nothing twice", async () => {
    rings();
    await hears("INCOMING_CALL");
    await tell("CREATE_ENGAGEMENT_SUCCEEDED", { engagementId: 4713, externalCallId: ID });
    await page.frames()[1]!.waitForFunction(() => sessionStorage.getItem("ringbridge.hubspot")?.includes("4713"));
    await page.reload();
    await hears("LOGGED_IN");
    answered();
    await page.frameLocator("#hubspot-calling-extension-iframe").locator("article.card[data-state=connected]").waitFor();
    ends();
    await hears("CALL_COMPLETED");
    assert.equal((await heardOf("INCOMING_CALL")).length, 0);
    assert.equal((await heardOf("CALL_ENDED"))[0]?.data?.["engagementId"], 4713);
  });

  it("a click on a number in HubSpot dials; the call is told as ours", async () => {
    hub.onMessage = (_p, m) => {
      if (m["verb"] === "dial") hub.change(say.conversation({ id: "0193-b", direction: "outbound", click_to_dial: true, state: "initiated",
        legs: [leg("initiated", { role: "caller" })] }));
    };
    await tell("DIAL_NUMBER", { phoneNumber: "+81312345678", objectId: 17 });
    await hub.until(() => hub.heard.some((m) => m["verb"] === "dial" && m["number"] === "+81312345678"), "a dial");
    await hears("OUTGOING_CALL_STARTED");
    assert.equal((await heardOf("OUTGOING_CALL_STARTED"))[0]?.data?.["externalCallId"], "0193-b");
  });

  it("a withheld number never reaches HubSpot", async () => {
    rings({ external: { number: null, e164: null, display: null, name: null, presentation: "withheld", source: "dialog" } });
    answered();
    ends();
    await page.frameLocator("#hubspot-calling-extension-iframe").locator("article.card[data-state=ended]").waitFor();
    assert.equal((await heardOf("INCOMING_CALL")).length + (await heardOf("CALL_ENDED")).length, 0);
  });
});

describe("Salesforce Open CTI, by its documented functions", () => {
  /* What opencti_min.js is to an adapter; the tests play the rest of Salesforce. */
  const OPENCTI = `
    const asked = [], ok = (o, returnValue) => setTimeout(() => o.callback && o.callback({ success: true, returnValue }));
    globalThis.asked = asked;
    globalThis.sforce = { opencti: {
      SCREENPOP_TYPE: { SOBJECT: "sobject" },
      enableClickToDial(o) { asked.push(["enableClickToDial"]); ok(o); },
      onClickToDial(o) { globalThis.clickToDial = o.listener; },
      searchAndScreenPop(o) { asked.push(["searchAndScreenPop", o.searchParams, o.callType, o.deferred]);
        ok(o, { "0035g00000AbCdEAAV": { Name: "Yamada" }, SCREEN_POP_DATA: { type: "sobject", params: { recordId: "0035g00000AbCdEAAV" } } }); },
      screenPop(o) { asked.push(["screenPop", o.type, o.params.recordId]); ok(o); },
      saveLog(o) { asked.push(["saveLog", o.value]); ok(o, { recordId: "00T1" }); },
      setSoftphonePanelVisibility(o) { asked.push(["visible", o.visible]); },
      setSoftphoneItemLabel(o) { asked.push(["label", o.label]); },
    } };`;
  type Asked = [string, ...unknown[]];
  const frame = (): FrameLocator => page.frameLocator("iframe");
  const inside = <T>(f: (a: never) => T): Promise<T> => page.frames()[1]!.evaluate(f as (a: unknown) => T);
  const asked = (): Promise<Asked[]> => inside(() => (globalThis as unknown as { asked: Asked[] }).asked);
  const asks = (name: string): Promise<unknown> => page.frames()[1]!.waitForFunction(
    (n) => (globalThis as unknown as { asked?: Asked[] }).asked?.some((a) => a[0] === n), name);

  beforeEach(async () => {
    hub.pages["/opencti_min.js"] = OPENCTI;
    hub.pages["/crm"] = `<!doctype html><title>Salesforce</title><iframe src="/salesforce?api=${hub.base}/opencti_min.js" width=400 height=700></iframe>`;
    await page.goto(`${hub.base}/crm`);
    await logIn(frame());
    await asks("enableClickToDial");
  });

  it("searches at the ring, pops at the answer, logs once with our id", async () => {
    rings();
    await asks("searchAndScreenPop");
    assert.deepEqual((await asked()).find((a) => a[0] === "searchAndScreenPop"), ["searchAndScreenPop", "+81312345678", "inbound", true]);
    assert.equal((await asked()).some((a) => a[0] === "screenPop"), false, "not before the answer");
    answered();
    await asks("screenPop");
    assert.deepEqual((await asked()).find((a) => a[0] === "screenPop"), ["screenPop", "sobject", "0035g00000AbCdEAAV"]);
    ends();
    await asks("saveLog");
    const logs = (await asked()).filter((a) => a[0] === "saveLog");
    assert.equal(logs.length, 1);
    const log = logs[0]![1] as Wire;
    assert.equal(log["CallObject"], ID);
    assert.equal(log["WhoId"], "0035g00000AbCdEAAV");
    assert.equal(log["CallDurationInSeconds"], 65);
    assert.equal(log["CallType"], "Inbound");
    assert.equal(log["Description"], "請求書の件");
  });

  it("a number clicked in Salesforce dials", async () => {
    await inside(() => (globalThis as unknown as { clickToDial: (d: object) => void }).clickToDial({ number: "03-1234-5678", recordId: "003" }));
    await hub.until(() => hub.heard.some((m) => m["verb"] === "dial" && m["number"] === "03-1234-5678"), "a dial");
  });
});
