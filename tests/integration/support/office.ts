/*
 * office.ts -- a whole office for one test file: a PBX, telephones, a trunk, a
 * database, ringbridge and its users, on one loopback block.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Conversation } from "@ringbridge/sdk";
import { Daemon } from "./daemon.js";
import type { User } from "./daemon.js";
import { Lab, Pbxsim } from "./lab.js";
import { temporaryFolder } from "./place.js";
import { Postgres } from "./postgres.js";
import { connectPhone, connectTrunk } from "./phones.js";
import type { Phone, Trunk } from "./sip/phone.js";
import { Cleanup, until } from "./wait.js";
import type { Watcher } from "./watcher.js";

export const LINES = ["201", "202", "203", "204", "205", "206"];

/* One agent for each line, in the order of LINES. */
export const AGENTS = ["aoki", "baba", "chiba", "doi", "endo", "fujita"];

export const people: User[] = [
  ...AGENTS.map((name, i): User => ({ name, role: "agent", lines: [LINES[i] ?? ""] })),
  { name: "kanri", role: "admin", lines: [] },
];

export const CONTACTS = `id,name,company,number,label
c-17,山田 太郎,山田商店,0312345678,work
c-18,佐藤 一郎,佐藤工務店,09012345678,mobile
c-21,鈴木 さくら,,0661234567,home
c-22,鈴木 健,,0661234567,home
`;

export interface OfficeOptions {
  net: string;
  pbx: "asterisk" | "kamailio" | "pbxsim";
  sources?: ("sip" | "ami")[];
  phones?: string[]; /* lines with a telephone; default: all */
  sim?: string[]; /* more arguments of pbxsim */
  list?: boolean; /* one subscription for all lines (RFC 4662), by TCP */
  set?: Record<string, string>; /* more settings of the PBX */
  more?: string; /* more configuration */
  web?: string; /* more keys of [web] */
  env?: Record<string, string>; /* of ringbridge */
}

export class Office {
  readonly cleanup = new Cleanup();
  readonly phones = new Map<string, Phone>();
  private readonly watchers = new Map<string, Watcher>();

  private constructor(
    readonly o: OfficeOptions, readonly database: Postgres, readonly daemon: Daemon, readonly lab: Lab | null,
    readonly sim: Pbxsim | null,
  ) {}

  trunk!: Trunk;

  /* The PBX's address. */
  get pbx(): string {
    return `${this.o.net}.${this.o.pbx === "kamailio" ? 11 : 10}`;
  }

  phone(line: string): Phone {
    const p = this.phones.get(line);
    if (!p) throw new Error(`line ${line} has no telephone`);
    return p;
  }

  /* Conversations that nobody has seen before now. */
  fresh(): (c: Conversation) => boolean {
    const known = new Set([...this.watchers.values()].flatMap((w) => [...w.conversations.keys()]));
    return (c) => !known.has(c.id);
  }

  async watcher(name: string): Promise<Watcher> {
    const known = this.watchers.get(name);
    if (known) return known;
    const w = await this.daemon.watch(name);
    this.watchers.set(name, w);
    return w;
  }

  static async open(o: OfficeOptions): Promise<Office> {
    const cleanup = new Cleanup();
    const database = await Postgres.open(cleanup);
    const lab = o.pbx === "pbxsim" ? null : new Lab(o.pbx, o.net);
    const sim = o.pbx === "pbxsim" ? new Pbxsim({ host: `${o.net}.10`, more: o.sim ?? [] }) : null;
    const daemon = new Daemon({ host: `${o.net}.40`, database: database.url, pbx: settings(o), more: o.more ?? "", web: o.web ?? "", env: o.env ?? {} });
    const office = new Office(o, database, daemon, lab, sim);
    office.cleanup.add("the rest", () => cleanup.run());
    try {
      await office.furnish();
    } catch (e) {
      await office.close();
      throw e;
    }
    return office;
  }

  private async furnish(): Promise<void> {
    await this.lab?.start(this.cleanup);
    if (this.sim) {
      this.cleanup.add("pbxsim", () => this.sim?.stop());
      await this.sim.ready();
    }
    if (this.lab) await this.connectPhones();
    await this.daemon.run(["migrate"]);
    for (const u of people) await this.daemon.addUser(u);
    await this.importContacts(CONTACTS);
    await this.daemon.start(this.cleanup);
    await this.daemon.watching();
  }

  private async connectPhones(): Promise<void> {
    this.trunk = await connectTrunk(this.o.net, this.pbx, this.cleanup);
    for (const line of this.o.phones ?? LINES)
      this.phones.set(line, await connectPhone(this.o.net, line, this.pbx, this.cleanup));
  }

  /* Between tests: no call goes on, and everybody sees that. */
  async silence(): Promise<void> {
    const parties = [...this.phones.values(), ...(this.lab ? [this.trunk] : [])];
    for (const p of parties) await p.silence();
    await until("nobody sees a call", () => [...this.watchers.values()].every((w) =>
      [...w.conversations.values()].every((c) => c.state === "ended")), 15_000);
  }

  async importContacts(csv: string): Promise<string> {
    const file = join(temporaryFolder("csv"), "contacts.csv");
    writeFileSync(file, csv);
    return this.daemon.run(["import", "contacts", file]);
  }

  async close(): Promise<void> {
    for (const w of this.watchers.values()) w.client.close();
    await this.cleanup.run();
  }
}

function settings(o: OfficeOptions): Record<string, string> {
  const host = `${o.net}.${o.pbx === "kamailio" ? 11 : 10}`;
  const sources = o.sources ?? ["sip"];
  const s: Record<string, string> = {
    kind: o.pbx === "pbxsim" ? "generic" : o.pbx, lines: "201-206", trunks: "itsp", country: "JP", area_code: "3",
  };
  if (sources.includes("sip")) {
    Object.assign(s, {
      sip_servers: `sip:${host}:5060`, sip_domain: host, sip_user: "cti", sip_password: "pwcti", sip_local: `${o.net}.40`,
    });
  }
  if (o.list) Object.assign(s, { sip_list_uri: `sip:office@${host}`, sip_servers: `sip:${host}:5060;transport=tcp` });
  if (sources.includes("ami")) Object.assign(s, { ami_address: `${host}:5038`, ami_user: "cti", ami_secret: "cti-lab" });
  return { ...s, ...o.set };
}
