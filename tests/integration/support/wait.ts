/*
 * wait.ts -- waiting for conditions, and clean-up in reverse order.
 *
 * A test never sleeps: it says what it waits for, and fails with those words.
 */

export class TimeoutError extends Error {}

/* The condition's first value that is neither undefined, null nor false. Errors that
 * it throws count as "not yet" and are told at the end. */
export async function until<T>(
  what: string, condition: () => T | Promise<T>, within_ms = 8000,
): Promise<NonNullable<T>> {
  const deadline = Date.now() + within_ms;
  let trouble = "";
  for (;;) {
    try {
      const value = await condition();
      if (value !== undefined && value !== null && value !== false) return value as NonNullable<T>;
    } catch (e) {
      trouble = ` (${e instanceof Error ? e.message : String(e)})`;
    }
    if (Date.now() > deadline) throw new TimeoutError(`not within ${within_ms} ms: ${what}${trouble}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

/* What must not happen for so long: the one thing that only time can show. */
export async function never(what: string, condition: () => boolean | Promise<boolean>, for_ms: number): Promise<void> {
  const deadline = Date.now() + for_ms;
  while (Date.now() < deadline) {
    if (await condition()) throw new Error(`happened and must not: ${what}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

export class Cleanup {
  private readonly todo: { what: string; run: () => unknown }[] = [];

  add(what: string, run: () => unknown): void {
    this.todo.push({ what, run });
  }

  /* All of it, the last first; what fails is told and does not stop the rest. */
  async run(): Promise<void> {
    for (let item = this.todo.pop(); item; item = this.todo.pop()) {
      try {
        await item.run();
      } catch (e) {
        console.error(`clean-up of ${item.what}:`, e);
      }
    }
  }
}
