/*
 * package.test.ts -- what `npm pack` makes of the SDK: it installs, loads in Node by its
 * own name, brings types and nothing else, and is small.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const root = process.env["WEB_ROOT"] ?? ".";
const MOST_BYTES = 15_000; /* gzipped, with everything that it exports */

describe("the package @ringbridge/sdk", () => {
  let folder: string;
  let files: string[];

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "ringbridge-sdk-"));
    const npm = (args: string[], cwd: string): string =>
      execFileSync("npm", [...args, "--offline", "--no-audit", "--no-fund", "--loglevel=error"], { cwd, encoding: "utf8" });
    execFileSync(process.execPath, [join(root, "build.mjs"), "sdk"], { stdio: "pipe" });
    const [packed] = JSON.parse(npm(["pack", join(root, "sdk"), "--json", "--pack-destination", folder], folder)) as
      { filename: string; files: { path: string }[] }[];
    assert.ok(packed);
    files = packed.files.map((f) => f.path);
    mkdirSync(join(folder, "app"));
    writeFileSync(join(folder, "app/package.json"), '{"name":"app","private":true,"type":"module"}');
    npm(["install", join(folder, packed.filename)], join(folder, "app"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("loads by its name, with both of its doors", () => {
    const code = `import * as sdk from "@ringbridge/sdk"; import { login } from "@ringbridge/sdk/node";
      console.log(typeof sdk.Client, typeof sdk.scanNumbers, typeof login, sdk.findNumbers("TEL 03-1234-5678")[0].number);`;
    const out = execFileSync(process.execPath, ["--input-type=module", "-e", code], { cwd: join(folder, "app"), encoding: "utf8" });
    assert.equal(out.trim(), "function function function 0312345678");
  });

  it("brings types for each script, the README and the licence's name, and no dependency", () => {
    const scripts = files.filter((f) => f.endsWith(".js"));
    for (const f of scripts) assert.ok(files.includes(f.replace(/\.js$/, ".d.ts")), f);
    assert.deepEqual(files.filter((f) => !/^dist\/[a-z_]+\.(js|d\.ts)$/.test(f)).sort(), ["README.md", "package.json"]);
    const about = JSON.parse(readFileSync(join(folder, "app/node_modules/@ringbridge/sdk/package.json"), "utf8")) as Record<string, unknown>;
    assert.equal(about["dependencies"], undefined);
    assert.equal(about["license"], "Apache-2.0");
  });

  it(`is under ${MOST_BYTES / 1000} kB, gzipped, as a page would load it`, async () => {
    const out = await build({
      absWorkingDir: join(folder, "app"), stdin: { contents: 'export * from "@ringbridge/sdk"', resolveDir: join(folder, "app") },
      bundle: true, minify: true, format: "esm", write: false,
    });
    const size = gzipSync(out.outputFiles[0]!.contents, { level: 9 }).length;
    assert.ok(size < MOST_BYTES, `${size} bytes`);
  });
});
