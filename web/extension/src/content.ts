/*
 * content.ts -- in every page: its numbers and tel: links dial through the worker. Where
 * the panel itself is, and on sites that the person has excluded, nothing is done.
 */
import { dialTelLinks, scanNumbers } from "@ringbridge/sdk";
import type { CommandHandle, Dialler, Result } from "@ringbridge/sdk";

const nothing = (): void => undefined;

const dialler: Dialler = {
  dial: (number): CommandHandle => ({
    id: "", onProgress: nothing, confirm: nothing, cancel: nothing,
    result: chrome.runtime.sendMessage({ dial: number }).catch(() => ({ state: "failed", why: "not-connected" })) as Promise<Result>,
  }),
};

async function start(): Promise<void> {
  const { base, off } = (await chrome.storage.local.get(["base", "off"])) as { base?: string; off?: string[] };
  if (!base || new URL(base).origin === location.origin) return;
  const rules = (off ?? []).map((host) => ({ host, off: true }));
  scanNumbers(document, dialler, { rules, title: (written) => chrome.i18n.getMessage("call", written) });
  dialTelLinks(document, dialler);
}

void start();
