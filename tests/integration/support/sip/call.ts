/*
 * call.ts -- one dialog of a telephone, with its sound (RFC 3261 section 12 to 15,
 * RFC 3515 for REFER, RFC 3891 for Replaces).
 */
import { EventEmitter } from "node:events";
import type { Credentials, } from "./digest.js";
import type { Endpoint, Peer, RequestOptions } from "./endpoint.js";
import { opposite } from "./media.js";
import type { Direction, Media } from "./media.js";
import { address, hop, SipMessage, token } from "./message.js";
import type { Header } from "./message.js";
import { until } from "../wait.js";

export type CallState = "new" | "calling" | "ringback" | "ringing" | "up" | "ended";

export interface CallOptions {
  endpoint: Endpoint;
  media: Media;
  local: string; /* From of ours, without a tag */
  contact: string;
  proxy: Peer;
  credentials?: Credentials | undefined;
}

const ALLOW: Header = ["Allow", "INVITE, ACK, CANCEL, BYE, OPTIONS, REFER, NOTIFY, UPDATE, INFO"];

export class Call extends EventEmitter {
  state: CallState = "new";
  /* Final code of an INVITE of ours that failed, or what we answered. */
  code = 0;
  /* Q.850 cause of the BYE or CANCEL that ended it, if one was told. */
  reason = "";
  remoteHolds = false;
  /* Reports on a REFER of ours: the codes of its sipfrags. */
  readonly referred: number[] = [];
  invite: SipMessage | null = null;
  callId = token(20);
  readonly localTag = token();
  remoteTag = "";
  private remote = "";
  private target = "";
  private routes: string[] = [];
  private cseq = 1;
  private sent: SipMessage | null = null;
  private inviteUri = "";
  private unacknowledged: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly o: CallOptions) {
    super();
  }

  get media(): Media {
    return this.o.media;
  }

  /* Who calls, as the PBX tells the phone. */
  get from(): { number: string; name: string } {
    const a = address(this.invite?.get("from") ?? "");
    return { number: a.user, name: a.display };
  }

  /* The number that our INVITE, or the one to us, was for. */
  get dialled(): string {
    return address(`<${this.invite?.uri ?? this.inviteUri}>`).user;
  }

  private move(state: CallState): void {
    if (this.state === "ended") return;
    this.state = state;
    if (state === "ended") {
      clearInterval(this.unacknowledged);
      this.o.media.close();
    }
    this.emit("state", state);
  }

  async is(state: CallState, within_ms = 8000): Promise<this> {
    await until(`${this.o.local}: call ${state} (it is ${this.state}, code ${this.code})`, () => this.state === state, within_ms)
      .catch((e: unknown) => {
        throw e instanceof Error ? new Error(`${e.message}; now ${this.state} ${this.code}`) : e;
      });
    return this;
  }

  /* ---- calling ----------------------------------------------------------- */

  start(number: string, host: string, o: { from?: string; headers?: Header[] } = {}): void {
    this.inviteUri = `sip:${number}@${host}`;
    this.remote = `<${this.inviteUri}>`;
    this.local_ = o.from ?? this.o.local;
    this.move("calling");
    void this.invited(o.headers ?? []).catch((e: unknown) => {
      this.code = 408;
      this.emit("trouble", e);
      this.move("ended");
    });
  }

  private local_ = "";
  private get local(): string {
    return `${this.local_ || this.o.local};tag=${this.localTag}`;
  }

  private async invited(headers: Header[]): Promise<void> {
    const r = await this.o.endpoint.request("INVITE", this.inviteUri, {
      ...this.options("INVITE", [ALLOW, ["Supported", "replaces"], ["Content-Type", "application/sdp"], ...headers]),
      body: this.o.media.describe("sendrecv"),
      to: this.o.proxy,
      sent: (m) => {
        this.sent = m;
        this.cseq = m.cseq;
      },
      provisional: (m) => {
        if (m.code >= 180 && this.state === "calling") this.move("ringback");
      },
    });
    this.code = r.code;
    if (r.code >= 300) {
      this.move("ended");
      return;
    }
    this.remote = r.get("to");
    this.remoteTag = address(this.remote).tag;
    this.target = address(r.get("contact")).uri;
    this.routes = r.all("record-route").reverse();
    this.o.media.accept(r.body);
    this.ack();
    this.talk();
  }

  private ack(): void {
    const m = new SipMessage();
    m.method = "ACK";
    m.uri = this.target;
    m.headers = [["Via", `SIP/2.0/UDP ${this.o.endpoint.host}:${this.o.endpoint.port};rport;branch=z9hG4bK${token()}`],
      ["Max-Forwards", "70"], ...this.routes.map((r): Header => ["Route", r]),
      ["From", this.local], ["To", this.remote], ["Call-ID", this.callId], ["CSeq", `${this.cseq} ACK`]];
    this.o.endpoint.send(m.toString(), this.next());
  }

  private talk(): void {
    this.o.media.start();
    this.move("up");
  }

  /* Gives up while it rings. */
  cancel(): void {
    const invite = this.sent;
    if (!invite) throw new Error("nothing to cancel");
    const headers: Header[] = [["From", invite.get("from")], ["To", invite.get("to")], ["Call-ID", this.callId],
      ["CSeq", `${invite.cseq} CANCEL`]];
    const m = new SipMessage();
    m.method = "CANCEL";
    m.uri = invite.uri;
    m.headers = [["Via", invite.get("via")], ["Max-Forwards", "70"], ...headers];
    this.o.endpoint.send(m.toString(), this.o.proxy);
  }

  /* ---- being called -------------------------------------------------------- */

  offered(invite: SipMessage): void {
    this.invite = invite;
    this.callId = invite.callId;
    this.remote = invite.get("from");
    this.remoteTag = address(this.remote).tag;
    this.target = address(invite.get("contact")).uri;
    this.routes = invite.all("record-route");
    this.local_ = invite.get("to");
    if (invite.body) this.o.media.accept(invite.body);
  }

  ring(): this {
    this.answerInvite(180, "Ringing");
    this.move("ringing");
    return this;
  }

  answer(): this {
    this.answerInvite(200, "OK", this.o.media.describe("sendrecv"));
    this.unacknowledged = setInterval(() => this.answerInvite(200, "OK", this.o.media.describe("sendrecv")), 500);
    this.talk();
    return this;
  }

  reject(code: number, reason: string): this {
    this.code = code;
    this.answerInvite(code, reason);
    this.move("ended");
    return this;
  }

  private answerInvite(code: number, reason: string, body = ""): void {
    if (!this.invite) throw new Error("nobody called");
    const headers: Header[] = [["Contact", this.o.contact], ALLOW];
    if (body) headers.push(["Content-Type", "application/sdp"]);
    this.o.endpoint.reply(this.invite, code, reason, headers, body, this.localTag);
  }

  /* ---- during the call ------------------------------------------------------ */

  private next(): Peer {
    return hop(this.routes[0] ? address(this.routes[0]).uri : this.target);
  }

  private options(method: string, headers: Header[]): RequestOptions {
    return {
      to: this.next(), credentials: this.o.credentials as Credentials,
      headers: [...this.routes.map((r): Header => ["Route", r]), ["From", this.local], ["To", this.remote],
        ["Call-ID", this.callId], ["CSeq", `${++this.cseq} ${method}`], ["Contact", this.o.contact], ...headers],
    };
  }

  private async request(method: string, headers: Header[] = [], body = ""): Promise<SipMessage> {
    return this.o.endpoint.request(method, this.target, {
      ...this.options(method, headers), body, sent: (m) => (this.cseq = m.cseq),
    });
  }

  async bye(): Promise<void> {
    if (this.state === "ended") return;
    const done = this.request("BYE");
    this.move("ended");
    await done;
  }

  /* Ends it by whatever ends it in its state. */
  async drop(): Promise<void> {
    if (this.state === "up") await this.bye().catch(() => this.forget());
    else if (this.state === "ringing") this.reject(480, "Temporarily Unavailable");
    else if (this.state === "ringback" || this.state === "calling") {
      this.cancel();
      await this.is("ended", 3000).catch(() => this.forget());
    }
  }

  /* The PBX that knew it is dead: nobody is left to say good-bye to. */
  forget(): void {
    this.move("ended");
  }

  private async redirect(direction: Direction): Promise<void> {
    const r = await this.request("INVITE", [["Content-Type", "application/sdp"]], this.o.media.describe(direction));
    if (r.code !== 200) throw new Error(`re-INVITE: ${r.code} ${r.reason}`);
    this.o.media.accept(r.body);
    this.o.media.direction = direction;
    this.ack();
  }

  async hold(): Promise<void> {
    await this.redirect("sendonly");
  }

  async resume(): Promise<void> {
    await this.redirect("sendrecv");
  }

  /* Blind transfer. */
  async transfer(number: string, host: string): Promise<void> {
    await this.refer(`sip:${number}@${host}`);
  }

  /* Attended transfer: the other party is to take the place of our consultation. */
  async join(consultation: Call): Promise<void> {
    const replaces = encodeURIComponent(
      `${consultation.callId};to-tag=${consultation.remoteTag};from-tag=${consultation.localTag}`);
    await this.refer(`${consultation.inviteUri}?Replaces=${replaces}`);
  }

  private async refer(to: string): Promise<void> {
    const r = await this.request("REFER", [["Refer-To", `<${to}>`], ["Referred-By", this.o.local]]);
    if (r.code !== 202 && r.code !== 200) throw new Error(`REFER: ${r.code} ${r.reason}`);
  }

  /* ---- requests in the dialog ------------------------------------------------ */

  received(m: SipMessage): void {
    switch (m.method) {
      case "ACK":
        clearInterval(this.unacknowledged);
        if (m.body) this.o.media.accept(m.body);
        return;
      case "BYE":
        this.reason = m.get("reason");
        this.o.endpoint.reply(m, 200, "OK");
        this.move("ended");
        return;
      case "CANCEL":
        this.cancelled(m);
        return;
      case "INVITE":
      case "UPDATE":
        this.redescribed(m);
        return;
      case "REFER":
        this.o.endpoint.reply(m, 202, "Accepted", [["Contact", this.o.contact]]);
        this.emit("refer", address(m.get("refer-to")).uri);
        return;
      case "NOTIFY":
        this.o.endpoint.reply(m, 200, "OK");
        if (/^(talk|hold)$/i.test(m.get("event"))) return this.pressed(m.get("event"));
        this.reported(Number(/^SIP\/2\.0 (\d+)/.exec(m.body)?.[1] ?? 0));
        return;
      default:
        this.o.endpoint.reply(m, 200, "OK");
    }
  }

  /* Keys pressed from afar, as desk telephones have it; not by one that does not obey. */
  obeys = true;

  private pressed(key: string): void {
    if (!this.obeys) return;
    if (key === "hold") void this.hold();
    else if (this.state === "ringing") this.answer();
    else void this.resume();
  }

  /* A transfer that went through leaves nothing to say here: telephones hang up. */
  private reported(code: number): void {
    this.referred.push(code);
    if (code >= 200 && code < 300) void this.bye().catch(() => this.forget());
  }

  private cancelled(m: SipMessage): void {
    this.o.endpoint.reply(m, 200, "OK");
    if (this.state !== "ringing" && this.state !== "new") return;
    this.reason = m.get("reason");
    this.answerInvite(487, "Request Terminated");
    this.code = 487;
    this.move("ended");
  }

  private redescribed(m: SipMessage): void {
    if (!m.body) {
      this.o.endpoint.reply(m, 200, "OK", [["Contact", this.o.contact], ["Content-Type", "application/sdp"]],
        this.o.media.describe("sendrecv"));
      return;
    }
    const theirs = this.o.media.accept(m.body);
    this.remoteHolds = theirs === "sendonly" || theirs === "inactive";
    this.o.media.direction = opposite(theirs);
    this.target = address(m.get("contact")).uri || this.target;
    this.o.endpoint.reply(m, 200, "OK", [["Contact", this.o.contact], ["Content-Type", "application/sdp"]],
      this.o.media.describe(this.o.media.direction));
  }

  /* A report to whoever sent us a REFER. */
  async report(code: number, text: string): Promise<void> {
    const final = code >= 200;
    await this.request("NOTIFY", [["Event", "refer"], ["Content-Type", "message/sipfrag"],
      ["Subscription-State", final ? "terminated;reason=noresource" : "active;expires=60"]], `SIP/2.0 ${code} ${text}\r\n`);
  }
}
