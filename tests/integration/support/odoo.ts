/*
 * odoo.ts -- a real Odoo 14 (tests/lab/odoo) with a PostgreSQL of its own.
 */
import { execFile, execFileSync } from "node:child_process";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { Child } from "./child.js";
import { root } from "./place.js";
import { Postgres } from "./postgres.js";
import type { Cleanup } from "./wait.js";

const script = join(root, "tests/lab/odoo");

export class Odoo {
  static readonly user = "admin";
  static readonly password = "admin";
  private server: Child | null = null;
  private uid = 0;

  private constructor(private readonly host: string, private readonly database: Postgres) {}

  /* Why there is none here; "" if there is. */
  static missing(): string {
    const why = execFileSync(script, ["why"]).toString().trim();
    return why && `Odoo 14: ${why}`;
  }

  get url(): string {
    return `http://${this.host}:8069`;
  }

  private words(...more: string[]): string[] {
    return ["run", dirname(this.database.socket), "--db_host", "/run/odoo", "--db_user", "ringbridge", "-d", "crm",
      "--data-dir", "/run/odoo/odoo-data", "--workers", "0", "--max-cron-threads", "0", ...more];
  }

  static async open(host: string, cleanup: Cleanup): Promise<Odoo> {
    const o = new Odoo(host, await Postgres.open(cleanup));
    await promisify(execFile)(script, o.words("-i", "base,contacts", "--without-demo=all", "--stop-after-init", "--no-http"),
      { timeout: 600_000, maxBuffer: 1 << 26 });
    o.server = new Child("odoo", script, o.words("--http-interface", host, "--http-port", "8069", "--db-filter", "^crm$"));
    cleanup.add("Odoo", () => o.server?.stop());
    await o.server.until("Odoo answers", async () => (await fetch(`${o.url}/web/login`)).ok, 120_000);
    return o;
  }

  private async post(service: string, method: string, args: unknown[]): Promise<unknown> {
    const r = await fetch(`${this.url}/jsonrpc`, { method: "POST", headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", method: "call", id: 1, params: { service, method, args } }) });
    const answer = (await r.json()) as { result?: unknown; error?: unknown };
    if (answer.error) throw new Error(`${method}: ${JSON.stringify(answer.error)}`);
    return answer.result;
  }

  /* What a person would do in it. */
  async call<T>(model: string, method: string, args: unknown[], options: Record<string, unknown> = {}): Promise<T> {
    this.uid ||= (await this.post("common", "authenticate", ["crm", Odoo.user, Odoo.password, {}])) as number;
    return (await this.post("object", "execute_kw", ["crm", this.uid, Odoo.password, model, method, args, options])) as T;
  }

  partner(values: Record<string, unknown>): Promise<number> {
    return this.call<number>("res.partner", "create", [values]);
  }

  page(partner: number): string {
    return `${this.url}/web#id=${partner}&model=res.partner&view_type=form`;
  }

  /* Notes with our key, as HTML. */
  async notes(partner: number, key: string): Promise<{ id: number; body: string }[]> {
    return this.call("mail.message", "search_read", [[["model", "=", "res.partner"], ["res_id", "=", partner], ["body", "ilike", key]]],
      { fields: ["body"] });
  }
}
