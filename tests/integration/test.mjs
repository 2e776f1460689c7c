/*
 * test.mjs -- bundles test/*.test.ts and runs them with Node's test runner (Node 18
 * cannot read TypeScript by itself).
 *
 *   node test.mjs              all of them
 *   node test.mjs phones pops  those whose names begin so
 *   RINGBRIDGE_TESTS=../faults node test.mjs    those of another folder
 *
 * Each file has a loopback block and servers of its own, so files run side by side;
 * RINGBRIDGE_TEST_JOBS says how many at once.
 */
import { build } from "esbuild";
import { spawnSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const wanted = process.argv.slice(2);
const folder = process.env.RINGBRIDGE_TESTS ?? "test";
const tests = readdirSync(join(here, folder))
  .filter((f) => f.endsWith(".test.ts"))
  .filter((f) => !wanted.length || wanted.some((w) => f.startsWith(w)));
if (!tests.length) {
  console.error(`no test begins with ${wanted.join(" or ")}`);
  process.exit(2);
}

const out = join(here, "build", basename(folder));
rmSync(out, { recursive: true, force: true });
await build({
  absWorkingDir: here,
  entryPoints: tests.map((f) => join(folder, f)),
  outdir: out,
  outExtension: { ".js": ".mjs" },
  bundle: true, platform: "node", format: "esm", target: "node18", sourcemap: "inline",
  packages: "external",
  alias: { "@ringbridge/sdk": "../../web/sdk/src/index.ts", "@ringbridge/sdk/node": "../../web/sdk/src/node.ts" },
  logLevel: "warning",
});

const major = Number(process.versions.node.split(".")[0]);
const jobs = process.env.RINGBRIDGE_TEST_JOBS ?? "2";
const run = spawnSync(process.execPath,
  ["--enable-source-maps", "--test", ...(major >= 20 ? [`--test-concurrency=${jobs}`] : []),
    ...tests.map((f) => join(out, f.replace(/\.ts$/, ".mjs")))],
  { stdio: "inherit", env: { ...process.env, RINGBRIDGE_ROOT: join(here, "../..") } });
process.exitCode = run.status ?? 1;
