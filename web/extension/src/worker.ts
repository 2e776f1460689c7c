/*
 * worker.ts -- the extension's service worker: one connection to Ringbridge, notifications
 * of rings, dials for all pages.
 *
 * A browser stops it after half a minute without work and may do so at any time. So it
 * keeps nothing that matters in memory: the server and the tab's id are in storage, what
 * was notified too; an alarm every half minute, a click or the browser's start wakes it,
 * and it is connected again. While it is connected, the server's pings (every 20 s) keep
 * it awake. It never shows what another page of this person shows (pop.here).
 */
import { Client, newId, Rest } from "@ringbridge/sdk";
import type { Conversation, Pop, PopUp, Result } from "@ringbridge/sdk";

const ALARM = "ringbridge";
const ALARM_MIN = 0.5;
const ONLINE_MS = 8000;

let client: Client | null = null;
let base = "";
const pops = new Map<string, PopUp>(); /* up, and shown here */
const known = new Map<string, Conversation>();

const word = (name: string, ...with_: string[]): string => chrome.i18n.getMessage(name, with_);

async function tab(): Promise<string> {
  const { tab: had } = await chrome.storage.session.get("tab");
  if (typeof had === "string") return had;
  const id = newId();
  await chrome.storage.session.set({ tab: id });
  return id;
}

function page(url: string | null | undefined): string {
  return url && /^https?:\/\//.test(url) ? url : base;
}

function words(c: Conversation | undefined, line: string): { title: string; message: string } {
  const only = c?.contacts?.status === "one" ? c.contacts.matches[0] : undefined;
  const number = c?.external ? c.external.display ?? c.external.number ?? word("withheld") : "";
  return {
    title: only?.name ?? (number || word("ring")),
    message: [only?.company, only ? number : "", `${word("ring")} ${line}`].filter(Boolean).join(" · "),
  };
}

async function show(p: PopUp): Promise<void> {
  if (!p.here) return;
  pops.set(p.id, p);
  await chrome.action.setBadgeText({ text: String(pops.size) });
  const { told } = (await chrome.storage.session.get("told")) as { told?: string[] };
  if (told?.includes(p.id)) return;
  await chrome.storage.session.set({ told: [...(told ?? []).slice(-50), p.id] });
  await chrome.notifications.create(p.id, {
    type: "basic", iconUrl: chrome.runtime.getURL("icon.png"), priority: 2, ...words(known.get(p.conversation), p.line),
  });
  client?.popShown(p.id, true);
}

async function hide(id: string): Promise<void> {
  pops.delete(id);
  await chrome.notifications.clear(id);
  await chrome.action.setBadgeText({ text: pops.size ? String(pops.size) : "" });
}

function changed(c: Conversation): void {
  if (c.state === "ended") known.delete(c.id);
  else known.set(c.id, c);
  for (const p of pops.values()) if (p.conversation === c.id) void chrome.notifications.update(p.id, words(c, p.line));
}

/* Connected, or on the way; null: nobody has set it up. */
async function connect(): Promise<Client | null> {
  const set = (await chrome.storage.local.get("base")) as { base?: string };
  if (!set.base) return null;
  if (client && set.base === base) {
    if (client.link.state === "closed" || client.link.state === "denied") client.connect();
    else client.hurry();
    return client;
  }
  client?.close();
  const rest = new Rest({ base: (base = set.base) });
  client = new Client({ base, token: () => rest.token(), client: await tab(), focused: false });
  client.on("snapshot", (m) => {
    known.clear();
    for (const c of m.conversations) changed(c);
    const up = new Set(m.pops.map((p) => p.id));
    for (const id of [...pops.keys()]) if (!up.has(id)) void hide(id);
    for (const p of m.pops) void show(p);
  });
  client.on("change", (m) => changed(m.conversation));
  client.on("pop", (p: Pop) => void show(p));
  client.on("pop_withdrawn", (p) => void hide(p.id));
  client.on("link", ({ state }) => void chrome.storage.session.set({ link: state }));
  client.connect();
  return client;
}

async function online(): Promise<Client | null> {
  const c = await connect();
  if (!c) return null;
  const late = new Promise<never>((_, fail) => setTimeout(() => fail(new Error("late")), ONLINE_MS));
  return Promise.race([c.online(), late]).then(() => c, () => null);
}

async function dial(number: string): Promise<Pick<Result, "state" | "why">> {
  const c = await online();
  const r = c ? await c.dial(number).result : { state: "failed" as const, why: "not-connected" };
  if (r.state !== "done")
    await chrome.notifications.create("", {
      type: "basic", iconUrl: chrome.runtime.getURL("icon.png"), title: word("failed", number), message: word("failed_why", r.why ?? r.state),
    });
  return { state: r.state, why: r.why };
}

chrome.runtime.onMessage.addListener((m, _from, answer) => {
  const { dial: number, check } = m as { dial?: unknown; check?: unknown };
  if (typeof number === "string") void dial(number).then(answer);
  else if (check === true) void online().then((c) => answer({ online: c !== null, link: client?.link.state ?? "closed" }));
  else return undefined;
  return true; /* the answer comes later */
});
chrome.alarms.onAlarm.addListener(() => void connect());
chrome.runtime.onStartup.addListener(() => void connect());
chrome.runtime.onInstalled.addListener(() => {
  chrome.contextMenus.create({ id: "dial", title: word("dial"), contexts: ["selection"] }, () => void chrome.runtime.lastError);
  void connect();
});
chrome.contextMenus.onClicked.addListener(({ selectionText }) => {
  if (selectionText) void dial(selectionText);
});
chrome.notifications.onClicked.addListener((id) => {
  const p = pops.get(id);
  const c = p ? known.get(p.conversation) : undefined;
  const url = c?.contacts?.status === "one" ? c.contacts.matches[0]?.url : null;
  void chrome.tabs.create({ url: page(url) });
  void chrome.notifications.clear(id);
});
chrome.action.onClicked.addListener(() => void (base ? chrome.tabs.create({ url: base }) : chrome.runtime.openOptionsPage()));
void chrome.alarms.create(ALARM, { periodInMinutes: ALARM_MIN });
void connect();
