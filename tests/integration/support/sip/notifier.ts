/*
 * notifier.ts -- a PBX that serves one subscription and says in its NOTIFYs whatever
 * a test wants: for bodies that no real PBX sends.
 */
import { Endpoint } from "./endpoint.js";
import type { Peer } from "./endpoint.js";
import { address, hop, token } from "./message.js";
import type { Header, SipMessage } from "./message.js";
import { until } from "../wait.js";

interface Subscription {
  callId: string;
  local: string;
  remote: string;
  target: string;
}

export class Notifier {
  private subscription: Subscription | null = null;
  private cseq = 1;
  private goal: Peer | null = null;
  /* For the next document. */
  version = 1;

  private constructor(private readonly endpoint: Endpoint) {
    endpoint.onRequest = (m) => this.received(m);
  }

  static async open(host: string): Promise<Notifier> {
    return new Notifier(await Endpoint.open(host));
  }

  private received(m: SipMessage): void {
    const tag = token();
    const first = !m.get("to").includes(";tag=");
    const expires = m.get("expires") || "600";
    this.endpoint.reply(m, 200, "OK", [["Expires", expires], ["Contact", `<sip:pbx@${this.endpoint.host}:5060>`]], "", tag);
    if (m.method !== "SUBSCRIBE" || !first) return;
    this.subscription = {
      callId: m.callId, remote: m.get("from"), local: `${m.get("to")};tag=${tag}`, target: address(m.get("contact")).uri,
    };
    this.goal = hop(this.subscription.target);
  }

  async subscribed(): Promise<void> {
    await until("somebody subscribes", () => this.subscription, 15_000);
  }

  /* Takes another notifier's subscription for its own. */
  pretend(other: Notifier, goal: Peer): void {
    this.subscription = other.subscription;
    this.cseq = other.cseq + 1000;
    this.goal = goal;
  }

  async tell(body: string): Promise<number> {
    if (!this.subscription) throw new Error("nobody subscribed");
    this.version++;
    return this.notify(this.subscription, body);
  }

  async tellUnknown(body: string): Promise<number> {
    if (!this.subscription) throw new Error("nobody subscribed");
    return this.notify({ ...this.subscription, callId: token(20) }, body);
  }

  private async notify(s: Subscription, body: string): Promise<number> {
    const headers: Header[] = [["From", s.local], ["To", s.remote], ["Call-ID", s.callId], ["CSeq", `${++this.cseq} NOTIFY`],
      ["Contact", `<sip:pbx@${this.endpoint.host}:5060>`], ["Event", "dialog"], ["Subscription-State", "active;expires=500"],
      ["Content-Type", "application/dialog-info+xml"]];
    const r = await this.endpoint.request("NOTIFY", s.target, { headers, body, to: this.goal ?? hop(s.target), within_ms: 4000 });
    return r.code;
  }

  async close(): Promise<void> {
    await this.endpoint.close();
  }
}
