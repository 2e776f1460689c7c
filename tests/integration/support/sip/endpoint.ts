/*
 * endpoint.ts -- transactions over UDP (RFC 3261 section 17): requests that are sent
 * again until they are answered, answers that are given again when asked again.
 */
import { createSocket } from "node:dgram";
import type { Socket } from "node:dgram";
import { answer } from "./digest.js";
import type { Credentials } from "./digest.js";
import { hop, parse, SipMessage, token } from "./message.js";
import type { Header } from "./message.js";

export interface Peer {
  host: string;
  port: number;
}

export interface RequestOptions {
  headers: Header[];
  body?: string;
  to: Peer;
  credentials?: Credentials;
  provisional?: (m: SipMessage) => void;
  /* Told the branch of each try: CANCEL and ACK need it. */
  sent?: (m: SipMessage) => void;
  within_ms?: number;
}

interface Transaction {
  request: SipMessage;
  final: (m: SipMessage) => void;
  provisional: (m: SipMessage) => void;
  again: ReturnType<typeof setInterval> | undefined;
  to: Peer;
}

const T1_MS = 500;
const LOG_MESSAGES = 500;

export class Endpoint {
  private readonly socket: Socket = createSocket({ type: "udp4", reuseAddr: true });
  private readonly running = new Map<string, Transaction>();
  private readonly answered = new Map<string, string>();
  /* The last messages, for a test that fails. */
  readonly log: string[] = [];
  onRequest: (m: SipMessage, from: Peer) => void = () => undefined;

  private constructor(readonly host: string, readonly port: number) {
    this.socket.on("message", (data, from) => this.received(data.toString("utf8"), { host: from.address, port: from.port }));
    this.socket.on("error", (e) => this.note(`error ${e.message}`));
  }

  static async open(host: string, port = 5060): Promise<Endpoint> {
    const e = new Endpoint(host, port);
    await new Promise<void>((done, fail) => {
      e.socket.once("error", fail);
      e.socket.bind(port, host, done);
    });
    return e;
  }

  async close(): Promise<void> {
    for (const t of this.running.values()) clearInterval(t.again);
    this.running.clear();
    await new Promise<void>((done) => this.socket.close(() => done()));
  }

  private note(text: string): void {
    this.log.push(`${new Date().toISOString()} ${text}`);
    if (this.log.length > LOG_MESSAGES) this.log.shift();
  }

  send(text: string, to: Peer): void {
    this.note(`-> ${to.host}:${to.port}\n${text}`);
    this.socket.send(text, to.port, to.host);
  }

  /* The final answer; after a challenge, that of the second try. */
  async request(method: string, uri: string, o: RequestOptions): Promise<SipMessage> {
    const first = await this.once(method, uri, o);
    const challenge = first.get(first.code === 407 ? "proxy-authenticate" : "www-authenticate");
    if ((first.code !== 401 && first.code !== 407) || !o.credentials || !challenge) return first;
    const cseq = o.headers.find(([n]) => n === "CSeq");
    if (cseq) cseq[1] = `${parseInt(cseq[1], 10) + 1} ${method}`;
    const name = first.code === 407 ? "Proxy-Authorization" : "Authorization";
    const headers: Header[] = [...o.headers, [name, answer(challenge, method, uri, o.credentials)]];
    return this.once(method, uri, { ...o, headers });
  }

  private once(method: string, uri: string, o: RequestOptions): Promise<SipMessage> {
    const m = new SipMessage();
    m.method = method;
    m.uri = uri;
    m.headers = [["Via", `SIP/2.0/UDP ${this.host}:${this.port};rport;branch=z9hG4bK${token()}`], ["Max-Forwards", "70"], ...o.headers];
    m.body = o.body ?? "";
    o.sent?.(m);
    return new Promise((done, fail) => {
      const key = `${m.branch} ${method}`;
      const timer = setTimeout(() => {
        this.forget(key);
        fail(new Error(`${method} ${uri}: no answer`));
      }, o.within_ms ?? (method === "INVITE" ? 60_000 : 10_000));
      this.running.set(key, {
        request: m, to: o.to, provisional: o.provisional ?? (() => undefined),
        again: setInterval(() => this.send(m.toString(), o.to), T1_MS),
        final: (r) => {
          clearTimeout(timer);
          done(r);
        },
      });
      this.send(m.toString(), o.to);
    });
  }

  private forget(key: string): void {
    const t = this.running.get(key);
    if (t) clearInterval(t.again);
    this.running.delete(key);
  }

  /* An answer to a request, repeated whenever the request is. */
  reply(request: SipMessage, code: number, reason: string, headers: Header[] = [], body = "", tag = ""): SipMessage {
    const m = new SipMessage();
    m.code = code;
    m.reason = reason;
    const to = request.get("to");
    m.headers = [
      ...request.all("via").map((v): Header => ["Via", v]),
      ...request.all("record-route").map((v): Header => ["Record-Route", v]),
      ["From", request.get("from")], ["To", tag && !to.includes(";tag=") ? `${to};tag=${tag}` : to],
      ["Call-ID", request.callId], ["CSeq", request.get("cseq")], ...headers,
    ];
    m.body = body;
    const text = m.toString();
    const via = /SIP\/2\.0\/UDP ([^;\s]+)/.exec(request.get("via"))?.[1] ?? "";
    this.answered.set(`${request.branch} ${request.method}`, text);
    this.send(text, hop(`sip:${via}`));
    return m;
  }

  private received(text: string, from: Peer): void {
    this.note(`<- ${from.host}:${from.port}\n${text}`);
    const m = parse(text);
    if (!m) return;
    if (!m.isRequest) {
      this.receivedAnswer(m);
      return;
    }
    const before = this.answered.get(`${m.branch} ${m.method}`);
    if (before && m.method !== "ACK") this.send(before, from);
    else this.onRequest(m, from);
  }

  private receivedAnswer(m: SipMessage): void {
    const key = `${m.branch} ${m.method}`;
    const t = this.running.get(key);
    if (!t) return;
    clearInterval(t.again);
    if (m.code < 200) {
      t.provisional(m);
      return;
    }
    if (m.method === "INVITE" && m.code >= 300) this.acknowledge(t, m);
    this.forget(key);
    t.final(m);
  }

  /* ACK of a refusal belongs to the transaction (section 17.1.1.3). */
  private acknowledge(t: Transaction, m: SipMessage): void {
    const ack = new SipMessage();
    ack.method = "ACK";
    ack.uri = t.request.uri;
    ack.headers = [["Via", t.request.get("via")], ["Max-Forwards", "70"],
      ...t.request.all("route").map((v): Header => ["Route", v]),
      ["From", m.get("from")], ["To", m.get("to")], ["Call-ID", m.callId], ["CSeq", `${m.cseq} ACK`]];
    this.send(ack.toString(), t.to);
  }
}
