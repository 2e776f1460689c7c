/* view/words.ts -- sentences that several views share. */
import type { Cause, Conversation } from "@ringbridge/sdk";
import { who } from "../cards.js";
import type { Who } from "../cards.js";
import { grouped } from "../format.js";
import { getLang, t, word } from "../i18n/index.js";
import type { Key } from "../i18n/index.js";
import type { State } from "../state.js";

/* The one line that names the other side. */
export function whoText(w: Who, c: Conversation): string {
  switch (w.kind) {
    case "contact": return w.contact?.name ?? w.contact?.company ?? w.number ?? t("who.unknown");
    case "network": return w.networkName ?? t("who.unknown");
    case "withheld": return t(`who.${c.external?.presentation ?? "unavailable"}` as Key);
    case "pending": return t("who.looking-up");
    case "many": return t("who.choose", { n: c.contacts?.matches.length ?? 0 });
    case "internal": return w.number ? t("who.line", { line: w.number }) : t("who.internal");
    case "unknown":
      return c.direction === "outbound" ? t("who.unknown-callee") : t("who.unknown");
  }
}

/* For lists: the number itself says more than "unknown caller". */
export function shortWho(
  c: Conversation, lines: readonly string[], chosen: ReadonlyMap<string, string>,
): string {
  const w = who(c, lines, chosen);
  if (w.kind === "contact" || w.kind === "network" || w.kind === "withheld" || !w.number)
    return w.kind === "unknown" && c.external ? t("who.no-number") : whoText(w, c);
  return w.kind === "internal" ? whoText(w, c) : w.number;
}

export function whyWho(w: Who, c: Conversation, chosen: boolean): string {
  const contacts = c.contacts;
  if (w.kind === "internal") return t("why-who.internal");
  if (w.kind === "withheld") return t("why-who.skipped");
  const n = contacts?.matches.length ?? 0;
  if (w.kind === "contact" && chosen && n > 1) return t("why-who.chosen", { n });
  const reason = w.contact?.reason ?? contacts?.reason ?? null;
  switch (contacts?.status) {
    case "one": return [t("why-who.one"), reason ? reasonText(reason) : ""].filter(Boolean).join(" · ");
    case "many": return t("why-who.many", { n });
    case "none": return w.networkName ? `${t("why-who.none")} · ${t("who.from-network")}` : t("why-who.none");
    case "failed": return t("why-who.failed");
    case "skipped": return t("why-who.skipped");
    default: return c.external?.number && c.state !== "ended" ? t("why-who.pending") : t("why-who.skipped");
  }
}

export function reasonText(reason: string): string {
  return word("reason", reason) ?? reason;
}

export function whyText(why: string | null): string {
  if (!why) return t("why.other", { why: "?" });
  return word("why", why) ?? t("why.other", { why });
}

/* The server's own words, in the reader's language, with the code. */
export function causeText(cause: Cause | null): string | null {
  if (!cause?.text) return null;
  const code = cause.sip ? `SIP ${cause.sip}` : cause.q850 ? `Q.850 ${cause.q850}` : "";
  return code ? `${cause.text[getLang()]} (${code})` : cause.text[getLang()];
}

export function dialledText(c: Conversation): string | null {
  return c.dialled === null ? null : grouped(c.dialled);
}

/* How a call came out, in the reader's language; the code if we do not know it. */
export function dispositionText(s: State, code: string | null): string | null {
  if (code === null) return null;
  return s.settings?.dispositions.find((d) => d.code === code)?.[getLang()] ?? code;
}

/* "佐藤 花子 (202)": the colleague who has the line, or the line alone. */
export function personAt(s: State, line: string): string {
  const who = s.colleagues.find((c) => c.lines.includes(line));
  return who ? `${who.display || who.name} (${line})` : line;
}
