/*
 * digest.ts -- the answer to a challenge (RFC 2617, MD5, with or without qop).
 */
import { createHash } from "node:crypto";
import { token } from "./message.js";

const md5 = (text: string) => createHash("md5").update(text).digest("hex");

export interface Credentials {
  user: string;
  password: string;
}

export function answer(challenge: string, method: string, uri: string, who: Credentials): string {
  const p: Record<string, string> = {};
  for (const m of challenge.matchAll(/(\w+)=(?:"([^"]*)"|([^,\s]+))/g)) p[(m[1] ?? "").toLowerCase()] = m[2] ?? m[3] ?? "";
  const a1 = md5(`${who.user}:${p["realm"]}:${who.password}`);
  const a2 = md5(`${method}:${uri}`);
  const common = `Digest username="${who.user}", realm="${p["realm"]}", nonce="${p["nonce"]}", uri="${uri}", algorithm=MD5` +
    (p["opaque"] ? `, opaque="${p["opaque"]}"` : "");
  if (!p["qop"]) return `${common}, response="${md5(`${a1}:${p["nonce"]}:${a2}`)}"`;
  const cnonce = token();
  const response = md5(`${a1}:${p["nonce"]}:00000001:${cnonce}:auth:${a2}`);
  return `${common}, qop=auth, nc=00000001, cnonce="${cnonce}", response="${response}"`;
}
