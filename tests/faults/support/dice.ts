/*
 * dice.ts -- the seed of this run, printed so that a failure can be had again, and
 * numbers from it.
 */
export const long = process.env["RINGBRIDGE_LONG"] === "1";

export const seed = Number(process.env["RINGBRIDGE_SEED"] ?? Math.floor(Math.random() * 0xffffffff));

/* mulberry32 */
export class Dice {
  constructor(private state: number = seed) {}

  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  between(low: number, high: number): number {
    return Math.round(low + this.next() * (high - low));
  }
}

export function announce(what: string): void {
  console.log(`${what}: seed ${seed} (again: RINGBRIDGE_SEED=${seed} tests/faults/run)`);
}
