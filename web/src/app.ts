/*
 * app.ts -- joins the SDK, the state and the views: one state, one dispatch,
 * one drawing a frame.
 */
import { Client, HttpError, Rest, followPage, tabId } from "@ringbridge/sdk";
import type { Conversation, Following, User, Verb } from "@ringbridge/sdk";
import { joinHost } from "../adapters/index.js";
import { initial, isDirty, reduce } from "./state.js";
import type { Message, State } from "./state.js";
import { loadDrafts, saveDrafts } from "./prefs.js";

/* A note that is not seen in its conversation by then may be saved again. */
export const NOTE_WAIT_MS = 5000;

export class App {
  state: State = initial;
  /* Server time minus ours: timers are right on a machine with a wrong clock. */
  skew_ms = 0;
  readonly rest = new Rest();
  readonly client: Client;
  private readonly watchers: ((s: State, before: State) => void)[] = [];
  private drawn: State = initial;
  /* What the page that we are framed in says of itself. */
  private following!: Following;
  private around: { focused: boolean | null; dirty: boolean } = { focused: null, dirty: false };
  private frame = 0;

  constructor() {
    this.client = new Client({
      base: location.origin,
      token: () => this.rest.token(),
      client: tabId(sessionStorage, (f) => window.addEventListener("pagehide", f)),
      focused: document.hasFocus(),
    });
    this.listen();
  }

  now(): number {
    return Date.now() + this.skew_ms;
  }

  dispatch(m: Message): void {
    const before = this.state;
    this.state = reduce(before, m);
    if (this.state === before) return;
    if (this.state.drafts !== before.drafts) {
      saveDrafts(this.state.drafts);
      this.following.now();
    }
    /* A hidden tab gets no frames, but its title must change: draw at once. */
    if (document.hidden) this.draw();
    else if (!this.frame) this.frame = requestAnimationFrame(() => this.draw());
  }

  watch(f: (s: State, before: State) => void): void {
    this.watchers.push(f);
  }

  private draw(): void {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    const before = this.drawn;
    this.drawn = this.state;
    for (const f of this.watchers) f(this.drawn, before);
  }

  private listen(): void {
    const c = this.client;
    c.on("link", (link) => {
      this.dispatch({ type: "link", link });
      if (link.state === "denied") this.dispatch({ type: "user", user: null });
    });
    c.on("welcome", (m) => {
      this.skew_ms = Date.parse(m.server.time) - Date.now();
      this.dispatch(m);
    });
    c.on("snapshot", (m) => {
      this.dispatch(m);
      void this.loadRecent();
    });
    for (const name of ["change", "pop", "pop_withdrawn", "result", "health"] as const)
      c.on(name, (m) => this.dispatch(m));
    c.on("pop", (m) => {
      if (m.here) c.popShown(m.id, true);
    });
    c.on("problem", (p) => console.warn("refused:", p));
    this.following = followPage(c, () => isDirty(this.state) || this.around.dirty, () => this.around.focused ?? document.hasFocus());
    void joinHost(c, {
      dial: (number) => this.dial(number),
      stands: (focused, dirty) => {
        this.around = { focused, dirty };
        this.following.now();
      },
    });
  }

  /* Is there a session already? Otherwise the log-in page. */
  async start(): Promise<void> {
    try {
      this.enter(await this.rest.me());
    } catch (e) {
      if (e instanceof HttpError && (e.status === 401 || e.status === 403)) this.draw();
      /* Not reached: the client keeps trying and finds out about the session. */
      else this.client.connect();
    }
  }

  enter(user: User): void {
    this.dispatch({ type: "user", user });
    for (const [conversation, text] of loadDrafts()) this.dispatch({ type: "draft", conversation, text });
    this.client.connect();
  }

  async logout(): Promise<void> {
    this.client.close();
    try {
      await this.rest.logout();
    } catch {
      /* The session ends by itself; this page forgets all it knew either way. */
    }
    location.hash = "";
    this.dispatch({ type: "user", user: null });
  }

  /* Shown at once; kept for the next call, which the server may be too busy to do. */
  choose(c: Conversation, contact: string): void {
    this.dispatch({ type: "chosen", conversation: c.id, contact });
    const number = c.external?.e164 ?? c.external?.number;
    if (number) void this.rest.choose(number, contact, c.id).catch(() => undefined);
  }

  dial(number: string): void {
    const handle = this.client.dial(number);
    this.dispatch({ type: "dialled", id: handle.id, number });
    this.dials.set(handle.id, handle);
    void handle.result.then(() => this.dials.delete(handle.id));
  }

  private readonly dials = new Map<string, ReturnType<Client["dial"]>>();

  cancelDial(id: string): void {
    this.dispatch({ type: "cancelling", id });
    this.dials.get(id)?.cancel();
  }

  confirmDial(id: string): void {
    this.dials.get(id)?.confirm();
  }

  async command(verb: Verb, conversation: string): Promise<void> {
    const r = await this.client.command(verb, { conversation }).result;
    if (r.state !== "done") this.dispatch({ type: "command-failed", conversation, why: r.why ?? r.state });
  }

  saveNote(conversation: string): void {
    const text = (this.state.drafts.get(conversation) ?? "").trim();
    if (text !== "" && this.client.note(conversation, text))
      this.dispatch({ type: "note-sent", conversation, text });
  }

  async loadRecent(): Promise<void> {
    const line = this.state.user?.lines[0];
    try {
      const page = await this.rest.calls({ limit: 30, ...(line ? { line } : {}) });
      this.dispatch({ type: "recent", calls: page.calls });
    } catch {
      this.dispatch({ type: "recent", calls: null });
    }
  }
}
