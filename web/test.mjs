/*
 * test.mjs -- bundles web/test/*.test.ts and runs them with Node's test runner
 * (Node 18 cannot read TypeScript by itself).
 *
 *   node test.mjs unit       everything but the browser
 *   node test.mjs browser    pages in headless Chromium; needs `npm run build`
 *   node test.mjs picture    no test: makes doc/panel.png (test/picture.ts)
 *
 * TEST_ONLY=pattern runs the tests whose names match, TEST_FILE=beginning the files.
 */
import { build } from "esbuild";
import { spawnSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const wanted = process.argv.slice(2);
const kinds = wanted.length ? wanted : ["unit", "browser"];

const picture = kinds[0] === "picture";
const isBrowser = (f) => f.startsWith("browser");
const tests = picture ? ["picture.ts"] : readdirSync(join(here, "test"))
  .filter((f) => f.endsWith(".test.ts"))
  .filter((f) => kinds.includes(isBrowser(f) ? "browser" : "unit"));

const out = join(here, "build/test");
rmSync(out, { recursive: true, force: true });
await build({
  absWorkingDir: here,
  entryPoints: tests.map((f) => `test/${f}`),
  outdir: "build/test",
  outExtension: { ".js": ".mjs" },
  bundle: true, platform: "node", format: "esm", target: "node18", sourcemap: "inline",
  packages: "external",
  alias: { "@ringbridge/sdk": "./sdk/src/index.ts", "@ringbridge/sdk/node": "./sdk/src/node.ts" },
  logLevel: "warning",
});
const asked = process.env.TEST_FILE;
const chosen = tests.filter((f) => !asked || f.startsWith(asked));
const only = process.env.TEST_ONLY ? [`--test-name-pattern=${process.env.TEST_ONLY}`] : [];
const run = spawnSync(process.execPath,
  ["--enable-source-maps", ...only, ...(picture ? [] : ["--test"]), ...chosen.map((f) => join(out, f.replace(/\.ts$/, ".mjs")))],
  { stdio: "inherit", env: { ...process.env, WEB_ROOT: here } });
process.exitCode = run.status ?? 1;
