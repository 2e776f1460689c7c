/*
 * crm.ts -- a CRM's web server with pages that are not ours: plain, with a strict
 * Content-Security-Policy, in a frame of yet another origin.
 */
import { createServer } from "node:http";
import type { Cleanup } from "./wait.js";

export interface CrmPage {
  body: string;
  policy?: string; /* Content-Security-Policy */
}

export class Crm {
  readonly pages = new Map<string, CrmPage>();

  private constructor(readonly base: string) {}

  static async open(host: string, cleanup: Cleanup): Promise<Crm> {
    const server = createServer((q, a) => crm.answer(q.url ?? "/", a));
    const crm = new Crm(`http://${host}:9000`);
    await new Promise<void>((done, fail) => server.once("error", fail).listen(9000, host, done));
    cleanup.add("the CRM", () => {
      server.closeAllConnections();
      server.close();
    });
    return crm;
  }

  private answer(url: string, a: { writeHead(status: number, headers?: Record<string, string>): unknown; end(text?: string): void }): void {
    const path = new URL(url, this.base).pathname;
    const page = this.pages.get(path) ?? this.pages.get(`${path.slice(0, path.lastIndexOf("/") + 1)}*`);
    if (!page) {
      a.writeHead(404);
      a.end();
      return;
    }
    a.writeHead(200, {
      "content-type": "text/html; charset=utf-8",
      ...(page.policy ? { "content-security-policy": page.policy } : {}),
    });
    a.end(`<!doctype html><html lang="en"><title>CRM ${path}</title><link rel="icon" href="data:,">${page.body}</html>`);
  }
}
