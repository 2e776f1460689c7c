/*
 * truth.ts -- what pbxsim wrote: the calls that there were, and what watchers have
 * acknowledged of them.
 */
import { existsSync, readFileSync } from "node:fs";

export interface TrueLeg {
  line: string;
  role: string;
  rang: [number, number] | null; /* s on pbxsim's clock, as all times here */
  talked: [number, number][];
  held: [number, number][];
  result: string | null;
}

export interface TrueCall {
  id: string; /* "c7"; its legs are "d7-1", "d7-2" */
  direction: string;
  epoch: number; /* s since 1970 at start */
  external: { number: string | null } | null;
  start: number;
  answer: number | null;
  end: number;
  outcome: string;
  ended_by: string | null;
  lines: TrueLeg[];
}

interface Ack {
  at: number;
  line: string;
  legs: [string, string][];
}

function lines<T>(file: string): T[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8").split("\n").filter(Boolean).map((l) => JSON.parse(l) as T);
}

const STATES = ["trying", "early", "confirmed", "held", "terminated"];

/* When each state of each leg was first acknowledged. */
export class Acknowledged {
  private readonly first = new Map<string, number>();
  private readonly calls = new Set<string>();

  constructor(acks: Ack[]) {
    for (const a of acks) {
      for (const [leg, state] of a.legs) {
        const key = `${leg} ${state}`;
        this.first.set(key, Math.min(a.at, this.first.get(key) ?? Infinity));
        this.calls.add(`c${leg.slice(1, leg.indexOf("-"))}`);
      }
    }
  }

  /* Any of it. */
  reported(call: TrueCall): boolean {
    return this.calls.has(call.id);
  }

  /* The first sign of this state of any leg; null: nobody acknowledged it. */
  at(call: TrueCall, state: string): number | null {
    const times = call.lines.map((_, i) => this.first.get(`d${call.id.slice(1)}-${i + 1} ${state}`) ?? Infinity);
    const least = Math.min(...times);
    return least === Infinity ? null : least;
  }

  /* When the last leg's state was acknowledged; null: not every one was. */
  last(call: TrueCall, state: string): number | null {
    const times = call.lines.map((_, i) => this.first.get(`d${call.id.slice(1)}-${i + 1} ${state}`) ?? Infinity);
    const most = Math.max(...times);
    return most === Infinity ? null : most;
  }

  /* A leg whose first sign came when all that was known of the call had been over for a
   * while: a lost datagram that was repeated too late. */
  late(call: TrueCall, after_s: number): boolean {
    const legs = call.lines.map((_, i) => STATES.map((s) => this.first.get(`d${call.id.slice(1)}-${i + 1} ${s}`) ?? Infinity));
    const begun = legs.map((l) => Math.min(...l)).filter((at) => at < Infinity);
    const over = legs.map((l) => l[STATES.length - 1] ?? Infinity);
    return begun.some((at) => over.some((end) => end < Infinity && at > end + after_s));
  }

  /* Any of this leg. */
  anyOf(call: TrueCall, leg: number): boolean {
    return STATES.some((s) => this.first.has(`d${call.id.slice(1)}-${leg + 1} ${s}`));
  }

  /* Whether the state of every leg was acknowledged. */
  all(call: TrueCall, state: string): boolean {
    return call.lines.every((_, i) => this.first.has(`d${call.id.slice(1)}-${i + 1} ${state}`));
  }
}

export interface Truth {
  calls: TrueCall[];
  acknowledged: Acknowledged;
}

/* Several lives of a pbxsim have several files. */
export function readTruth(truth: string, acks: string): Truth {
  return { calls: lines<TrueCall>(truth), acknowledged: new Acknowledged(lines<Ack>(acks)) };
}
