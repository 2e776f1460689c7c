/*
 * rest.ts -- the few HTTP calls that a page needs (schema/http). Errors are
 * HttpError with the server's code and text; status 0 means "not reached".
 */
import { list, nullable, object, Refused, str } from "./check.js";
import type { Reader } from "./check.js";
import { contacts, conversation } from "./conversation.js";
import type { Contacts, Conversation } from "./conversation.js";
import { user } from "./protocol.js";
import type { User } from "./protocol.js";

export type FetchLike = (url: string, init?: {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  credentials?: "same-origin" | "include";
}) => Promise<{ status: number; text(): Promise<string> }>;

export class HttpError extends Error {
  constructor(readonly status: number, readonly code: string, text: string) {
    super(text);
    this.name = "HttpError";
  }
}

export interface CallFilter {
  from?: string; /* ISO 8601, inclusive */
  to?: string; /* ISO 8601, exclusive */
  line?: string;
  number?: string;
  outcome?: string;
  direction?: string;
  q?: string;
  limit?: number;
  after?: string; /* `next` of the page before */
}

export interface CallPage { calls: Conversation[]; next: string | null }
export interface CsvOptions { excel?: boolean; encoding?: "utf-8" | "shift_jis"; raw?: boolean }

export interface RestOptions {
  /* Where Ringbridge is, e.g. "https://cti.example"; "" for the page's own host. */
  base?: string;
  fetch?: FetchLike;
}

const errorBody = object<{ error: { code: string; text: string } }>({
  error: object({ code: str, text: str }),
});

export function query(params: object): string {
  const q = new URLSearchParams();
  for (const [key, value] of Object.entries(params))
    if (value !== undefined && value !== "" && value !== false)
      q.set(key, value === true ? "1" : String(value));
  const s = q.toString();
  return s ? `?${s}` : "";
}

/* Log-in and /me answer with the user, alone or as a field beside others. */
const userBody: Reader<User> = (v, path) => {
  const inner = typeof v === "object" && v !== null ? (v as { user?: unknown }).user : undefined;
  return user(inner ?? v, path);
};

export interface NewContact { name?: string; company?: string; number: string; crm?: string; conversation?: string }

export class Rest {
  protected readonly base: string;
  private readonly fetch: FetchLike;

  constructor(o: RestOptions = {}) {
    this.base = `${(o.base ?? "").replace(/\/$/, "")}/api/v1`;
    this.fetch = o.fetch ?? ((url, init) => fetch(url, init));
  }

  login(name: string, password: string): Promise<User> {
    return this.ask("POST", "/login", userBody, { name, password });
  }

  async logout(): Promise<void> {
    await this.ask("POST", "/logout", () => null, {});
  }

  me(): Promise<User> {
    return this.ask("GET", "/me", userBody);
  }

  async token(): Promise<string> {
    return (await this.ask("POST", "/token", object<{ token: string }>({ token: str }), {})).token;
  }

  calls(filter: CallFilter = {}): Promise<CallPage> {
    return this.ask("GET", `/calls${query(filter)}`,
      object<CallPage>({ calls: list(conversation), next: nullable(str) }));
  }

  call(id: string): Promise<Conversation> {
    return this.ask("GET", `/calls/${encodeURIComponent(id)}`, conversation);
  }

  contacts(number: string): Promise<Contacts> {
    return this.ask("GET", `/contacts${query({ number })}`, contacts);
  }

  /* Who the caller is, of several; counts for this call and the next of the number. */
  async choose(number: string, contact: string, conversation?: string): Promise<void> {
    await this.ask("POST", "/contacts/choice", () => null, { number, contact, ...(conversation ? { conversation } : {}) });
  }

  /* A contact of our own, or (crm) in a CRM; the caller of the conversation from now on. */
  async createContact(c: NewContact): Promise<string> {
    return (await this.ask("POST", "/contacts", object<{ id: string }>({ id: str }), c)).id;
  }

  /* For a link: the browser saves it as it comes, however long it is. */
  csvUrl(filter: CallFilter, options: CsvOptions = {}): string {
    const { limit: _limit, after: _after, ...rest } = filter;
    return `${this.base}/calls.csv${query({ ...rest, ...options })}`;
  }

  /* For what is not here: a path under /api/v1, and the reader of its answer. */
  protected async ask<T>(method: string, path: string, read: Reader<T>, body?: object): Promise<T> {
    const headers: Record<string, string> = { accept: "application/json" };
    if (method !== "GET") headers["x-ringbridge"] = "1";
    if (body) headers["content-type"] = "application/json";
    let status: number, text: string;
    try {
      const answer = await this.fetch(this.base + path, {
        method, headers, credentials: "include", ...(body ? { body: JSON.stringify(body) } : {}),
      });
      status = answer.status;
      text = await answer.text();
    } catch (e) {
      throw new HttpError(0, "not-reached", e instanceof Error ? e.message : String(e));
    }
    if (status < 200 || status > 299) throw refusal(status, text);
    try {
      return read(text === "" ? null : JSON.parse(text), "");
    } catch (e) {
      if (e instanceof Refused || e instanceof SyntaxError)
        throw new HttpError(status, "bad-answer", e.message);
      throw e;
    }
  }
}

function refusal(status: number, text: string): HttpError {
  try {
    const { error } = errorBody(JSON.parse(text), "");
    return new HttpError(status, error.code, error.text);
  } catch {
    return new HttpError(status, "http", `HTTP ${status}`);
  }
}
