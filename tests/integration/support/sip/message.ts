/*
 * message.ts -- a SIP message, taken apart and put together (RFC 3261 section 7).
 */

const compact: Record<string, string> = {
  v: "via", f: "from", t: "to", i: "call-id", m: "contact", c: "content-type", l: "content-length",
  o: "event", k: "supported", r: "refer-to", b: "referred-by", u: "allow-events",
};

export type Header = [name: string, value: string];

export class SipMessage {
  method = "";
  uri = "";
  code = 0;
  reason = "";
  headers: Header[] = [];
  body = "";

  get isRequest(): boolean {
    return this.code === 0;
  }

  get(name: string): string {
    return this.headers.find(([n]) => n.toLowerCase() === name.toLowerCase())?.[1] ?? "";
  }

  all(name: string): string[] {
    return this.headers.filter(([n]) => n.toLowerCase() === name.toLowerCase()).map(([, v]) => v);
  }

  get callId(): string {
    return this.get("call-id");
  }

  get cseq(): number {
    return parseInt(this.get("cseq"), 10);
  }

  get branch(): string {
    return /branch=([^;,\s]+)/.exec(this.get("via"))?.[1] ?? "";
  }

  toString(): string {
    const start = this.isRequest ? `${this.method} ${this.uri} SIP/2.0` : `SIP/2.0 ${this.code} ${this.reason}`;
    const lines = this.headers.filter(([n]) => n.toLowerCase() !== "content-length").map(([n, v]) => `${n}: ${v}`);
    return [start, ...lines, `Content-Length: ${Buffer.byteLength(this.body)}`, "", this.body].join("\r\n");
  }
}

export function parse(text: string): SipMessage | null {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return null;
  const lines = text.slice(0, end).replace(/\r\n[ \t]+/g, " ").split("\r\n");
  const m = new SipMessage();
  const start = lines.shift() ?? "";
  const status = /^SIP\/2\.0 (\d{3}) ?(.*)$/.exec(start);
  const request = /^([A-Z]+) (\S+) SIP\/2\.0$/.exec(start);
  if (status) {
    m.code = Number(status[1]);
    m.reason = status[2] ?? "";
  } else if (request) {
    m.method = request[1] ?? "";
    m.uri = request[2] ?? "";
  } else {
    return null;
  }
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon < 0) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    m.headers.push([compact[name] ?? name, line.slice(colon + 1).trim()]);
  }
  if (!m.isRequest) m.method = m.get("cseq").split(/\s+/)[1] ?? "";
  m.body = text.slice(end + 4);
  return m;
}

export interface Address {
  display: string;
  uri: string;
  user: string;
  tag: string;
}

/* From, To, Contact, P-Asserted-Identity. */
export function address(value: string): Address {
  const angle = /^(.*?)<([^>]*)>(.*)$/.exec(value);
  const uri = angle ? angle[2] ?? "" : value.split(";")[0] ?? "";
  const params = angle ? angle[3] ?? "" : value.slice(uri.length);
  return {
    display: (angle?.[1] ?? "").trim().replace(/^"(.*)"$/, "$1"),
    uri: uri.trim(),
    user: /^sips?:([^@;]+)@/.exec(uri)?.[1] ?? "",
    tag: /;tag=([^;>\s]+)/.exec(params)?.[1] ?? "",
  };
}

/* Where a URI points: host and port. */
export function hop(uri: string): { host: string; port: number } {
  const m = /^sips?:(?:[^@]*@)?([^:;>?]+)(?::(\d+))?/.exec(uri);
  return { host: m?.[1] ?? "", port: Number(m?.[2] ?? 5060) };
}

const digits = "0123456789abcdefghijklmnopqrstuvwxyz";

export function token(length = 10): string {
  return Array.from({ length }, () => digits[Math.floor(Math.random() * digits.length)]).join("");
}
