/*
 * backoff.ts -- how long to wait before the next try.
 *
 * Full jitter over an exponential bound: after a restart of the server a
 * thousand pages must not come back in the same second. The first try after a
 * good connection is quick, so that a short break goes unnoticed.
 */
export interface BackoffOptions {
  first_ms: number;
  most_ms: number;
  random: () => number; /* [0, 1) */
}

export class Backoff {
  private tries = 0;

  constructor(private readonly o: BackoffOptions) {}

  next_ms(): number {
    const bound = Math.min(this.o.most_ms, this.o.first_ms * 2 ** Math.min(this.tries, 16));
    this.tries++;
    return Math.round(bound / 2 + (bound / 2) * this.o.random());
  }

  reset(): void {
    this.tries = 0;
  }
}
