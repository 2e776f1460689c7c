/*
 * index.ts -- which host the panel lives in, by its address: /hubspot and /salesforce are
 * those, a frame is a page with embed.js, everything else is a page of our own.
 */
import { pageStorage } from "@ringbridge/sdk";
import type { Client } from "@ringbridge/sdk";
import { Bridge } from "./bridge.js";
import type { Host, HostAsks } from "./host.js";

const hosts: Record<string, () => Promise<Host>> = {
  "/hubspot": async () => (await import("./hubspot/index.js")).hubspot(),
  "/salesforce": async () => (await import("./salesforce/index.js")).salesforce(),
};

function hostOf(): (() => Promise<Host>) | null {
  const own = hosts[location.pathname];
  if (own) return own;
  return window.parent !== window ? async () => (await import("./frame.js")).frameHost() : null;
}

/* Is there a host? Then it is a dock: narrow, without a call log. */
export const inHost = (): boolean => hostOf() !== null || new URLSearchParams(location.search).has("embed");

export async function joinHost(client: Client, asks: HostAsks): Promise<void> {
  const open = hostOf();
  if (!open) return;
  try {
    await new Bridge(await open(), client, pageStorage("session")).start(asks);
  } catch (e) {
    console.error("the page around the panel:", e instanceof Error ? e.message : e);
  }
}
