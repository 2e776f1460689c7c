/*
 * protocol.ts -- the messages of `ringbridge.v1` (schema/ws/protocol.md): their
 * types, and decode(), the only way in for what the hub sends.
 */
import { bool, count, lenientList, list, nullable, object, oneOf, or, Refused, str, time } from "./check.js";
import type { Reader } from "./check.js";
import { cause, conversation } from "./conversation.js";
import type { Cause, Conversation } from "./conversation.js";

export const SUBPROTOCOL = "ringbridge.v1";
/* Close codes that call for more than coming back with `resume`. */
export const CLOSE_TOKEN = 4401;
export const CLOSE_BAD = 4400;
export const CLOSE_RIGHTS = 4403;
export const CLOSE_REPLACED = 4409;
export const CLOSE_FULL = 4429;
export const CLOSE_GOING_AWAY = 1001;

export type Role = "agent" | "supervisor" | "admin";

export interface User {
  id: string;
  name: string;
  display: string;
  role: Role;
  lang: string;
  lines: string[];
  watch: string[];
}

export interface Capabilities {
  dial: boolean;
  answer: boolean;
  hangup: boolean;
  hold: boolean;
  transfer: boolean;
  consult: boolean; /* attended transfer */
}

/* since: when it became so; null: before we could see it. */
export interface LineState { line: string; state: string; since: string | null }
export interface PbxHealth { name: string; up: boolean; detail: string | null }
export interface Health { pbxs: PbxHealth[]; database: { up: boolean } }

export interface Welcome {
  type: "welcome";
  user: User;
  epoch: string;
  seq: number;
  resumed: boolean;
  ping_s: number | null;
  capabilities: Capabilities;
  settable: string[]; /* capabilities that only a setting of the PBX keeps off */
  server: { version: string; time: string };
}
export interface PopUp {
  id: string;
  conversation: string;
  line: string;
  why: string;
  here: boolean;
}
export interface Snapshot {
  type: "snapshot";
  seq: number;
  conversations: Conversation[];
  lines: LineState[];
  pops: PopUp[];
  health: Health;
}
export interface Change { type: "change"; seq: number; conversation: Conversation }
/* No longer ours to see: somebody outside the group has taken it. */
export interface Gone { type: "gone"; seq: number; conversation: string }
export interface LineMessage extends LineState { type: "line"; seq: number }
export interface Pop extends PopUp { type: "pop"; seq: number }
export interface PopWithdrawn {
  type: "pop_withdrawn";
  seq: number;
  id: string;
  conversation: string;
  line: string;
  why: string;
}
export const RESULT_STATES = ["progress", "confirm", "done", "failed", "refused"] as const;
export type ResultState = (typeof RESULT_STATES)[number];
export interface Result {
  type: "result";
  seq: number;
  id: string;
  state: ResultState;
  phase: string | null;
  why: string | null;
  cause: Cause | null;
  conversation: string | null;
}
export interface HealthMessage { type: "health"; seq: number; health: Health }
export interface Ping { type: "ping"; at: string }
export interface Pong { type: "pong"; at: string }
export interface ErrorMessage { type: "error"; code: string; text: string }

export type FromHub =
  | Welcome | Snapshot | Change | Gone | Pop | PopWithdrawn | Result | HealthMessage | LineMessage
  | Ping | Pong | ErrorMessage;

export type Verb =
  | "dial" | "cancel" | "answer" | "hangup" | "hold" | "resume" | "transfer" | "consult_transfer"
  | "complete" | "back";

export interface Resume { epoch: string; seq: number }
export interface Hello { type: "hello"; token: string; client: string; focused: boolean; dirty: boolean; resume?: Resume }
export interface Focus { type: "focus"; focused: boolean; dirty: boolean }
export interface PopAck { type: "pop_ack"; id: string; shown: boolean }
export interface Command {
  type: "command";
  id: string;
  verb: Verb;
  line?: string;
  number?: string;
  conversation?: string;
  command?: string;
  confirmed?: boolean;
}
/* The same id again replaces the note. */
export interface NoteMessage {
  type: "note";
  conversation: string;
  id: string;
  text: string;
  disposition: string | null;
}

export type ToHub = Hello | Focus | PopAck | Command | NoteMessage | Ping | Pong;

/* done, failed and refused close a command; progress and confirm do not. */
export function isFinal(state: ResultState): boolean {
  return state === "done" || state === "failed" || state === "refused";
}

const word = <T extends string>(w: T): Reader<T> => oneOf([w] as const) as Reader<T>;

export const user: Reader<User> = object<User>({
  id: str, name: str, display: or(str, ""), role: oneOf(["agent", "supervisor", "admin"] as const),
  lang: or(str, ""), lines: or(list(str), []), watch: or(list(str), []),
});

export const capabilities: Reader<Capabilities> = object<Capabilities>({
  dial: or(bool, false), answer: or(bool, false), hangup: or(bool, false),
  hold: or(bool, false), transfer: or(bool, false), consult: or(bool, false),
});

const health = object<Health>({
  pbxs: list(object<PbxHealth>({ name: str, up: bool, detail: nullable(str) })),
  database: object({ up: bool }),
});

const line = { line: str, state: str, since: nullable(time) };
const lineState = object<LineState>(line);

const pop = { id: str, conversation: str, line: str, why: or(str, "") };

/* What the readers left out of the message being decoded; emptied by decode(). */
let leftOut: Refused[] = [];

const readers: { [T in FromHub["type"]]: Reader<FromHub> } = {
  welcome: object<Welcome>({
    type: word("welcome"), user, epoch: str, seq: count, resumed: or(bool, false),
    ping_s: nullable(count), capabilities, settable: or(list(str), []),
    server: object({ version: str, time }),
  }),
  snapshot: object<Snapshot>({
    type: word("snapshot"), seq: count,
    conversations: lenientList(conversation, (e) => leftOut.push(e)),
    lines: list(lineState), pops: or(list(object<PopUp>({ ...pop, here: bool })), []), health,
  }),
  change: object<Change>({ type: word("change"), seq: count, conversation }),
  gone: object<Gone>({ type: word("gone"), seq: count, conversation: str }),
  line: object<LineMessage>({ type: word("line"), seq: count, ...line }),
  pop: object<Pop>({ type: word("pop"), seq: count, ...pop, here: bool }),
  pop_withdrawn: object<PopWithdrawn>({ type: word("pop_withdrawn"), seq: count, ...pop }),
  result: object<Result>({
    type: word("result"), seq: count, id: str, state: oneOf(RESULT_STATES), phase: nullable(str),
    why: nullable(str), cause: nullable(cause), conversation: nullable(str),
  }),
  health: object<HealthMessage>({ type: word("health"), seq: count, health }),
  ping: object<Ping>({ type: word("ping"), at: str }),
  pong: object<Pong>({ type: word("pong"), at: str }),
  error: object<ErrorMessage>({ type: word("error"), code: str, text: or(str, "") }),
};

export type Decoded =
  | { ok: true; message: FromHub; problems: string[] }
  | { ok: false; problem: string };

/* Longest frame that we look at, in UTF-16 units: a full snapshot of a big site. */
export const MAX_FRAME = 32 * 1024 * 1024;

/* Never throws. problems: parts of a snapshot that were left out, and why. */
export function decode(frame: unknown): Decoded {
  leftOut = [];
  try {
    if (typeof frame !== "string") throw new Refused("", "not text");
    if (frame.length > MAX_FRAME) throw new Refused("", "too long");
    const v: unknown = JSON.parse(frame);
    const { type } = object<{ type: string }>({ type: str })(v, "");
    if (!Object.hasOwn(readers, type)) throw new Refused("type", "not a known type");
    const message = readers[type as FromHub["type"]](v, "");
    return { ok: true, message, problems: leftOut.map((e) => e.message) };
  } catch (e) {
    return { ok: false, problem: e instanceof Error ? e.message : String(e) };
  }
}
