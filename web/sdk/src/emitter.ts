/*
 * emitter.ts -- typed events. A listener that throws does not stop the others;
 * its error goes where the page's uncaught errors go (in Node: the console).
 */
export class Emitter<E extends object> {
  private readonly listeners = new Map<keyof E, Set<(value: never) => void>>();

  /* Returns the way to stop listening. */
  on<K extends keyof E>(name: K, listener: (value: E[K]) => void): () => void {
    let set = this.listeners.get(name);
    if (!set) this.listeners.set(name, (set = new Set()));
    set.add(listener);
    return () => {
      set.delete(listener);
    };
  }

  protected emit<K extends keyof E>(name: K, value: E[K]): void {
    for (const listener of [...(this.listeners.get(name) ?? [])]) {
      try {
        (listener as (value: E[K]) => void)(value);
      } catch (e) {
        if (typeof reportError === "function") reportError(e);
        else console.error(e);
      }
    }
  }
}
