/*
 * picture.ts -- makes doc/panel.png, the picture in the README, from the built
 * pages: a customer calls, a second call waits, the day's calls are in the log.
 *
 *   npm run build && npm run picture
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import * as say from "./support/conversations.js";
import type { Wire } from "./support/conversations.js";
import { FakeHub } from "./support/fakehub.js";
import { furnish } from "./support/office.js";

const root = process.env["WEB_ROOT"] ?? ".";
const now = new Date("2026-11-24T14:32:07+09:00").getTime();
const at = (secondsAgo: number): string => new Date(now - secondsAgo * 1000).toISOString().replace("Z", "000Z");

function match(id: string, name: string, company: string, label: string): Wire {
  return { id, name, company, url: `https://crm.example/contact/${id}`, label, reason: "exact number" };
}

const contact = (m: Wire): Wire => ({ status: "one", reason: "exact number", matches: [m] });
const yamada = match("c-17", "山田 太郎", "山田商店", "mobile");

function over(n: number, minutesAgo: number, who: Wire, more: Wire): Wire {
  const t0 = minutesAgo * 60;
  const base = say.conversation({
    id: `0193-over-${n}`, version: 9, state: "ended", started_at: at(t0), ended_at: at(t0 - 20),
    external: say.external({ number: who["number"], e164: null, display: who["number"] }),
    contacts: who["name"] ? contact(match(`x-${n}`, String(who["name"]), String(who["company"]), "main")) : say.none,
    outcome: "missed", segments: [{ kind: "rang", line: "201", from: at(t0), to: at(t0 - 20) }],
    legs: [say.leg({ state: "ended", result: "missed", rang: [at(t0), at(t0 - 20)] })],
  });
  return { ...base, ...more };
}

function talked(n: number, minutesAgo: number, rang: number, seconds: number, who: Wire, more: Wire = {}): Wire {
  const t0 = minutesAgo * 60, t1 = t0 - rang, t2 = t1 - seconds;
  return over(n, minutesAgo, who, {
    outcome: "answered", answered_at: at(t1), ended_at: at(t2), ended_by: "external",
    legs: [say.leg({ state: "ended", result: "answered", rang: [at(t0), at(t1)], talked: [[at(t1), at(t2)]] })],
    segments: [{ kind: "rang", line: "201", from: at(t0), to: at(t1) }, { kind: "talked", line: "201", from: at(t1), to: at(t2) }],
    ...more,
  });
}

const log: Wire[] = [
  talked(1, 14, 6, 372, { number: "03-6801-2200", name: "高橋 真理", company: "高橋工業" }),
  over(2, 31, { number: "090-5512-7788" }, {}),
  talked(3, 48, 9, 128, { number: "06-6123-4567", name: "鈴木 健", company: "大阪物産" }, { queue: "sales" }),
  talked(4, 66, 0, 245, { number: "045-987-6543", name: "Anna Keller", company: "Keller GmbH" }, { direction: "outbound", dialled: "0459876543" }),
  talked(5, 92, 4, 61, { number: "080-1122-3344" }),
  over(6, 118, { number: "03-3344-5566", name: "伊藤 由美", company: "伊藤設計" }, { outcome: "abandoned", queue: "sales" }),
  talked(7, 131, 11, 903, { number: "052-221-8899", name: "中村 大輔", company: "名古屋電機" }),
  talked(8, 164, 5, 187, { number: "03-1234-5678", name: "山田 太郎", company: "山田商店" }),
];

const ringing = say.conversation({
  id: "0193-now", started_at: at(6), contacts: contact(yamada), dialled: "0355501234",
  legs: [say.leg({ rang: [at(6), null] })],
  transfers: [{ at: at(6), kind: "blind", from: "204", to: "201", note: null }],
  notes: [{ at: at(20), user: "森 直樹", text: "請求書 1182 の金額について。折り返し希望" }],
});

const hub = await FakeHub.start("127.23.0.1");
hub.now = () => now;
hub.dist = join(root, "dist");
hub.user = { ...hub.user, lang: "en" };
furnish(hub);
hub.capabilities = { dial: true, answer: true, hangup: true, hold: true, transfer: true };
hub.calls = () => ({ calls: log, next: null });
hub.snapshot = {
  ...hub.snapshot, conversations: [ringing], lines: [],
  pops: [{ id: "pop-1", conversation: "0193-now", line: "201", why: "transfer", here: true }],
};
const browser = await chromium.launch({
  executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--font-render-hinting=none"],
});
const page = await browser.newPage({
  viewport: { width: 1200, height: 760 }, deviceScaleFactor: 2, locale: "en-GB", timezoneId: "Asia/Tokyo",
});
await page.clock.setFixedTime(now);
await page.goto(hub.base);
await page.fill("#name", "aoki");
await page.fill("#password", "secret");
await page.click("button[type=submit]");
await page.getByText("山田 太郎").first().waitFor();
await page.getByText("高橋 真理").nth(1).waitFor();
/* The same letters wherever the picture is made. */
await page.evaluate(() => document.documentElement.style.setProperty("--font", '"Inter", "Noto Sans CJK JP", sans-serif'));
await page.emulateMedia({ reducedMotion: "reduce" });
mkdirSync(join(root, "doc"), { recursive: true });
await page.screenshot({ path: join(root, "doc/panel.png") });
await browser.close();
await hub.stop();
