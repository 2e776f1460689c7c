/*
 * commands.ts -- requests to the hub: each has an id of our own, is pending
 * until its final result, and ends exactly once.
 *
 * A command may be sent several times (after a reconnect): the hub knows it by
 * its id. Results of ids that are not ours (another tab of the same user) are
 * handed on, each final one once.
 */
import { isFinal } from "./protocol.js";
import type { Command, Result, Verb } from "./protocol.js";
import { newId } from "./tab.js";

export interface CommandArgs {
  line?: string;
  number?: string;
  conversation?: string;
  command?: string;
  id?: string;
}

/*
 * `why` of results that the client gives itself:
 *   not-connected    nothing was sent
 *   connection-lost  sent, and the link broke before we heard the outcome
 */
export type LocalWhy = "not-connected" | "connection-lost";

export interface CommandHandle {
  readonly id: string;
  /* Resolves with the final result; never rejects. */
  readonly result: Promise<Result>;
  onProgress(f: (r: Result) => void): void;
  /* The answer to a result with state "confirm". */
  confirm(): void;
  cancel(): void;
}

interface Pending {
  message: Command;
  since: number; /* ms */
  resolve: (r: Result) => void;
  progress: ((r: Result) => void)[];
}

/* Finished ids that we remember, to drop repeated results. */
const REMEMBER = 512;

export class Commands {
  private readonly pending = new Map<string, Pending>();
  private readonly finished = new Set<string>();

  constructor(
    private readonly send: (m: Command) => boolean,
    private readonly tell: (r: Result) => void,
  ) {}

  start(verb: Verb, args: CommandArgs, online: boolean): CommandHandle {
    const { id = newId(), ...rest } = args;
    const message: Command = { type: "command", id, verb, ...rest };
    let resolve: (r: Result) => void = () => undefined;
    const result = new Promise<Result>((f) => (resolve = f));
    const p: Pending = { message, since: Date.now(), resolve, progress: [] };
    this.pending.set(id, p);
    if (!online || !this.send(message))
      queueMicrotask(() => this.result(local(id, "not-connected")));
    return {
      id,
      result,
      onProgress: (f) => void p.progress.push(f),
      confirm: () => this.confirm(id),
      cancel: () => this.cancel(id),
    };
  }

  result(r: Result): void {
    if (this.finished.has(r.id)) return;
    const p = this.pending.get(r.id);
    if (isFinal(r.state)) {
      this.pending.delete(r.id);
      this.remember(r.id);
    }
    this.tell(r);
    if (!p) return;
    if (isFinal(r.state)) p.resolve(r);
    else for (const f of p.progress) f(r);
  }

  /* After a reconnect. Too old: the caller hears that nobody knows. */
  resend(resend_ms: number): void {
    const now = Date.now();
    for (const [id, p] of [...this.pending]) {
      if (now - p.since > resend_ms) this.result(local(id, "connection-lost"));
      else this.send(p.message);
    }
  }

  failAll(why: LocalWhy): void {
    for (const id of [...this.pending.keys()]) this.result(local(id, why));
  }

  private confirm(id: string): void {
    const p = this.pending.get(id);
    if (!p) return;
    p.message = { ...p.message, confirmed: true };
    p.since = Date.now();
    this.send(p.message);
  }

  private cancel(id: string): void {
    if (this.pending.has(id)) this.start("cancel", { command: id }, true);
  }

  private remember(id: string): void {
    this.finished.add(id);
    if (this.finished.size <= REMEMBER) return;
    const oldest = this.finished.values().next().value;
    if (oldest !== undefined) this.finished.delete(oldest);
  }
}

function local(id: string, why: LocalWhy): Result {
  return {
    type: "result", seq: 0, id, state: "failed", phase: null, why, cause: null, conversation: null,
  };
}
