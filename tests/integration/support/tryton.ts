/*
 * tryton.ts -- a real Tryton (Debian's packages) with its own web client, in a folder
 * of its own. Its database is SQLite: the CRM is what is tested with.
 */
import { execFile } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { Child } from "./child.js";
import { asServerUser, discard, temporaryFolder } from "./place.js";
import type { Cleanup } from "./wait.js";

const run = promisify(execFile);
const SAO = "/usr/share/tryton-sao/www";

export interface Note { id: number; resource: string; message: string }

export class Tryton {
  static readonly user = "admin";
  static readonly password = "Sakura-42";
  private readonly folder = temporaryFolder("tryton");
  private server: Child | null = null;
  private session = "";

  constructor(private readonly host: string) {}

  /* Why there is none here; "" if there is. */
  static missing(): string {
    const parts = ["/usr/bin/trytond", "/usr/lib/python3/dist-packages/trytond/modules/party", SAO];
    return parts.every((p) => existsSync(p)) ? "" : "tryton-server, tryton-modules-party and tryton-sao are not installed";
  }

  get url(): string {
    return `http://${this.host}:8000`;
  }

  static async open(host: string, cleanup: Cleanup): Promise<Tryton> {
    const t = new Tryton(host);
    cleanup.add("Tryton", () => t.close());
    const file = (name: string, text: string): void => writeFileSync(join(t.folder, name), text, { mode: 0o644 });
    file("conf", `[database]\nuri = sqlite://\npath = ${t.folder}\n[web]\nlisten = ${host}:8000\nroot = ${SAO}\n`);
    file("password", `${Tryton.password}\n`);
    await run("/usr/bin/env", ["TRYTONPASSFILE=password", "sh", "-c", ": > crm.sqlite; exec trytond-admin -c conf -d crm" +
      " -u ir res party --activate-dependencies --email admin@crm.example --password"],
      { ...asServerUser, cwd: t.folder, timeout: 300_000, maxBuffer: 1 << 26 });
    await t.start();
    await t.settle();
    return t;
  }

  async start(): Promise<void> {
    this.server = new Child("trytond", "/usr/bin/trytond", ["-c", "conf", "-d", "crm"], { ...asServerUser, cwd: this.folder });
    this.session = "";
    await this.server.until("Tryton answers", async () => (await fetch(this.url)).ok, 60_000);
  }

  /* The questions that it would ask its first administrator. */
  private async settle(): Promise<void> {
    const items = await this.call<number[]>("model.ir.module.config_wizard.item.search", [["state", "=", "open"]], 0, 100, null);
    if (items.length) await this.call("model.ir.module.config_wizard.item.write", items, { state: "done" });
  }

  async stop(): Promise<void> {
    await this.server?.stop();
  }

  /* As on a machine that hangs: connections stay, nobody answers. */
  freeze(): void {
    this.server?.signal("SIGSTOP");
  }

  thaw(): void {
    this.server?.signal("SIGCONT");
  }

  private async post(method: string, params: unknown[], session: string): Promise<unknown> {
    const headers: Record<string, string> = { "Content-Type": "application/json" };
    if (session) headers["Authorization"] = `Session ${session}`;
    const r = await fetch(`${this.url}/crm/`, { method: "POST", headers, body: JSON.stringify({ id: 1, method, params }) });
    const answer = (await r.json()) as { result?: unknown; error?: unknown };
    if (answer.error) throw new Error(`${method}: ${JSON.stringify(answer.error)}`);
    return answer.result;
  }

  /* What a person would do in it. */
  async call<T>(method: string, ...params: unknown[]): Promise<T> {
    if (!this.session) {
      const [uid, key] = (await this.post("common.db.login", [Tryton.user, { password: Tryton.password }], "")) as [number, string];
      this.session = Buffer.from(`${Tryton.user}:${uid}:${key}`).toString("base64");
    }
    return (await this.post(method, [...params, {}], this.session)) as T;
  }

  /* A party and its numbers; its id. */
  async party(name: string, ...numbers: string[]): Promise<number> {
    const mechanisms = numbers.map((value) => ({ type: "phone", value }));
    const [id] = await this.call<number[]>("model.party.party.create", [{ name, contact_mechanisms: [["create", mechanisms]] }]);
    if (id === undefined) throw new Error(`no party ${name}`);
    return id;
  }

  page(party: number): string {
    return `${this.url}/#crm/model/party.party/${party}`;
  }

  async notes(party: number): Promise<Note[]> {
    return this.call<Note[]>("model.ir.note.search_read", [["resource", "=", `party.party,${party}`]], 0, 1000, [["id", "ASC"]],
      ["message"]);
  }

  private async close(): Promise<void> {
    this.thaw();
    await this.stop();
    discard(this.folder);
  }
}
