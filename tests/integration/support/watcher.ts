/*
 * watcher.ts -- a browser without a page: the SDK's client, with the picture that a
 * page would have.
 */
import type { Client, CommandHandle } from "@ringbridge/sdk";
import type { Conversation, Health, Pop, PopWithdrawn } from "@ringbridge/sdk";
import type { Session } from "@ringbridge/sdk/node";
import { until } from "./wait.js";

export class Watcher {
  readonly conversations = new Map<string, Conversation>();
  readonly pops: Pop[] = [];
  readonly withdrawn: PopWithdrawn[] = [];
  readonly problems: string[] = [];
  readonly seqs: number[] = [];
  snapshots = 0;
  health: Health | null = null;

  constructor(readonly session: Session, readonly client: Client) {
    client.on("snapshot", (m) => {
      this.snapshots++;
      this.health = m.health;
      this.conversations.clear();
      for (const c of m.conversations) this.conversations.set(c.id, c);
    });
    client.on("change", (m) => {
      this.seqs.push(m.seq);
      this.conversations.set(m.conversation.id, m.conversation);
    });
    client.on("health", (m) => void (this.health = m.health));
    client.on("pop", (m) => void this.pops.push(m));
    client.on("pop_withdrawn", (m) => void this.withdrawn.push(m));
    client.on("problem", (text) => void this.problems.push(text));
  }

  async online(): Promise<this> {
    this.client.connect();
    await until(`${this.session.user.name} is online`, () => this.client.link.state === "online");
    await until("a first picture", () => this.snapshots > 0);
    return this;
  }

  /* The newest conversation of which all this is true. */
  find(what: (c: Conversation) => boolean): Conversation | undefined {
    return [...this.conversations.values()].filter(what).sort((a, b) => (a.id < b.id ? 1 : -1))[0];
  }

  async sees(what: string, is: (c: Conversation) => boolean, within_ms = 8000): Promise<Conversation> {
    return until(`${this.session.user.name} sees ${what}`, () => this.find(is), within_ms).catch((e: unknown) => {
      throw new Error(`${String(e)}; seen: ${this.picture()}`);
    });
  }

  /* Pops that were shown and not withdrawn. */
  get open(): Pop[] {
    return this.pops.filter((p) => !this.withdrawn.some((w) => w.id === p.id));
  }

  popsOf(conversation: string): Pop[] {
    return this.pops.filter((p) => p.conversation === conversation);
  }

  dial(number: string): CommandHandle {
    return this.client.dial(number);
  }

  picture(): string {
    return [...this.conversations.values()].map((c) =>
      `[${c.direction} ${c.state} ${c.external?.number ?? "-"} ${c.outcome ?? ""} ${c.legs.map((l) => `${l.line}:${l.state}/${l.result}`).join(",")}]`).join(" ");
  }
}
