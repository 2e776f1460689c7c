/*
 * bundle.mjs OUTFILE -- makes one file of the demo office, which Node runs as it is.
 */
import { build } from "esbuild";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

await build({
  absWorkingDir: dirname(fileURLToPath(import.meta.url)),
  entryPoints: ["office.ts"], outfile: process.argv[2], bundle: true, platform: "node", format: "esm", target: "node18",
  logLevel: "warning",
});
