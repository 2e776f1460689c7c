/*
 * client.ts -- one connection to the hub, kept up: token, hello, resume, ping,
 * and commands that end exactly once.
 *
 * The client owns the socket and its timers; close() ends both. It keeps no
 * picture of the calls: listeners get what the hub says, in order, each message
 * once, and decide themselves (the panel's state.ts is an example).
 */
import { Backoff } from "./backoff.js";
import { Emitter } from "./emitter.js";
import { Commands } from "./commands.js";
import type { CommandArgs, CommandHandle } from "./commands.js";
import {
  CLOSE_BAD, CLOSE_FULL, CLOSE_GOING_AWAY, CLOSE_REPLACED, CLOSE_RIGHTS, CLOSE_TOKEN, decode,
  SUBPROTOCOL,
} from "./protocol.js";
import type {
  Change, ErrorMessage, FromHub, Gone, HealthMessage, LineMessage, Pop, PopWithdrawn, Resume, Result, Snapshot,
  ToHub, Verb, Welcome,
} from "./protocol.js";
import { HttpError } from "./rest.js";
import { newId } from "./tab.js";

/* What we use of a WebSocket; the browser's and the `ws` package's both fit. */
export interface SocketLike {
  onopen: ((e: never) => void) | null;
  onmessage: ((e: never) => void) | null;
  onclose: ((e: never) => void) | null;
  onerror: ((e: never) => void) | null;
  send(text: string): void;
  close(code?: number): void;
}

/*
 * connecting  a socket is being made        online   welcome has come
 * waiting     next try at retry_at          denied   log in again
 * closed      close() was called, or connect() not yet
 */
export type LinkState = "closed" | "connecting" | "online" | "waiting" | "denied";
export interface Link { state: LinkState; retry_at: number | null }

export interface ClientEvents {
  link: Link;
  welcome: Welcome;
  snapshot: Snapshot;
  change: Change;
  gone: Gone;
  line: LineMessage;
  pop: Pop;
  pop_withdrawn: PopWithdrawn;
  result: Result;
  health: HealthMessage;
  error: ErrorMessage;
  /* Something was refused by a guard; text for a log, not for people. */
  problem: string;
}

export interface ClientOptions {
  /* "https://cti.example" or "http://127.0.0.1:8080"; the socket is at /ws. */
  base: string;
  /* A fresh token for each socket, usually () => rest.token(). */
  token: () => Promise<string>;
  /* The tab's id (see tabId); a random one if left out. */
  client?: string;
  socket?: (url: string, protocol: string) => SocketLike;
  focused?: boolean;
  ping_ms?: number; /* silence after which we ask; twice this: the link is dead */
  retry_first_ms?: number;
  retry_most_ms?: number;
  /* A command whose fate is unknown is sent again after a reconnect, but not
   * when it is older than this: nobody wants a phone to ring by surprise. */
  resend_ms?: number;
  random?: () => number;
}

/* The server has no place for us; the server restarts, with all its pages. */
const FULL_MS = 60_000;
const GOING_AWAY_MS = 5_000;

type Timer = ReturnType<typeof setTimeout>;

export class Client extends Emitter<ClientEvents> {
  private readonly o: Required<ClientOptions>;
  private readonly backoff: Backoff;
  private readonly commands: Commands;
  private socket: SocketLike | null = null;
  private timer: Timer | undefined;
  private link_: Link = { state: "closed", retry_at: null };
  private resume: Resume | null = null;
  private resumedFrom = -1;
  private focus_ = { focused: true, dirty: false };
  /* Bumped with each try: answers of an abandoned try are ignored. */
  private attempt = 0;
  private epoch = "";

  constructor(options: ClientOptions) {
    super();
    this.o = {
      client: newId(),
      socket: (url, protocol) => new WebSocket(url, protocol) as unknown as SocketLike,
      focused: true,
      ping_ms: 20_000,
      retry_first_ms: 500,
      retry_most_ms: 20_000,
      resend_ms: 15_000,
      random: Math.random,
      ...options,
    };
    this.focus_.focused = this.o.focused;
    this.backoff = new Backoff({
      first_ms: this.o.retry_first_ms, most_ms: this.o.retry_most_ms, random: this.o.random,
    });
    this.commands = new Commands((m) => this.send(m), (r) => this.emit("result", r));
  }

  get link(): Link {
    return this.link_;
  }

  connect(): void {
    if (this.link_.state === "connecting" || this.link_.state === "online") return;
    clearTimeout(this.timer);
    void this.open(++this.attempt);
  }

  /* Resolves when the link is up, at once if it is; rejects when it will not come up. */
  online(): Promise<void> {
    return new Promise((done, fail) => {
      const off = this.on("link", () => look());
      const look = (): void => {
        const { state } = this.link_;
        if (state === "connecting" || state === "waiting") return;
        off();
        if (state === "online") done();
        else fail(new Error(`the link is ${state}`));
      };
      look();
    });
  }

  /* Try now instead of at retry_at: the machine woke up, the network came back. */
  hurry(): void {
    if (this.link_.state === "waiting") this.connect();
    else if (this.link_.state === "online") this.ask();
  }

  close(): void {
    this.attempt++;
    this.drop();
    this.setLink("closed");
    this.commands.failAll("connection-lost");
  }

  command(verb: Verb, args: CommandArgs = {}): CommandHandle {
    return this.commands.start(verb, args, this.link_.state === "online");
  }

  dial(number: string, args: Omit<CommandArgs, "number"> = {}): CommandHandle {
    return this.command("dial", { ...args, number });
  }

  /* On a call that goes on. The same id again replaces the note; it is kept once it is
   * seen in the conversation. False: not sent. */
  note(conversation: string, id: string, text: string, disposition: string | null = null): boolean {
    return this.send({ type: "note", conversation, id, text, disposition });
  }

  popShown(id: string, shown: boolean): void {
    this.send({ type: "pop_ack", id, shown });
  }

  /* dirty: there is unsaved input here, nothing may take the page away. */
  focus(focused: boolean, dirty: boolean): void {
    if (focused === this.focus_.focused && dirty === this.focus_.dirty) return;
    this.focus_ = { focused, dirty };
    this.send({ type: "focus", focused, dirty });
  }

  private send(m: ToHub): boolean {
    if (!this.socket || (this.link_.state !== "online" && m.type !== "hello")) return false;
    this.socket.send(JSON.stringify(m));
    return true;
  }

  private setLink(state: LinkState, retry_at: number | null = null): void {
    if (state === this.link_.state && retry_at === this.link_.retry_at) return;
    this.link_ = { state, retry_at };
    this.emit("link", this.link_);
  }

  private drop(): void {
    clearTimeout(this.timer);
    const s = this.socket;
    this.socket = null;
    if (!s) return;
    s.onopen = s.onmessage = s.onclose = null;
    s.onerror = () => undefined; /* `ws` throws without one */
    s.close();
  }

  private retry(wait_ms = this.backoff.next_ms()): void {
    this.drop();
    this.setLink("waiting", Date.now() + wait_ms);
    this.timer = setTimeout(() => this.connect(), wait_ms);
  }

  private async open(attempt: number): Promise<void> {
    this.setLink("connecting");
    let token: string;
    try {
      token = await this.o.token();
    } catch (e) {
      if (attempt !== this.attempt) return;
      if (e instanceof HttpError && (e.status === 401 || e.status === 403)) this.deny();
      else this.retry();
      return;
    }
    if (attempt !== this.attempt) return;
    try {
      this.socket = this.o.socket(socketUrl(this.o.base), SUBPROTOCOL);
    } catch {
      this.retry();
      return;
    }
    this.listen(this.socket, token);
  }

  private deny(): void {
    this.drop();
    this.resume = null;
    this.setLink("denied");
    this.commands.failAll("connection-lost");
  }

  private listen(socket: SocketLike, token: string): void {
    socket.onopen = () => this.hello(token);
    socket.onmessage = (e: { data?: unknown }) => this.receive(e.data);
    socket.onclose = (e: { code?: number }) => this.lost(e.code);
    socket.onerror = () => undefined; /* a close follows */
    this.watch();
  }

  private hello(token: string): void {
    this.resumedFrom = this.resume ? this.resume.seq : -1;
    this.send({
      type: "hello", token, client: this.o.client, ...this.focus_,
      ...(this.resume ? { resume: this.resume } : {}),
    });
  }

  private lost(code: number | undefined): void {
    /* One refused token may be bad luck (60 s are short on a sleeping laptop);
     * the next token request tells whether the session itself is gone. With
     * other rights we may see other calls: start from a snapshot. */
    if (code === CLOSE_TOKEN || code === CLOSE_RIGHTS) this.resume = null;
    /* The same tab has another socket: two that take it from each other help nobody. */
    if (code === CLOSE_REPLACED) this.close();
    else if (code === CLOSE_FULL) this.retry(FULL_MS * (1 + this.o.random()));
    else if (code === CLOSE_GOING_AWAY) this.retry(GOING_AWAY_MS * this.o.random());
    else if (code === CLOSE_BAD) this.retry(this.o.retry_most_ms);
    else this.retry();
  }

  /* Silence for ping_ms: ask. Silence after that: the link is dead. */
  private watch(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), this.o.ping_ms);
  }

  private ask(): void {
    this.send({ type: "ping", at: new Date().toISOString() });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.lost(undefined), this.o.ping_ms / 2);
  }

  private receive(data: unknown): void {
    const d = decode(data);
    this.watch();
    if (!d.ok) return this.emit("problem", d.problem);
    for (const p of d.problems) this.emit("problem", p);
    this.take(d.message);
  }

  private take(m: FromHub): void {
    switch (m.type) {
      case "welcome": return this.welcomed(m);
      case "ping": return void this.send({ type: "pong", at: m.at });
      case "pong": return;
      case "error": return this.emit("error", m);
      case "snapshot":
        this.resumedFrom = -1;
        this.seen(m.seq);
        return this.emit("snapshot", m);
      default:
        /* Sent before the break and again after it. */
        if (m.seq <= this.resumedFrom) return;
        this.seen(m.seq);
        return this.emitNumbered(m);
    }
  }

  private emitNumbered(
    m: Change | Gone | LineMessage | Pop | PopWithdrawn | Result | HealthMessage,
  ): void {
    switch (m.type) {
      case "change": return this.emit("change", m);
      case "gone": return this.emit("gone", m);
      case "line": return this.emit("line", m);
      case "pop": return this.emit("pop", m);
      case "pop_withdrawn": return this.emit("pop_withdrawn", m);
      case "result": return this.commands.result(m);
      case "health": return this.emit("health", m);
    }
  }

  private seen(seq: number): void {
    this.resume = { epoch: this.epoch, seq: Math.max(seq, this.resume?.seq ?? 0) };
  }

  private welcomed(m: Welcome): void {
    if (m.epoch !== this.epoch) {
      /* The hub started anew: its numbers do, too. A snapshot follows. */
      this.epoch = m.epoch;
      this.resume = null;
      this.resumedFrom = -1;
    }
    this.backoff.reset();
    this.setLink("online");
    this.emit("welcome", m);
    this.commands.resend(this.o.resend_ms);
  }
}

export function socketUrl(base: string): string {
  const u = new URL("/ws", base);
  u.protocol = u.protocol === "https:" || u.protocol === "wss:" ? "wss:" : "ws:";
  return u.href;
}
