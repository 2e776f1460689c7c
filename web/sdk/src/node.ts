/*
 * node.ts -- the SDK in Node 18 and later, for tests and small services: keeps
 * the session cookie that a browser would keep, and sends the Origin that it
 * would send. The WebSocket class is handed in (the `ws` package).
 */
import { Client } from "./client.js";
import type { ClientOptions, SocketLike } from "./client.js";
import { Rest } from "./rest.js";
import type { FetchLike } from "./rest.js";
import type { User } from "./protocol.js";

/* The constructor of the `ws` package, or one like it. */
export type SocketClass = new (
  url: string, protocol: string, options: { headers: Record<string, string> },
) => unknown;

export interface Session {
  user: User;
  rest: Rest;
  /* GET/POST with the session's cookie, for what Rest has no method for. */
  fetch: FetchLike;
  /* A client with its own tab id; not yet connected. */
  client(options?: Partial<ClientOptions>): Client;
}

export interface LoginOptions {
  base: string;
  name: string;
  password: string;
  WebSocket: SocketClass;
  origin?: string; /* base, if left out */
}

export async function login(o: LoginOptions): Promise<Session> {
  const origin = o.origin ?? new URL(o.base).origin;
  let cookie = "";
  const withCookie: FetchLike = async (url, init) => {
    const answer = await fetch(url, {
      ...init, headers: { ...init?.headers, origin, ...(cookie ? { cookie } : {}) },
    });
    const set = answer.headers.get("set-cookie");
    if (set) cookie = set.split(";")[0]!;
    return answer;
  };
  const rest = new Rest({ base: o.base, fetch: withCookie });
  const user = await rest.login(o.name, o.password);
  const socket = (url: string, protocol: string): SocketLike =>
    new o.WebSocket(url, protocol, { headers: { origin } }) as SocketLike;
  return {
    user,
    rest,
    fetch: withCookie,
    client: (more) => new Client({ base: o.base, token: () => rest.token(), socket, ...more }),
  };
}
