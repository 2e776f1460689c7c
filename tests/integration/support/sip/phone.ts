/*
 * phone.ts -- telephones and a trunk: who has an address, takes calls and makes them.
 */
import { Call } from "./call.js";
import { Endpoint } from "./endpoint.js";
import type { Peer } from "./endpoint.js";
import { Media } from "./media.js";
import { SipMessage, token } from "./message.js";
import type { Header } from "./message.js";
import { until } from "../wait.js";

/* What it does with an INVITE before the test says anything. */
export type Manner = "ring" | "answer" | "busy" | "decline" | "silent";

export interface PartyOptions {
  name: string; /* also what it says into the microphone */
  host: string;
  pbx: Peer;
  user?: string;
  password?: string;
  display?: string;
}

export class Party {
  manner: Manner = "ring";
  readonly calls: Call[] = [];
  private readonly waiting: Call[] = [];

  protected constructor(protected readonly o: PartyOptions, readonly endpoint: Endpoint) {
    endpoint.onRequest = (m) => void this.received(m);
  }

  get name(): string {
    return this.o.name;
  }

  get contact(): string {
    return `<sip:${this.o.user ?? this.o.name}@${this.o.host}:${this.endpoint.port}>`;
  }

  protected get local(): string {
    const uri = `<sip:${this.o.user ?? this.o.name}@${this.o.pbx.host}>`;
    return this.o.display ? `"${this.o.display}" ${uri}` : uri;
  }

  protected get credentials() {
    return this.o.password ? { user: this.o.user ?? this.o.name, password: this.o.password } : undefined;
  }

  protected async newCall(): Promise<Call> {
    const call = new Call({
      endpoint: this.endpoint, media: await Media.open(this.o.host, this.o.name), local: this.local,
      contact: this.contact, proxy: this.o.pbx, credentials: this.credentials,
    });
    call.on("refer", (uri: string) => void this.referred(call, uri));
    this.calls.push(call);
    return call;
  }

  /* The next call that comes, or has come and was not taken yet. What its manner has
   * refused already is not handed out. */
  async incoming(within_ms = 8000): Promise<Call> {
    return until(`${this.o.name} is called`, () => this.nextLive(), within_ms);
  }

  private nextLive(): Call | undefined {
    let call = this.waiting.shift();
    while (call && call.state === "ended") call = this.waiting.shift();
    return call;
  }

  /* Nobody has called since incoming() was asked last. */
  get quiet(): boolean {
    return this.waiting.length === 0;
  }

  /* Ends whatever a test left behind. */
  async silence(): Promise<void> {
    this.manner = "ring";
    for (const call of this.calls) await call.drop();
    this.waiting.length = 0;
  }

  private async received(m: SipMessage): Promise<void> {
    const call = this.calls.find((c) => c.callId === m.callId);
    if (call) call.received(m);
    else if (m.method === "INVITE") await this.invited(m);
    else if (m.method === "ACK") return;
    else this.endpoint.reply(m, m.method === "OPTIONS" || m.method === "NOTIFY" ? 200 : 481,
      m.method === "OPTIONS" || m.method === "NOTIFY" ? "OK" : "Call Does Not Exist", [], "", token());
  }

  private readonly seen = new Set<string>();

  private async invited(m: SipMessage): Promise<void> {
    if (this.seen.has(m.branch)) return;
    this.seen.add(m.branch);
    this.endpoint.reply(m, 100, "Trying");
    const call = await this.newCall();
    call.offered(m);
    if (this.manner === "busy") call.reject(486, "Busy Here");
    else if (this.manner === "decline") call.reject(603, "Decline");
    else if (this.manner !== "silent") call.ring();
    if (this.manner === "answer") call.answer();
    if (call.state !== "ended") this.waiting.push(call);
  }

  /* A phone that is told by REFER to call somebody does so (RFC 3515). */
  private async referred(by: Call, uri: string): Promise<void> {
    const number = /^sip:([^@]+)@/.exec(uri)?.[1] ?? "";
    const call = await this.newCall();
    await by.report(100, "Trying");
    call.on("state", (state) => {
      if (state === "ringback") void by.report(180, "Ringing");
      if (state === "up") void by.report(200, "OK");
      if (state === "ended" && call.code >= 300) void by.report(call.code, "Failed");
    });
    call.start(number, this.o.pbx.host);
    this.waiting.push(call);
  }

  async close(): Promise<void> {
    for (const call of this.calls) {
      if (call.state !== "ended") call.media.close();
    }
    await this.endpoint.close();
  }
}

export class Phone extends Party {
  private readonly registration = token(20);
  private cseq = 0;

  static async open(o: PartyOptions): Promise<Phone> {
    return new Phone(o, await Endpoint.open(o.host));
  }

  async register(expires_s = 600): Promise<void> {
    const uri = `sip:${this.o.pbx.host}`;
    const headers: Header[] = [["From", `${this.local};tag=${token()}`], ["To", this.local], ["Call-ID", this.registration],
      ["CSeq", `${(this.cseq += 2)} REGISTER`], ["Contact", this.contact], ["Expires", String(expires_s)]];
    const credentials = this.credentials;
    if (!credentials) throw new Error("a phone needs a password");
    const r = await this.endpoint.request("REGISTER", uri, { headers, to: this.o.pbx, credentials });
    if (r.code !== 200) throw new Error(`REGISTER of ${this.o.name}: ${r.code} ${r.reason}`);
  }

  async call(number: string): Promise<Call> {
    const call = await this.newCall();
    call.start(number, this.o.pbx.host);
    return call;
  }
}

export interface Caller {
  number: string;
  name?: string;
  withheld?: boolean; /* From says anonymous, P-Asserted-Identity the number, Privacy: id */
}

/* The telephone network: no registration, known by its address. */
export class Trunk extends Party {
  static async open(host: string, pbx: Peer): Promise<Trunk> {
    return new Trunk({ name: "trunk", host, pbx }, await Endpoint.open(host));
  }

  async call(did: string, caller: Caller): Promise<Call> {
    const call = await this.newCall();
    const quoted = caller.name ? `"${caller.name}" ` : "";
    const identity = `${quoted}<sip:${caller.number}@itsp.example.jp>`;
    const headers: Header[] = [["P-Asserted-Identity", identity]];
    if (caller.withheld) headers.push(["Privacy", "id"]);
    const from = caller.withheld ? '"Anonymous" <sip:anonymous@anonymous.invalid>' : identity;
    call.start(did, this.o.pbx.host, { from, headers });
    return call;
  }
}
