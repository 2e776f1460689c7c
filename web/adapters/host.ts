/*
 * host.ts -- what a page that the panel lives in is told, and what it may ask: the one
 * interface between the panel and CRM hosts.
 *
 * A new host is a file that makes a Host, and a row in index.ts. Everything is optional
 * but start(): a host that knows nothing of transfers leaves that out. Each function is
 * called once for each call and step, in this order, also over a reload of the page:
 *
 *	ringing | dialling -> record? -> answered? -> transferred? -> ended
 */
import type { Outcome } from "@ringbridge/sdk";

export interface HostCall {
  id: string; /* the conversation's: stable over transfers and reloads */
  direction: "inbound" | "outbound";
  number: string | null; /* the other side, E.164 if known; null: withheld */
  dialled: string | null; /* inbound: our number that was called */
  line: string | null;
  name: string | null;
  began_ms: number | null;
  answered: boolean;
  talked_ms: number;
  outcome: Outcome | null;
  note: string; /* all notes so far, a line each */
}

export interface HostAsks {
  dial(number: string): void;
  /* What the host knows of its page: is it in front, has it unsaved input? */
  stands(focused: boolean, dirty: boolean): void;
}

export interface Host {
  readonly name: string;
  /* Resolves when the host listens; until then nothing else is called. */
  start(asks: HostAsks): Promise<void>;
  link?(state: "in" | "out" | "away"): void;
  /* here: this tab shows the card; other tabs of the person are told, too. */
  ringing?(call: HostCall, here: boolean): void;
  dialling?(call: HostCall): void;
  /* In the tab that shows the card: the one record that it is about. */
  record?(call: HostCall, contact: { id: string; url: string }): void;
  answered?(call: HostCall): void;
  transferred?(call: HostCall): void;
  ended?(call: HostCall): void;
}

/* A record's address as it may be opened: http or https, or none. */
export function recordUrl(url: string | null): string | null {
  if (!url) return null;
  try {
    const u = new URL(url);
    return u.protocol === "https:" || u.protocol === "http:" ? u.href : null;
  } catch {
    return null;
  }
}
