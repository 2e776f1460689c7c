/*
 * route.ts -- the page and its question, as they stand in the address bar:
 * "#/reports?by=queue&from=2026-11-24". Pure.
 */
export const PAGES = ["panel", "calls", "call", "callbacks", "reports", "board", "admin"] as const;
export type PageName = (typeof PAGES)[number];

export interface Route {
  page: PageName;
  id: string; /* of "call", the section of "admin"; else "" */
  query: URLSearchParams;
}

/* The least role: 0 agent, 1 supervisor, 2 admin. The server has the last word. */
export const RANK: Record<PageName, number> = {
  panel: 0, calls: 0, call: 0, callbacks: 0, reports: 0, board: 1, admin: 2,
};

export function rankOf(role: string): number {
  return role === "admin" ? 2 : role === "supervisor" ? 1 : 0;
}

export function parseRoute(hash: string): Route {
  const [path = "", q] = hash.replace(/^#\/?/, "").split("?", 2);
  const [name = "", id = ""] = path.split("/", 2);
  const page = PAGES.find((p) => p === name) ?? "panel";
  return { page, id: page === name ? decode(id).slice(0, 64) : "", query: new URLSearchParams(q ?? "") };
}

function decode(s: string): string {
  try {
    return decodeURIComponent(s);
  } catch {
    return "";
  }
}

export function hashOf(page: PageName, id = "", values: Record<string, string> = {}): string {
  const q = new URLSearchParams();
  for (const [k, v] of Object.entries(values)) if (v) q.set(k, v);
  const s = q.toString();
  return `#/${page === "panel" ? "" : page}${id ? `/${encodeURIComponent(id)}` : ""}${s ? `?${s}` : ""}`;
}
