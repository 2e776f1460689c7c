/*
 * bundle.mjs OUT -- makes one file of office.ts that needs nothing but Node.
 */
import { build } from "esbuild";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

const out = process.argv[2];
if (!out) {
  console.error("usage: node bundle.mjs OUT.mjs");
  process.exit(2);
}
await build({
  absWorkingDir: dirname(fileURLToPath(import.meta.url)),
  entryPoints: ["office.ts"], outfile: out,
  bundle: true, platform: "node", format: "esm", target: "node18", logLevel: "warning",
});
