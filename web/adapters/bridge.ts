/*
 * bridge.ts -- follows the calls of this person's lines and tells a Host each step once.
 *
 * What was told is kept in the tab's storage: a host page that navigates takes the frame
 * away in the middle of a call, and the next one goes on where this one stopped.
 */
import type { Client, Conversation, Leg, PopUp } from "@ringbridge/sdk";
import { recordUrl } from "./host.js";
import type { Host, HostAsks, HostCall } from "./host.js";

const KEY = "ringbridge.host";
const KEEP = 50; /* calls that are remembered after their end */

type Step = "ringing" | "dialling" | "answered" | "transferred" | "ended";
interface Told { steps: Step[]; record: boolean }

export interface Store {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

function ms(moment: string | null): number | null {
  const t = moment === null ? NaN : Date.parse(moment);
  return Number.isNaN(t) ? null : t;
}

function talked(leg: Leg | null): number {
  return (leg?.talked ?? []).reduce((sum, [from, to]) => {
    const a = ms(from), b = ms(to);
    return a === null || b === null ? sum : sum + b - a;
  }, 0);
}

export class Bridge {
  private lines: string[] = [];
  private listens = false;
  private readonly pops = new Map<string, PopUp>(); /* by conversation */
  private readonly known = new Map<string, Conversation>();
  private readonly told: Map<string, Told>;
  private readonly off: (() => void)[] = [];

  constructor(private readonly host: Host, private readonly client: Client, private readonly store: Store | null) {
    this.told = this.load();
  }

  /* The calls are followed from now on; the host hears of them when it listens. */
  async start(asks: HostAsks): Promise<void> {
    const c = this.client;
    this.off.push(
      c.on("link", () => this.link()),
      c.on("welcome", (m) => (this.lines = m.user.lines)),
      c.on("snapshot", (m) => {
        this.pops.clear();
        for (const p of m.pops) this.pops.set(p.conversation, p);
        for (const x of m.conversations) this.look(x);
      }),
      c.on("pop", (p) => {
        this.pops.set(p.conversation, p);
        const x = this.known.get(p.conversation);
        if (x) this.look(x);
      }),
      c.on("pop_withdrawn", (p) => this.pops.delete(p.conversation)),
      c.on("change", (m) => this.look(m.conversation)),
    );
    await this.host.start(asks);
    this.listens = true;
    this.link();
    for (const x of [...this.known.values()]) this.look(x);
  }

  private link(): void {
    const { state } = this.client.link;
    if (this.listens) this.host.link?.(state === "online" ? "in" : state === "denied" ? "out" : "away");
  }

  stop(): void {
    for (const f of this.off.splice(0)) f();
  }

  private look(c: Conversation): void {
    if (c.merged_into || (c.direction !== "inbound" && c.direction !== "outbound")) return void this.known.delete(c.id);
    this.known.set(c.id, c);
    const mine = c.legs.filter((l) => l.line !== null && this.lines.includes(l.line));
    const leg = mine[mine.length - 1] ?? null;
    if (!this.listens) return;
    if (leg) this.step(c, leg, mine.some((l) => l.state !== "ended" && l.state !== "failed"));
    if (c.state === "ended") {
      this.known.delete(c.id);
      this.pops.delete(c.id);
    }
  }

  private step(c: Conversation, leg: Leg, live: boolean): void {
    const call = this.call(c, leg);
    const pop = this.pops.get(c.id);
    const told = this.told.get(c.id);
    const began = told !== undefined;
    const up = leg.state === "connected" || leg.state === "held";
    if (!began && live && leg.role === "caller") this.tell(c.id, "dialling", () => this.host.dialling?.(call));
    else if (!began && live && (pop || up)) this.tell(c.id, "ringing", () => this.host.ringing?.(call, pop?.here ?? false));
    if (!this.told.has(c.id)) return;
    if (pop?.here) this.record(c, call);
    if (call.answered) this.tell(c.id, "answered", () => this.host.answered?.(call));
    if (c.transfers.some((t) => t.from !== null && this.lines.includes(t.from)))
      this.tell(c.id, "transferred", () => this.host.transferred?.(call));
    if (!live || c.state === "ended") this.tell(c.id, "ended", () => this.host.ended?.(call));
  }

  private record(c: Conversation, call: HostCall): void {
    const told = this.told.get(c.id);
    const only = c.contacts?.status === "one" ? c.contacts.matches[0] : undefined;
    const url = recordUrl(only?.url ?? null);
    if (!told || told.record || !only || !url) return;
    told.record = true;
    this.save();
    this.host.record?.(call, { id: only.id, url });
  }

  private tell(id: string, step: Step, f: () => void): void {
    const told = this.told.get(id) ?? { steps: [], record: false };
    if (told.steps.includes(step)) return;
    told.steps.push(step);
    this.told.set(id, told);
    this.save();
    f();
  }

  private call(c: Conversation, leg: Leg): HostCall {
    const x = c.external;
    return {
      id: c.id, direction: c.direction === "outbound" ? "outbound" : "inbound",
      number: x?.e164 ?? x?.number ?? null, dialled: c.dialled, line: leg.line,
      name: c.contacts?.status === "one" ? c.contacts.matches[0]?.name ?? null : x?.name ?? null,
      began_ms: ms(c.started_at), outcome: c.outcome, talked_ms: talked(leg),
      answered: leg.talked.length > 0 && (c.direction === "inbound" || c.answered_at !== null),
      note: c.notes.map((n) => n.text).join("\n"),
    };
  }

  private load(): Map<string, Told> {
    try {
      const all = JSON.parse(this.store?.getItem(KEY) ?? "[]") as [string, Told][];
      return new Map(all.filter(([id, t]) => typeof id === "string" && Array.isArray(t?.steps)));
    } catch {
      return new Map();
    }
  }

  private save(): void {
    const over = [...this.told].filter(([, t]) => t.steps.includes("ended"));
    for (const [id] of over.slice(0, Math.max(0, over.length - KEEP))) this.told.delete(id);
    try {
      this.store?.setItem(KEY, JSON.stringify([...this.told]));
    } catch {
      /* Full or forbidden: a reload in the middle of a call may tell a step again. */
    }
  }
}
