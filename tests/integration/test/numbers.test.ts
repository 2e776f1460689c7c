/*
 * Numbers, a second opinion: libphonenumber-js reads what tests/unit/base/number_cases.h
 * says that we make of a number. Where it says otherwise, the case stands below with the
 * reason why ours counts; a case that is new, or that agrees by now, fails the test.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parsePhoneNumberFromString, type CountryCode } from "libphonenumber-js/max";

interface Case { plan: string; raw: string; cls: string; e164: string }

const countries: Record<string, CountryCode | undefined> = {
  J: "JP", T: "JP", U: "US", B: "GB", G: "DE", A: "AU", S: "SG", C: "CN", K: "KR", F: "FR", I: "IT", E: "ES",
  H: "HK", W: "TW", N: "IN", R: "BR", M: "MX", V: "NL", Y: "CH", Q: "SE", "-": undefined,
};

/* A C string literal, perhaps in pieces, to what it holds. */
function literal(text: string): string {
  const bytes: Buffer[] = [];
  for (const [, piece] of text.matchAll(/"((?:[^"\\]|\\.)*)"/g))
    for (const m of piece!.matchAll(/\\x([0-9a-f]{2})|\\(.)|([^\\]+)/g))
      bytes.push(m[1] ? Buffer.from([parseInt(m[1], 16)])
        : Buffer.from(m[2] ? ({ n: "\n", t: "\t" } as Record<string, string>)[m[2]] ?? m[2] : m[3]!));
  return Buffer.concat(bytes).toString();
}

function cases(): Case[] {
  const text = readFileSync(join(process.env.RINGBRIDGE_ROOT!, "tests/unit/base/number_cases.h"), "utf8");
  const row = /\{ '(.)',\s*((?:"(?:[^"\\]|\\.)*"\s*)+),\s*'(.)',\s*"([^"]*)"/g;
  return [...text.matchAll(row)].map((m) => ({ plan: m[1]!, raw: literal(m[2]!), cls: m[3]!, e164: m[4]! }));
}

/* What it has no notion of: extensions, codes, settings of a trunk. */
const applies = (c: Case) => "nwpx".includes(c.cls) && c.plan in countries;

function opinion(c: Case): string {
  const n = parsePhoneNumberFromString(c.raw, { defaultCountry: countries[c.plan], extract: true });
  return n?.isValid() ? n.number : "";
}

/* Each a reason and the cases it decides, as they are written in the table. */
const decided: [string, string[]][] = [
  ["a separator that people in Japan write and it does not know", [
    "03ｰ1234ｰ5678", "03─1234─5678", "03〜1234〜5678", "03~1234~5678", "03の1234の5678", "03・1234・5678", "03_1234_5678",
    "03⁃1234⁃5678", "03﹣1234﹣5678", "03─１２３４─5678", "03～1234～5678", "〔03〕1234-5678", "【03】1234-5678"]],
  ["a field with more than one number: the first counts, the others are read too", [
    "03-1234-5678/090-1234-5678", "03-1234-5678、090-1234-5678", "03-1234-5678・5679", "03-1234-5678,03-1234-5679",
    "03-1234-5678\n090-1234-5678", "03-1234-5678 または 090-1234-5678", "03-1234-5678 +81 90 1234 5678",
    "03-1234-5678;090-1234-5678", "03-1234-5678|090-1234-5678", "03-1234-5678，090-1234-5678", "03-1234-5678／090-1234-5678",
    "03-1234-5678&090-1234-5678", "03-1234-5678\t090-1234-5678", "03-1234-5678 or 090-1234-5678"]],
  ["an extension or a remark behind the number, in Japanese or with digits", [
    "03-1234-5678 内線 123", "03-1234-5678（内線１２３）", "03-1234-5678 (9:00-17:00)"]],
  ["a SIP address: the digits before the @ are the number", [
    "sip:+81312345678@203.0.113.5;user=phone", "sip:0312345678;phone-context=+81@ims.example;user=phone",
    '"03-1234-5678" <sip:0312345678@pbx>']],
  ["184 and 186 withhold and present the caller's number, 122 cancels a carrier: prefixes in Japan", [
    "1840312345678", "184-03-1234-5678", "186-090-1234-5678", "1860312345678", "184+81312345678", "1220312345678",
    "184 090-1234-5678", "１８４－０３－１２３４－５６７８", "(184)0312345678", "186+819012345678", "186 0120 123 456",
    "184 010 1 212 555 1234"]],
  ["a carrier is chosen by a prefix in Japan", [
    "1220033 03-1234-5678", "00330312345678", "0061 06 6123 4567", "0046-090-1234-5678", "0077 03 1234 5678",
    "0033 010 1 212 555 1234", "001 010 44 20 7946 0958", "1840033 03-1234-5678", "122 0061 03 1234 5678",
    "0088-03-1234-5678", "0036 03 1234 5678", "0038 090 1234 5678", "001-010-86-10-6552-9988", "0061-010-82-2-2345-6789"]],
  ["local dialling: the area code is a setting of ours", ["1234-5678", "12345678", "１２３４－５６７８", "5555-1234"]],
  ["00 is what most of the world dials abroad with, and PBXs write it for Japan too", ["0081312345678"]],
  ["ranges of the Japanese plan (M2M, announcements, FMC) that its metadata lacks", [
    "02001234567890", "0180-991-234", "0910-123-456"]],
  ["no subscriber or exchange number begins with 0: 06-0 and 020-0 are other ranges, and 060 has eleven digits", [
    "060-123-4567", "06-0123-4567", "020-0123-4567"]],
  ["without its 0 a number is read only where a trunk is set to lose it (lost_zero): nine digits may be anything", [
    "312345678", "9012345678"]],
];

test("numbers: libphonenumber-js agrees, or the reason is known", () => {
  const all = cases();
  assert.ok(all.length >= 400, `${all.length} cases`);
  assert.ok(all.filter((c) => "JZOTX".includes(c.plan)).length >= 250, "cases of Japan");
  const asked = all.filter(applies);
  assert.ok(asked.length >= 300, `${asked.length} can be asked about`);
  const other = asked.filter((c) => opinion(c) !== c.e164).map((c) => c.raw);
  const known = decided.flatMap(([, list]) => list);
  assert.equal(new Set(known).size, known.length, "a case is decided twice");
  assert.deepEqual(other.filter((raw) => !known.includes(raw)), [], "new disagreements");
  assert.deepEqual(known.filter((raw) => !other.includes(raw)), [], "disagreements that are gone");
});
