/*
 * rest.test.ts -- schema/http/openapi.yaml against the running server: every path and
 * method for every role, what is answered without a session, and the shape of each
 * answer. A route that the description lacks, or the server, fails.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Session } from "@ringbridge/sdk/node";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { parse } from "yaml";
import { password } from "../support/daemon.js";
import type { Daemon } from "../support/daemon.js";
import { Office } from "../support/office.js";
import { block, root } from "../support/place.js";

const METHODS = ["get", "post", "delete", "put", "patch"] as const;
const ROLES = ["agent", "supervisor", "admin"] as const;
type Role = (typeof ROLES)[number];

interface Operation {
  "x-role"?: Role;
  security?: unknown[];
  requestBody?: unknown;
  responses: Record<string, { $ref?: string; content?: Record<string, { schema: unknown }> }>;
}
interface Document { paths: Record<string, Record<string, Operation>>; components: { responses: Operation["responses"] } }

const text = readFileSync(join(root, "schema/http/openapi.yaml"), "utf8");
const document = parse(text) as Document;
const messages = JSON.parse(readFileSync(join(root, "schema/ws/messages.schema.json"), "utf8")) as object;

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema(messages, "https://ringbridge.example/ws/messages.schema.json");
ajv.addSchema({ ...document, $id: "https://ringbridge.example/http/openapi.yaml" });

/* An id that is well formed and nobody's; a name that nobody has. */
const NOBODY = "01936c1e-0000-7000-8000-000000000000";
const FILLED: Record<string, string> = { "{id}": NOBODY, "{name}": "nobody", "{line}": "999" };
const QUERY: Record<string, string> = { "/contacts": "?number=0312345678", "/number": "?number=0312345678" };
/* What a request with a body says; each is a good one. */
const BODIES: Record<string, object> = {
  "post /callbacks/{id}": { act: "claim" },
  "post /notes": { conversation: NOBODY, id: "n-1", text: "x" },
  "post /settings": { waiting_warn: 3 },
  "post /contacts": { name: "Made by test", number: "03-1111-0001" },
  "post /contacts/choice": { number: "03-1111-0001", contact: NOBODY },
  "post /outbox/replay": { all: true },
  "post /users": { name: "made-by-test", role: "agent", password: "long enough to keep", lines: ["209"], groups: ["sales"] },
  "post /users/{name}": { display: "x" },
  "post /lines/{line}": { label: "x" },
};
/* They would end what the others need. */
const APART = new Set(["post /login", "post /logout", "post /token"]);

interface Case { name: string; method: string; path: string; op: Operation }

const cases: Case[] = Object.entries(document.paths).flatMap(([path, methods]) =>
  METHODS.filter((m) => methods[m]).map((method) => ({ name: `${method} ${path}`, method, path, op: methods[method]! })));

function pointer(s: string): string {
  return s.replaceAll("~", "~0").replaceAll("/", "~1");
}

/* The check of an answer with this status and type; null: the description has none. */
function checkOf(c: Case, status: number, type: string): ValidateFunction | null {
  const base = "https://ringbridge.example/http/openapi.yaml#";
  const direct = c.op.responses[String(status)];
  if (!direct) return null;
  const at = direct.$ref ? direct.$ref.slice(1) : `/paths/${pointer(c.path)}/${c.method}/responses/${status}`;
  const content = direct.$ref ? document.components.responses[direct.$ref.split("/").pop()!]!.content : direct.content;
  if (!content) return null;
  assert.ok(content[type], `${c.name} ${status}: ${type} is not described`);
  return ajv.getSchema(`${base}${encodeURI(`${at}/content/${pointer(type)}/schema`)}`) ?? null;
}

describe("REST, as openapi.yaml says", () => {
  let office: Office;
  let daemon: Daemon;
  const sessions = new Map<Role, Session>();

  before(async () => {
    office = await Office.open({ net: block(39), pbx: "pbxsim", sim: ["--calls-per-minute", "120", "--speed", "800", "--quiet"] });
    daemon = office.daemon;
    for (const role of ROLES) await daemon.addUser({ name: `rest-${role}`, role, lines: role === "agent" ? ["201"] : [] });
    for (const role of ROLES) sessions.set(role, await daemon.login(`rest-${role}`));
  });
  after(() => office?.close());

  async function ask(c: Case, role: Role | null): Promise<{ status: number; type: string; body: string }> {
    const path = `/api/v1${c.path.replace(/\{\w+\}/, (x) => FILLED[x]!)}${QUERY[c.path] ?? ""}`;
    const body = c.method === "get" ? undefined : JSON.stringify(BODIES[c.name] ?? {});
    const init = { method: c.method.toUpperCase(), headers: { "x-ringbridge": "1", "content-type": "application/json", origin: daemon.base },
      ...(body ? { body } : {}) };
    const answer = (role ? await sessions.get(role)!.fetch(daemon.base + path, init) : await fetch(daemon.base + path, init)) as Response;
    return { status: answer.status, type: (answer.headers.get("content-type") ?? "").split(";")[0]!, body: await answer.text() };
  }

  for (const c of cases.filter((x) => !APART.has(x.name)))
    test(c.name, async () => {
      assert.equal((await ask(c, null)).status, 401, "without a session");
      for (const role of ROLES) {
        const answer = await ask(c, role);
        const least = ROLES.indexOf(c.op["x-role"] ?? "agent");
        if (ROLES.indexOf(role) < least) assert.equal(answer.status, 403, role);
        else assert.notEqual(answer.status, 403, role);
        assert.ok(c.op.responses[String(answer.status)], `${role}: ${answer.status} is not described: ${answer.body}`);
        const check = checkOf(c, answer.status, answer.type);
        if (!check || !answer.type.endsWith("/json")) continue;
        assert.ok(check(JSON.parse(answer.body)), `${role}: ${answer.status} ${answer.body} ${ajv.errorsText(check.errors)}`);
      }
    });

  test("the server has no path that the description lacks", () => {
    const routes = readFileSync(join(root, "cti-core/hub/rest.c"), "utf8");
    const served = [...routes.matchAll(/\{ "(GET|POST|DELETE)", "(\/[^"]*)", \d, BY_\w+ \}/g)]
      .map(([, method, path]) => `${method!.toLowerCase()} ${path!}`);
    const described = cases.map((c) => c.name.replace(/\{\w+\}/, "*"));
    assert.ok(served.length > 20);
    assert.deepEqual(served.sort(), described.sort());
  });

  test("a log-in, a token and a log-out answer as described", async () => {
    const by = (name: string): Case => cases.find((c) => c.name === name)!;
    const login = await fetch(`${daemon.base}/api/v1/login`, { method: "POST",
      headers: { "x-ringbridge": "1", "content-type": "application/json", origin: daemon.base },
      body: JSON.stringify({ name: "rest-agent", password: password("rest-agent") }) });
    assert.ok(checkOf(by("post /login"), login.status, "application/json")!(await login.json()));
    const token = await ask(by("post /token"), "agent");
    assert.ok(checkOf(by("post /token"), token.status, token.type)!(JSON.parse(token.body)));
    assert.equal((await ask(by("post /logout"), "agent")).status, 204);
    assert.equal((await ask(by("get /me"), "agent")).status, 401);
  });
});
