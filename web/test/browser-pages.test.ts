/*
 * browser-pages.test.ts -- the pages beside the panel in headless Chromium: what they
 * say, that nothing serious is wrong for who cannot see or use a mouse, and that
 * hostile names are text everywhere. WEB_SHOTS=folder keeps pictures of all of them.
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { chromium } from "playwright-core";
import type { BrowserContext, Page } from "playwright-core";
import { FakeHub } from "./support/fakehub.js";
import { callback, furnish } from "./support/office.js";
import { HOSTILE } from "./support/hostile.js";

const root = process.env["WEB_ROOT"] ?? ".";
const shots = process.env["WEB_SHOTS"];
const axe = readFileSync(join(root, "node_modules/axe-core/axe.min.js"), "utf8");

const PAGES: [name: string, hash: string, seen: string][] = [
  ["call", "#/call/0193-whole", ".trace li"],
  ["callbacks", "#/callbacks", ".callback"],
  ["reports-day", "#/reports?by=day&from=2026-11-18&to=2026-11-24", ".figures tbody tr"],
  ["reports-queue", "#/reports?by=queue&from=2026-11-18&to=2026-11-24", ".figures tbody tr"],
  ["reports-agent", "#/reports?by=agent&from=2026-11-18&to=2026-11-24", ".figures tbody tr"],
  ["reports-customer", "#/reports?by=customer&from=2026-11-18&to=2026-11-24", ".figures tbody tr"],
  ["board", "#/board", ".board .people li"],
  ["admin-users", "#/admin/users", ".admin tbody tr"],
  ["admin-lines", "#/admin/lines", ".admin tbody tr"],
  ["admin-groups", "#/admin/groups", ".admin tbody tr"],
  ["admin-health", "#/admin/health", ".admin dl"],
  ["admin-settings", "#/admin/settings", ".admin form"],
  ["admin-number", "#/admin/number", ".admin form"],
  ["admin-audit", "#/admin/audit", ".admin tbody tr"],
];

let profile: string;
let context: BrowserContext;
let hub: FakeHub;
let page: Page;
let errors: string[];

before(async () => {
  profile = mkdtempSync(join(tmpdir(), "ringbridge-pages-"));
  context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    headless: true, viewport: { width: 1440, height: 900 }, locale: "en-GB", timezoneId: "Asia/Tokyo",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync"],
  });
});

after(async () => {
  await context.close();
  rmSync(profile, { recursive: true, force: true });
});

beforeEach(async () => {
  hub = await FakeHub.start();
  hub.dist = join(root, "dist");
  hub.user = { ...hub.user, role: "admin", lang: "en" };
  furnish(hub);
  page = await context.newPage();
  errors = [];
  page.on("pageerror", (e) => errors.push(String(e)));
  page.on("console", (m) => {
    if (m.type() === "error" && !/401|Failed to load|WebSocket/.test(m.text())) errors.push(m.text());
  });
  page.on("dialog", (d) => { errors.push(`dialog: ${d.message()}`); void d.dismiss(); });
});

afterEach(async () => {
  await page.evaluate(() => localStorage.clear());
  await page.close();
  await context.clearCookies();
  await hub.stop();
  assert.deepEqual(errors, []);
});

async function open(hash: string): Promise<void> {
  await page.goto(`${hub.base}/${hash}`);
  await page.fill("#name", "aoki");
  await page.fill("#password", "secret");
  await page.click("button[type=submit]");
}

async function show(hash: string, seen: string): Promise<void> {
  await page.evaluate((h) => { location.hash = h; }, hash);
  await page.locator(seen).first().waitFor();
}

async function shot(name: string): Promise<void> {
  if (!shots) return;
  mkdirSync(shots, { recursive: true });
  await page.screenshot({ path: join(shots, `${name}.png`) });
}

async function serious(): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const run = (globalThis as unknown as { axe: { run: (o: object) => Promise<{
      violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[];
    }> } }).axe;
    const r = await run.run({ resultTypes: ["violations"] });
    return r.violations.filter((v) => v.impact === "serious" || v.impact === "critical")
      .map((v) => `${v.id}: ${v.nodes.map((n) => n.html + n.failureSummary).join(" | ")}`);
  });
}

describe("pages", () => {
  for (const [lang, theme, width, height] of [["en", "light", 1440, 900], ["ja", "dark", 1440, 900], ["ja", "light", 360, 740]] as const)
    it(`have no serious finding and no sideways scrolling: ${lang}, ${theme}, ${width} px`, async () => {
      await page.setViewportSize({ width, height });
      await page.addInitScript(([l, t]) => {
        localStorage.setItem("ringbridge.lang", l!);
        localStorage.setItem("ringbridge.theme", t!);
      }, [lang, theme]);
      await open("#/call/0193-whole");
      for (const [name, hash, seen] of PAGES) {
        await show(hash, seen);
        assert.deepEqual(await serious(), [], name);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.ok(over <= 0, `${name} is ${over} px too wide`);
        await shot(`page-${lang}-${theme}-${width}-${name}`);
      }
    });

  it("a board on a wall does not scroll and says its alarms in words", async () => {
    await page.setViewportSize({ width: 1920, height: 1080 });
    await open("#/board");
    await page.locator(".board .people li").first().waitFor();
    await page.getByText("Watch", { exact: true }).first().waitFor();
    const over = await page.evaluate(() => document.documentElement.scrollHeight - window.innerHeight);
    assert.ok(over <= 0, `${over} px too high`);
    const px = await page.locator(".tile-value").first().evaluate((e) => parseFloat(getComputedStyle(e).fontSize));
    assert.ok(px >= 100, `${px} px are not read from five metres`);
    await shot("board-wall");
  });
});

describe("call page", () => {
  it("tells the story and why it popped, in words", async () => {
    await open("#/call/0193-whole");
    await page.getByText("Nobody with line 204 had the page open").waitFor();
    await page.getByText("Shown to whoever has line 201: the queue rings there. Number: 0312345678.").waitFor();
    assert.equal(await page.locator(".bar-of").count(), 6);
    await page.getByText("Another decision, see the code.").waitFor();
  });

  it("is reached from the log and from the recent calls", async () => {
    await open("#/calls");
    await page.locator(".recent-who a").first().click();
    await page.locator(".trace li").first().waitFor();
    await page.locator(".crumb a").click();
    await page.locator(".row-button").first().click();
    await page.locator(".detail a").first().click();
    await page.locator(".trace li").first().waitFor();
  });
});

describe("call-backs", () => {
  it("are taken on and settled; what somebody else has is theirs", async () => {
    const acts: unknown[] = [];
    const id = String(callback(1, "x")["id"]);
    hub.answers[`/callbacks/${id}`] = (_q, body) => {
      acts.push(body?.["act"]);
      return { item: body?.["act"] === "done" ? null : callback(1, "鈴木 健", { claimed_by: "u-1", claimed_name: "青木", claimed_at: "2026-11-24T08:41:00Z" }) };
    };
    await open("#/callbacks");
    const first = page.locator(".callback").first();
    await first.getByRole("button", { name: /^I take it/ }).click();
    await first.getByText("You are calling back").waitFor();
    await first.getByRole("button", { name: /^Settled/ }).click();
    await page.locator(".callback").nth(2).waitFor({ state: "detached" });
    assert.deepEqual(acts, ["claim", "done"]);
    assert.ok(await page.locator("[data-claimed=theirs]").getByRole("button", { name: /^Call back/ }).isDisabled());
  });
});

describe("reports", () => {
  it("keep their question in the address bar, and export it", async () => {
    await open("#/reports?by=queue&from=2026-11-18&to=2026-11-24&queue=sales");
    await page.locator(".figures tbody tr").first().waitFor();
    const asked = hub.requests.find((r) => r.startsWith("GET /api/v1/reports?by=queue"));
    assert.match(asked ?? "", /from=2026-11-17T15%3A00%3A00.000Z&to=2026-11-24T15%3A00%3A00.000Z&queue=sales&tz=Asia%2FTokyo/);
    await page.getByText("Export").click();
    assert.match(await page.getByRole("link", { name: "JSON Lines" }).getAttribute("href") ?? "", /reports\.jsonl\?by=queue.*queue=sales/);
    await page.getByRole("link", { name: "Agent", exact: true }).click();
    await page.getByText("Who answers, and how long do they talk?").waitFor();
    assert.match(page.url(), /by=agent/);
    await page.getByText("Calls from outside that are over.").waitFor();
  });
});

describe("a narrow page", () => {
  it("has the panel alone, with its buttons", async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    await open("#/");
    await page.getByRole("button", { name: "Call", exact: true }).first().waitFor();
    assert.equal(await page.locator(".beside").isVisible(), false);
  });
});

describe("roles", () => {
  it("an agent has neither board nor administration, whatever the address says", async () => {
    hub.user = { ...hub.user, role: "agent" };
    await open("#/admin/users");
    await page.locator(".panel").waitFor();
    assert.equal(await page.locator("[data-nav=board], [data-nav=admin]").count(), 0);
    assert.equal(await page.locator(".admin").count(), 0);
    assert.ok(!hub.requests.some((r) => r.includes("/users")));
  });
});

describe("hostile names", () => {
  it("are text in every view", async () => {
    let n = 0;
    furnish(hub, () => HOSTILE[n++ % HOSTILE.length]!);
    await open("#/call/0193-whole");
    for (const [, hash, seen] of PAGES) {
      await show(hash, seen);
      assert.equal(await page.evaluate(() => (globalThis as { hit?: number }).hit), undefined, hash);
      assert.equal(await page.locator("img[src=x], script:not([src]), iframe").count(), 0, hash);
    }
    assert.ok(n > 50);
  });
});
