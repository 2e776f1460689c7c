/*
 * tab.ts -- the id of this browser tab: the same over reloads, another one in
 * a duplicated tab (which copies sessionStorage), so that the hub can tell
 * which tab pops.
 */
const KEY = "ringbridge.tab";

export interface StorageLike {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/* The page's storage, or null where even asking for it is forbidden: a frame in a browser
 * that blocks what is of other sites. */
export function pageStorage(kind: "local" | "session"): Storage | null {
  try {
    return kind === "local" ? localStorage : sessionStorage;
  } catch {
    return null;
  }
}

export function newId(): string {
  const c = globalThis.crypto;
  if (c?.randomUUID) return c.randomUUID();
  /* randomUUID is missing on plain-HTTP pages that are not on localhost, and in Node 18. */
  if (c?.getRandomValues)
    return hex(c.getRandomValues(new Uint8Array(16)));
  return hex(Uint8Array.from({ length: 16 }, () => Math.floor(Math.random() * 256)));
}

function hex(b: Uint8Array): string {
  b[6] = (b[6]! & 0x0f) | 0x40;
  b[8] = (b[8]! & 0x3f) | 0x80;
  const h = [...b].map((n) => n.toString(16).padStart(2, "0")).join("");
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-${h.slice(12, 16)}-${h.slice(16, 20)}-${h.slice(20)}`;
}

/*
 * The id rests in storage only between pagehide and the next load: a duplicate
 * made while the page is open finds nothing and takes its own.
 */
export function tabId(storage: StorageLike | null, onHide: (f: () => void) => void): string {
  const id = take(storage) ?? newId();
  onHide(() => {
    try {
      storage?.setItem(KEY, id);
    } catch {
      /* Storage is full or forbidden: the next load is a new tab, no harm. */
    }
  });
  return id;
}

function take(storage: StorageLike | null): string | null {
  try {
    const id = storage?.getItem(KEY) ?? null;
    storage?.removeItem(KEY);
    return id && /^[0-9a-f-]{36}$/.test(id) ? id : null;
  } catch {
    return null;
  }
}
