/*
 * CRMs at the command line: `check` names a template's mistakes by file and line, `doctor
 * crm` shows each request and reply of a CRM that stands here, and no secret.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { block, buildDir, discard, root, temporaryFolder } from "../support/place.js";

const binary = join(buildDir, "cti-core/main/ringbridge");
const folder = temporaryFolder("crm-cli");
const secret = "pat-very-secret-4711";
const server = createServer(async (req, res) => {
  const body = await text(req);
  if (req.url === "/token") {
    res.end(JSON.stringify({ access_token: "access-4711", refresh_token: `fresh-${new URLSearchParams(body).get("code")}` }));
    return;
  }
  if (req.headers.authorization !== `Bearer ${secret}`) {
    res.writeHead(401).end("{}");
    return;
  }
  res.end(JSON.stringify({ total: 1, results: [{ id: "51", properties: { firstname: "健", lastname: "安部", phone: "03-1234-5678" } }] }));
});

async function text(req: IncomingMessage): Promise<string> {
  let all = "";
  for await (const part of req) all += part;
  return all;
}

interface Outcome { code: number; out: string; err: string }

function ringbridge(...args: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(binary, [...args, "--config", join(folder, "conf")], (error, out, err) => {
      resolve({ code: error ? Number(error.code) : 0, out, err });
    });
  });
}

function configure(text: string): void {
  writeFileSync(join(folder, "conf"), text, { mode: 0o600 });
}

let base = "";
before(async () => {
  await new Promise<void>((listening) => server.listen(0, `${block(60)}.1`, listening));
  const at = server.address() as AddressInfo;
  base = `http://${at.address}:${at.port}`;
  writeFileSync(join(folder, "secret"), secret, { mode: 0o600 });
  chmodSync(join(folder, "secret"), 0o600);
});
after(() => {
  server.close();
  server.closeAllConnections();
  discard(folder);
});

const hubspot = () => `[crm sales]\ntemplate = ${root}/connectors/crm/templates/hubspot.xml\nparam.Api = ${base}\n` +
  `param.Portal = 42\nparam.Token = @${folder}/secret\n`;

test("the templates that are shipped have no mistake", async () => {
  const names = readdirSync(join(root, "connectors/crm/templates"));
  configure(names.map((n, i) => `[crm c${i}]\ntemplate = ${root}/connectors/crm/templates/${n}\n`).join(""));
  const r = await ringbridge("check");
  assert.equal(r.code, 0, r.err);
  assert.match(r.out, /10 CRMs/);
});

test("a mistake has a file, a line and a remedy", async () => {
  const good = readFileSync(join(root, "connectors/crm/templates/hubspot.xml"), "utf8");
  const line = good.split("\n").findIndex((l) => l.includes('Next="WriteCall"')) + 1;
  const scenario = good.split("\n").findIndex((l) => l.includes('Id="ReportCall"')) + 1;
  assert.ok(line > scenario);
  writeFileSync(join(folder, "bad.xml"), good.replace('Next="WriteCall"', 'Next="WriteIt"'));
  configure(`[crm sales]\ntemplate = ${folder}/bad.xml\nparam.Tokn = x\nparam.Token = y\n`);
  let r = await ringbridge("check");
  assert.equal(r.code, 1);
  assert.ok(r.err.includes(`${folder}/bad.xml:${scenario}: Next="WriteIt" names no scenario; write the Id`), r.err);
  configure(`${hubspot()}param.Tokn = x\n`);
  r = await ringbridge("check");
  assert.equal(r.code, 1);
  assert.match(r.err, /\[crm sales\].*the template has no parameter Tokn/);
  configure("[crm erp]\nkind = tryton\nurl = erp.example\n");
  r = await ringbridge("check");
  assert.match(r.err, /conf:1: database: .*give url, database, user and password/);
  assert.match(r.err, /conf:3: url: .*begin it with https/);
});

test("doctor shows the wire, and no secret", async () => {
  configure(hubspot());
  const r = await ringbridge("doctor", "crm", "sales", "--number", "0081312345678");
  assert.equal(r.code, 0, r.out + r.err);
  assert.match(r.out, /> POST http.*contacts\/search/);
  assert.match(r.out, /> Authorization: Bearer \*\*\*\*/);
  assert.match(r.out, /< status 200/);
  assert.match(r.out, /安部 健/);
  assert.match(r.out, /record contact 51/);
  assert.ok(!r.out.includes(secret));
});

test("an account that is refused is said to be so", async () => {
  configure(hubspot().replace(`@${folder}/secret`, "wrong-token"));
  const r = await ringbridge("doctor", "crm", "sales");
  assert.equal(r.code, 1);
  assert.match(r.out, /refused: .*\n.*refuses the configured account/);
  assert.ok(!r.out.includes("wrong-token"));
});

test("an OAuth log-in: the page, then the token, kept over the next start", async () => {
  const tokens = join(folder, "tokens");
  const template = join(folder, "oauth.xml");
  mkdirSync(tokens, { mode: 0o700 });
  writeFileSync(template, `<Crm Name="o"><Parameters><Parameter Name="R" Type="OAuth" RequestUrl="${base}/login"
    RequestUrlParameters="scope=a b&amp;redirect_uri=[RedirectUri]&amp;state=[State]" ResponseScenario="First" /></Parameters>
    <Authentication Type="No" /><Scenarios>
    <Scenario Id="First"><Request Url="${base}/token" RequestType="Post" RequestEncoding="UrlEncoded" ResponseType="Json">
    <PostValues><Value Key="code">[code]</Value></PostValues></Request><Rules><Rule Type="Any">refresh_token</Rule></Rules>
    <Variables><Variable Name="T" Path="refresh_token" /></Variables><Outputs><Output Type="Result" Value="[T]" /></Outputs></Scenario>
    </Scenarios></Crm>`);
  configure(`[crm o]\ntemplate = ${template}\ntoken_dir = ${tokens}\n`);
  let r = await ringbridge("doctor", "crm", "o", "--redirect", "https://cti.example/cb");
  assert.equal(r.code, 0, r.err);
  assert.match(r.out, /\/login\?scope=a%20b&redirect_uri=https%3A%2F%2Fcti.example%2Fcb&state=[0-9a-f-]{36}/);
  r = await ringbridge("doctor", "crm", "o", "--redirect", "https://cti.example/cb", "--code", "c0de");
  assert.equal(r.code, 0, r.out + r.err);
  assert.ok(!r.out.includes("fresh-c0de") && !r.out.includes("access-4711"), r.out);
  assert.match(readFileSync(join(tokens, readdirSync(tokens)[0]!), "utf8"), /\nfresh-c0de$/);
});
