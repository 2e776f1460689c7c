/*
 * withheld.ts -- a caller who withholds the number, which the network tells the PBX
 * all the same: it must be nowhere.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { ringAt201, row, talk } from "./basic.js";
import type { Office } from "./office.js";

const run = promisify(execFile);

/* A number that nothing else in these tests has, in the ways it might be written. */
const SECRET = "0398765432";
const written = /0398765432|398765432|03-9876-5432/;

export function withheld(getOffice: () => Office): void {
  test("a withheld number is not in the page, REST, CSV, log, database or journal", async () => {
    const office = getOffice();
    const { outside, phone, watcher, is } = await ringAt201(office, { number: SECRET, name: "Himitsu", withheld: true });
    const c = await watcher.sees("a withheld caller", (x) => is(x) && x.state === "alerting" && x.external?.presentation === "withheld");
    assert.equal(c.external?.number, null);
    assert.equal(c.external?.name, null);
    phone.answer();
    await watcher.sees("the answer", (x) => x.id === c.id && x.state === "connected");
    await talk();
    await outside.bye();
    const r = await row(office, c.id);
    assert.equal(r.contacts?.status ?? "skipped", "skipped");
    const admin = await office.watcher("kanri");
    const csv = await admin.session.fetch(`${office.daemon.base}/api/v1/calls.csv`);
    const places: Record<string, string> = {
      "the client's picture": JSON.stringify([...watcher.conversations.values()]),
      REST: JSON.stringify(r),
      CSV: await csv.text(),
      "the log": office.daemon.log,
      "the database": await office.database.dump(),
      "the state folder": (await run("grep", ["-r", "-a", "-o", "-h", "-E", "[^\\n]{0,60}(398765432|Himitsu)[^\\n]{0,20}", office.daemon.state])
        .catch(() => ({ stdout: "" }))).stdout,
    };
    for (const [place, text] of Object.entries(places)) {
      assert.doesNotMatch(text, written, place);
      assert.doesNotMatch(text, /Himitsu/, place);
    }
  });
}
