/* options.ts -- where Ringbridge is, who I am; the password goes to the server and nowhere else. */
import { Rest } from "@ringbridge/sdk";

const form = document.getElementById("form") as HTMLFormElement;
const state = document.getElementById("state")!;
const field = (name: string): HTMLInputElement => form.elements.namedItem(name) as HTMLInputElement;

async function check(): Promise<void> {
  const a = (await chrome.runtime.sendMessage({ check: true })) as { online: boolean; link: string };
  state.textContent = chrome.i18n.getMessage(a.online ? "online" : a.link === "denied" ? "denied" : "waiting");
}

async function save(): Promise<void> {
  const base = new URL(field("base").value).origin;
  const off = field("off").value.split(/\s+/).filter(Boolean);
  try {
    if (field("password").value) await new Rest({ base }).login(field("name").value, field("password").value);
    field("password").value = "";
    await chrome.storage.local.set({ base, off });
    await check();
  } catch {
    state.textContent = chrome.i18n.getMessage("wrong", `chrome-extension://${chrome.runtime.id}`);
  }
}

document.documentElement.lang = chrome.i18n.getUILanguage();
for (const el of document.querySelectorAll<HTMLElement>("[data-i18n]")) el.textContent = chrome.i18n.getMessage(el.dataset["i18n"] ?? "");
form.addEventListener("submit", (e) => {
  e.preventDefault();
  void save();
});
void chrome.storage.local.get(["base", "off"]).then((v) => {
  if (typeof v["base"] !== "string") return;
  field("base").value = v["base"];
  field("off").value = Array.isArray(v["off"]) ? v["off"].join("\n") : "";
  void check();
});
