/* format.test.ts -- numbers, durations, links, filters, languages. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { telNumber } from "@ringbridge/sdk";
import { NO_FILTER, parseFilter, toHash, toQuery } from "../src/filter.js";
import { hashOf, parseRoute } from "../src/route.js";
import { between, duration, grouped, safeUrl, total, understood } from "../src/format.js";
import { pickLang, setLang, t, tables, word } from "../src/i18n/index.js";
import type { Key } from "../src/i18n/index.js";

describe("numbers as typed", () => {
  const good: [string, string][] = [
    ["03-1234-5678", "0312345678"], ["０３－１２３４－５６７８", "0312345678"], ["03ー1234ー5678", "0312345678"],
    ["+81 (0)3 1234 5678", "+81312345678"], ["＋８１ (0)３−１２３４ー５６７８", "+81312345678"],
    ["+81-3-1234-5678", "+81312345678"], ["tel:+81312345678;ext=5", "+81312345678"],
    ["0081 3 1234 5678", "+81312345678"], ["(03) 1234.5678", "0312345678"], ["\u200e03\u2011 1234\u20105678\u00a0", "0312345678"],
    ["201", "201"], ["*8", "*8"], [" 090 1234 5678\n", "09012345678"],
  ];
  for (const [raw, want] of good) it(JSON.stringify(raw), () => assert.equal(understood(raw), want));
  for (const raw of ["", "   ", "order 4711-A", "2026/11/24 a", "+", "abc", "<script>", "+81+3", "1".repeat(40), "03-1234-5678 / 06-1234-5678 x"])
    it(`not a number: ${JSON.stringify(raw)}`, () => assert.equal(understood(raw), null));

  it("are grouped only where it is certain", () => {
    assert.equal(grouped("0312345678"), "03-1234-5678");
    assert.equal(grouped("+819012345678"), "090-1234-5678");
    assert.equal(grouped("0120123456"), "0120-123-456");
    assert.equal(grouped("0463123456"), "0463123456");
    assert.equal(grouped("+442071234567"), "+442071234567");
    assert.equal(grouped("201"), "201");
  });

  it("come out of tel: links, and of nothing else", () => {
    assert.equal(telNumber("tel:+81-3-1234-5678;ext=2"), "+81-3-1234-5678");
    assert.equal(telNumber("TEL:%2B81312345678"), "+81312345678");
    for (const bad of ["", "tel:", "mailto:a@b", "https://x/tel:1", "tel:%E0%A4%A"]) assert.equal(telNumber(bad), null);
  });
});

describe("times", () => {
  it("durations", () => {
    assert.deepEqual([0, 7_900, 59_999, 60_000, 3_723_000, -5].map(duration), ["0:00", "0:07", "0:59", "1:00", "1:02:03", "0:00"]);
  });
  it("unknown is unknown, not zero", () => {
    assert.equal(total([["2026-11-24T08:00:00Z", "unknown"]]), null);
    assert.equal(between("unknown", "2026-11-24T08:00:00Z"), null);
    assert.equal(total([]), 0);
    assert.equal(total([["2026-11-24T08:00:00.000000Z", "2026-11-24T08:00:01.500000Z"]]), 1500);
  });
});

describe("links to records", () => {
  it("http and https only", () => {
    assert.equal(safeUrl("https://crm.example/contact/1"), "https://crm.example/contact/1");
    for (const bad of [null, "", "javascript:alert(1)", " javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//crm.example", "/x", "java\nscript:1"])
      assert.equal(safeUrl(bad), null);
  });
});

describe("filter in the address", () => {
  it("goes there and back", () => {
    const f = { ...NO_FILTER, from: "2026-11-01", to: "2026-11-24", number: "03-1234", outcome: "missed", line: "201", direction: "inbound" };
    const route = parseRoute(toHash(f));
    assert.equal(route.page, "calls");
    assert.deepEqual(parseFilter(route.query), f);
    assert.equal(toHash(NO_FILTER), "#/calls");
  });
  it("drops what is no filter", () => {
    assert.deepEqual(parseFilter(parseRoute("#/calls?outcome=evil&from=yesterday&direction=up&x=1").query), NO_FILTER);
    for (const hash of ["", "#/", "#/elsewhere", "#/elsewhere/x?y"]) assert.equal(parseRoute(hash).page, "panel");
    assert.equal(parseRoute(hashOf("call", "0193-a/b")).id, "0193-a/b");
    assert.equal(parseRoute("#/call/%ff").id, "");
    assert.equal(hashOf("reports", "", { by: "queue", from: "" }), "#/reports?by=queue");
  });
  it("a day of the reader's calendar has both its ends", () => {
    const q = toQuery({ ...NO_FILTER, from: "2026-11-24", to: "2026-11-24", number: "０３-1234-5678" });
    assert.equal(Date.parse(q.to!) - Date.parse(q.from!), 86_400_000);
    assert.equal(q.number, "0312345678");
  });
});

describe("languages", () => {
  const keys = Object.keys(tables.en) as Key[];
  const holes = (s: string): string[] => [...s.matchAll(/\{[a-z]+\}/g)].map((m) => m[0]).sort();

  it("have every key, with the same placeholders, and no empty text", () => {
    for (const [lang, table] of Object.entries(tables)) {
      assert.deepEqual(Object.keys(table).sort(), [...keys].sort(), lang);
      for (const k of keys) {
        assert.notEqual(table[k].trim(), "", `${lang} ${k}`);
        assert.deepEqual(holes(table[k]), holes(tables.en[k]), `${lang} ${k}`);
      }
    }
  });

  it("have a text for every why of the protocol", () => {
    const md = readFileSync(join(process.env["WEB_ROOT"] ?? ".", "../schema/ws/protocol.md"), "utf8");
    const list = /`why` when it is not done:([\s\S]*?)\.\n/.exec(md)![1]!;
    const words = [...list.matchAll(/`([a-z-]+)`/g)].map((m) => m[1]!);
    assert.ok(words.length > 15);
    for (const w of words) assert.ok(word("why", w), w);
  });

  it("are picked by wish, and fill in values once", () => {
    assert.equal(pickLang(["fr", null, "ja-JP"]), "ja");
    assert.equal(pickLang([]), "en");
    setLang("en");
    assert.equal(t("dial.understood", { number: "{number}" }), "Calls {number}");
    assert.equal(word("why", "__proto__"), null);
  });

  it("no source builds markup from text", () => {
    const src = join(process.env["WEB_ROOT"] ?? ".", "src");
    for (const f of readdirSync(src, { recursive: true, encoding: "utf8" }).filter((n) => n.endsWith(".ts")))
      assert.doesNotMatch(readFileSync(join(src, f), "utf8"), /innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function/, f);
  });
});
