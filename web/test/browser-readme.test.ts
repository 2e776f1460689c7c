/*
 * browser-readme.test.ts -- the examples of the SDK's README, run as they stand there:
 * those for pages in Chromium, the one for Node in a process of its own.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { build } from "esbuild";
import type { BrowserContext } from "playwright-core";
import { openChromium } from "./support/chromium.js";
import * as say from "./support/conversations.js";
import { FakeHub } from "./support/fakehub.js";

const root = process.env["WEB_ROOT"] ?? ".";

function examples(kind: string): string[] {
  const text = readFileSync(join(root, "sdk/README.md"), "utf8");
  return [...text.matchAll(/```js (\w+)\n([\s\S]*?)```/g)].filter((m) => m[1] === kind).map((m) => m[2] ?? "");
}

async function bundle(code: string, platform: "browser" | "node"): Promise<string> {
  const out = await build({
    absWorkingDir: root, stdin: { contents: code, resolveDir: root, loader: "js" }, bundle: true, format: "esm", write: false, platform,
    ...(platform === "node" ? { packages: "external" as const } : {}),
    alias: { "@ringbridge/sdk": "./sdk/src/index.ts", "@ringbridge/sdk/node": "./sdk/src/node.ts" },
  });
  return out.outputFiles[0]!.text;
}

describe("README of the SDK", () => {
  let hub: FakeHub;
  let context: BrowserContext;
  let close: () => Promise<void>;
  before(async () => {
    ({ context, close } = await openChromium());
  });
  after(() => close());
  beforeEach(async () => {
    hub = await FakeHub.start();
  });
  afterEach(() => hub.stop());

  it("the page: log in, pop, dial links, buttons, fields and plain numbers", async () => {
    const code = examples("page").map((c) => c.replace("https://cti.example", hub.base));
    assert.equal(code.length, 3);
    hub.pages["/example.js"] = await bundle(code.join("\n"), "browser");
    hub.pages["/example"] = `<!doctype html><title>x</title><a href="tel:0311112222">link</a><button data-dial="0333334444">Call</button>
      <input id=number value=0355556666 data-ringbridge-clean><button id=call>go</button><p>TEL 03-7777-8888</p>
      <script type=module src=/example.js></script>`;
    hub.onMessage = (_peer, m) => {
      if (m["type"] === "command") hub.result(String(m["id"]), { state: "done", why: null });
    };
    const page = await context.newPage();
    const said: string[] = [];
    page.on("console", (m) => void said.push(m.text()));
    page.on("pageerror", (e) => void said.push(String(e)));
    await page.goto(`${hub.base}/example`);
    await hub.until(() => hub.heard.some((m) => m["type"] === "command"), "the dial by hand");
    hub.change(say.conversation({}));
    hub.pop("0193-a");
    await page.getByText("Call at 201 because ringing").waitFor();
    await hub.until(() => hub.heard.some((m) => m["type"] === "pop_ack" && m["shown"] === true), "the pop is acknowledged");
    for (const name of ["link", "Call", "go", "03-7777-8888"]) await page.getByText(name, { exact: true }).click();
    const numbers = (): unknown[] => hub.heard.filter((m) => m["verb"] === "dial").map((m) => m["number"]);
    await hub.until(() => numbers().length === 5, "five dials");
    assert.deepEqual(numbers(), ["03-1234-5678", "0311112222", "0333334444", "0355556666", "0377778888"]);
    assert.deepEqual(said.filter((s) => !/favicon|404/.test(s)), ["done null"]);
    await page.close();
  });

  it("Node", async () => {
    hub.calls = () => ({ calls: [say.conversation({})], next: null });
    const folder = mkdtempSync(join(root, "build/readme-"));
    try {
      const file = join(folder, "example.mjs");
      const [code] = examples("node");
      assert.ok(code);
      writeFileSync(file, await bundle(code.replace("https://cti.example", hub.base), "node"));
      const child = execFile(process.execPath, [file]);
      let out = "";
      child.stdout?.on("data", (d) => (out += String(d)));
      child.stderr?.on("data", (d) => (out += String(d)));
      await new Promise<void>((done) => {
        child.stdout?.on("data", () => (out.includes("missed") && out.includes("calls") ? done() : undefined));
        child.on("exit", () => done());
      });
      child.kill();
      assert.deepEqual(out.trim().split("\n").sort(), ["0 calls", "1 missed"]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
