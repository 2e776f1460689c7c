/*
 * app.ts -- joins the SDK, the state and the views: one state, one dispatch,
 * one drawing a frame.
 */
import { Client, HttpError, followPage, newId, pageStorage, tabId } from "@ringbridge/sdk";
import type { CommandHandle, Conversation, Following, User, Verb } from "@ringbridge/sdk";
import { joinHost } from "../adapters/index.js";
import { Api } from "./api.js";
import { initial, isDirty, reduce } from "./state.js";
import type { Draft, Message, State } from "./state.js";
import { lastSeen, loadDrafts, saveDrafts, saveSeen } from "./prefs.js";

/* As you type: saved when the fingers rest. */
const NOTE_REST_MS = 1200;
/* A note that is not seen in its conversation by then is sent the other way. */
const NOTE_WAIT_MS = 4000;
const NOTE_AGAIN_MS = 3000;
/* "Answered by ..." stays so long. */
const TAKEN_MS = 10_000;
/* Who was here within this has not been away. */
const AWAY_MS = 120_000;
const SEEN_MS = 20_000;

const FRAME_LATE_MS = 100;

export class App {
  state: State = initial;
  /* Server time minus ours: timers are right on a machine with a wrong clock. */
  skew_ms = 0;
  readonly rest = new Api();
  readonly client: Client;
  private readonly watchers: ((s: State, before: State) => void)[] = [];
  private drawn: State = initial;
  /* What the page that we are framed in says of itself. */
  private following!: Following;
  private around: { focused: boolean | null; dirty: boolean } = { focused: null, dirty: false };
  private frame = 0;
  private late: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    this.client = new Client({
      base: location.origin,
      token: () => this.rest.token(),
      client: tabId(pageStorage("session"), (f) => window.addEventListener("pagehide", f)),
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
    else if (!this.frame) {
      this.frame = requestAnimationFrame(() => this.draw());
      /* Nor does a dock that is closed: the ring is what opens it. */
      this.late = setTimeout(() => this.draw(), FRAME_LATE_MS);
    }
  }

  watch(f: (s: State, before: State) => void): void {
    this.watchers.push(f);
  }

  private draw(): void {
    cancelAnimationFrame(this.frame);
    clearTimeout(this.late);
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
    for (const name of ["change", "gone", "line", "pop", "result", "health"] as const)
      c.on(name, (m) => this.dispatch(m));
    c.on("pop_withdrawn", (m) => {
      this.dispatch(m);
      if (this.state.taken.has(m.conversation))
        setTimeout(() => this.dispatch({ type: "taken-seen", conversation: m.conversation }), TAKEN_MS);
    });
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
    for (const [conversation, draft] of loadDrafts()) this.draft(conversation, draft);
    this.client.connect();
    void this.loadSettings().catch(() => undefined);
    this.rest.colleagues().then(
      (colleagues) => this.dispatch({ type: "colleagues", colleagues }), () => undefined);
    void this.lookBack(user.id);
  }

  async loadSettings(): Promise<void> {
    this.dispatch({ type: "settings", settings: await this.rest.settings() });
  }

  /* What was missed since somebody last looked at this page, in any tab of this browser. */
  private async lookBack(user: string): Promise<void> {
    const seen = lastSeen(user);
    const here = (): void => {
      if (this.state.user?.id === user && !document.hidden && this.state.link.state === "online") saveSeen(user, this.now());
    };
    clearInterval(this.seeing);
    this.seeing = setInterval(here, SEEN_MS);
    if (seen === null || this.now() - seen < AWAY_MS) return;
    try {
      const from = new Date(seen).toISOString();
      const page = await this.rest.calls({ from, direction: "inbound", limit: 50 });
      const lines = this.state.user?.lines ?? [];
      const calls = page.calls.filter((c) => c.outcome !== "answered" && c.state === "ended"
        && c.legs.some((l) => l.line !== null && lines.includes(l.line)));
      this.dispatch({ type: "away", calls });
    } catch {
      /* The log has them, too. */
    }
  }

  private seeing: ReturnType<typeof setInterval> | undefined;

  async logout(): Promise<void> {
    this.client.close();
    clearInterval(this.seeing);
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
  /* By conversation: what the hub asks about once more. */
  private readonly asked = new Map<string, { verb: Verb; number: string | undefined; handle: CommandHandle }>();

  cancelDial(id: string): void {
    this.dispatch({ type: "cancelling", id });
    this.dials.get(id)?.cancel();
  }

  confirmDial(id: string): void {
    this.dials.get(id)?.confirm();
  }

  /* True if it was done; else the card says why not. */
  async command(verb: Verb, conversation: string, number?: string): Promise<boolean> {
    this.dispatch({ type: "command-begun", conversation });
    const asked = this.asked.get(conversation);
    this.asked.delete(conversation);
    if (asked && asked.verb === verb && asked.number === number) { /* pressed again: yes */
      asked.handle.confirm();
      return this.outcome(conversation, asked.handle);
    }
    asked?.handle.cancel();
    const handle = this.client.command(verb, number === undefined ? { conversation } : { conversation, number });
    handle.onProgress((r) => {
      if (r.state !== "confirm") return;
      this.asked.set(conversation, { verb, number, handle });
      this.dispatch({ type: "command-failed", conversation, why: "press-again" });
    });
    return this.outcome(conversation, handle);
  }

  private async outcome(conversation: string, handle: CommandHandle): Promise<boolean> {
    const r = await handle.result;
    if (r.state === "done") return true;
    if (r.why !== "cancelled") this.dispatch({ type: "command-failed", conversation, why: r.why ?? r.state });
    return false;
  }

  /* To somebody else, with what has been noted so far. */
  async handOver(verb: "transfer" | "consult_transfer", conversation: string, number: string): Promise<void> {
    this.saveNote(conversation);
    if (await this.command(verb, conversation, number) && verb === "consult_transfer")
      this.dispatch({ type: "consulting", conversation, number });
  }

  /* The colleague takes it, or does not. */
  async consulted(verb: "complete" | "back", conversation: string): Promise<void> {
    await this.command(verb, conversation);
    this.dispatch({ type: "consulting", conversation, number: null });
  }

  /* The id that a note of ours on this conversation has, or will have. */
  noteId(conversation: string): string {
    const have = this.state.drafts.get(conversation) ?? this.state.saved.get(conversation);
    return have?.id ?? newId();
  }

  draft(conversation: string, draft: Draft): void {
    this.dispatch({ type: "draft", conversation, draft });
    clearTimeout(this.resting.get(conversation));
    this.resting.set(conversation, setTimeout(() => this.saveNote(conversation), NOTE_REST_MS));
  }

  /* While the call goes on over the socket; when that brings no echo, and after the
   * call, by HTTP. Until it is kept it stays a draft and is tried again. */
  saveNote(conversation: string): void {
    const draft = this.state.drafts.get(conversation);
    clearTimeout(this.resting.get(conversation));
    if (!draft) return;
    const c = this.state.conversations.get(conversation);
    const live = c !== undefined && c.state !== "ended";
    this.dispatch({ type: "note-sent", conversation, draft });
    if (live && this.client.note(conversation, draft.id, draft.text, draft.disposition))
      setTimeout(() => {
        if (this.state.saving.get(conversation) === draft) void this.postNote(conversation, draft);
      }, NOTE_WAIT_MS);
    else void this.postNote(conversation, draft);
  }

  private readonly resting = new Map<string, ReturnType<typeof setTimeout>>();

  private async postNote(conversation: string, draft: Draft): Promise<void> {
    try {
      await this.rest.note(conversation, draft.id, draft.text, draft.disposition);
      this.dispatch({ type: "note-saved", conversation, draft });
    } catch (e) {
      const refused = e instanceof HttpError && e.status >= 400 && e.status < 500 && e.status !== 404;
      if (refused || this.state.drafts.get(conversation) !== draft) return;
      this.resting.set(conversation, setTimeout(() => this.saveNote(conversation), NOTE_AGAIN_MS));
    }
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
