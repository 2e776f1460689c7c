/*
 * build.mjs -- the pages (web/dist, served by the hub at /) and the SDK package
 * (web/sdk/dist). Prints sizes and fails when a budget is exceeded.
 *
 *   node build.mjs          both
 *   node build.mjs sdk      the SDK alone
 */
import { build } from "esbuild";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const at = (...parts) => join(here, ...parts);

/* gzipped bytes */
const BUDGET_PANEL = 60_000;
const BUDGET_SDK = 15_000;

const common = {
  bundle: true, minify: true, format: "esm", target: "es2022", charset: "utf8",
  legalComments: "none", logLevel: "warning", absWorkingDir: here,
  alias: { "@ringbridge/sdk": "./sdk/src/index.ts" },
};

let tooBig = false;
function report(name, bytes, budget) {
  const gz = gzipSync(bytes, { level: 9 }).length;
  const over = budget && gz > budget;
  tooBig ||= Boolean(over);
  const limit = budget ? ` of ${budget / 1000} kB` : "";
  console.log(`${over ? "TOO BIG " : ""}${name}: ${(gz / 1000).toFixed(1)} kB gzipped${limit}`
    + ` (${(bytes.length / 1000).toFixed(1)} kB)`);
}

async function buildSdk() {
  rmSync(at("sdk/dist"), { recursive: true, force: true });
  execFileSync(process.execPath, [at("node_modules/typescript/bin/tsc"), "-p", at("sdk")],
    { stdio: "inherit" });
  const whole = await build({ ...common, entryPoints: ["sdk/src/index.ts"], write: false });
  report("sdk", whole.outputFiles[0].contents, BUDGET_SDK);
}

async function buildPages() {
  rmSync(at("dist"), { recursive: true, force: true });
  mkdirSync(at("dist"), { recursive: true });
  const out = await build({
    ...common, entryPoints: { app: "src/main.ts", style: "src/style.css" }, outdir: "dist/assets",
    entryNames: "[name]-[hash]", chunkNames: "[name]-[hash]", splitting: true, metafile: true,
  });
  const files = Object.keys(out.metafile.outputs);
  const entry = (f) => out.metafile.outputs[f].entryPoint;
  const js = files.find((f) => entry(f) === "src/main.ts");
  const css = files.find((f) => f.endsWith(".css"));
  const start = [js, ...out.metafile.outputs[js].imports
    .filter((i) => i.kind === "import-statement").map((i) => i.path)];
  const page = readFileSync(at("src/index.html"), "utf8")
    .replaceAll("{app}", `assets/${basename(js)}`).replaceAll("{style}", `assets/${basename(css)}`);
  writeFileSync(at("dist/index.html"), page);
  cpSync(at("static"), at("dist"), { recursive: true });
  await build({ ...common, format: "iife", entryPoints: ["embed/embed.ts"], outfile: "dist/embed.js" });

  const read = (f) => readFileSync(at(f));
  report("panel (scripts and style)", Buffer.concat([...start, css].map(read)), BUDGET_PANEL);
  for (const f of files.filter((f) => f.endsWith(".js") && !start.includes(f)))
    report(entry(f) || basename(f).replace(/-[A-Z0-9]+\.js$/, ""), read(f));
  report("embed.js", read("dist/embed.js"));
}

/* A folder that a browser loads as it is (chrome://extensions), and that is zipped for a store. */
async function buildExtension() {
  const to = "build/extension";
  rmSync(at(to), { recursive: true, force: true });
  mkdirSync(at(to), { recursive: true });
  for (const f of ["manifest.json", "_locales", "options.html", "options.css", "icon.png"])
    cpSync(at("extension", f), at(to, f), { recursive: true });
  for (const [name, format] of [["worker", "esm"], ["options", "esm"], ["content", "iife"]]) {
    await build({ ...common, format, entryPoints: [`extension/src/${name}.ts`], outfile: `${to}/${name}.js` });
    report(`extension/${name}.js`, readFileSync(at(to, `${name}.js`)));
  }
}

const only = process.argv[2];
await buildSdk();
if (only !== "sdk") {
  await buildPages();
  await buildExtension();
}
if (tooBig) process.exitCode = 1;
