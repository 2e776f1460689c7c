/*
 * check.ts -- small readers for values from the wire.
 *
 * A reader takes `unknown` and returns a checked value or throws Refused with
 * the path of the offending field. Objects are rebuilt field by field, so that
 * nothing unchecked (and no __proto__) travels further.
 */

/* Strings and lists are bounded: a page must stay usable whatever it is sent. */
export const MAX_STRING = 16_384;
export const MAX_ITEMS = 20_000;

export class Refused extends Error {
  constructor(readonly path: string, what: string) {
    super(`${path || "message"}: ${what}`);
    this.name = "Refused";
  }
}

export type Reader<T> = (v: unknown, path: string) => T;

export const str: Reader<string> = (v, path) => {
  if (typeof v !== "string") throw new Refused(path, "not a string");
  if (v.length > MAX_STRING) throw new Refused(path, "too long");
  return v;
};

export const bool: Reader<boolean> = (v, path) => {
  if (typeof v !== "boolean") throw new Refused(path, "not a boolean");
  return v;
};

/* Sequence numbers, versions, codes: whole, not negative, exact in a double. */
export const count: Reader<number> = (v, path) => {
  if (typeof v !== "number" || !Number.isSafeInteger(v) || v < 0)
    throw new Refused(path, "not a whole number");
  return v;
};

/* An ISO 8601 time in UTC. Microseconds are kept as text. */
export const time: Reader<string> = (v, path) => {
  const s = str(v, path);
  if (s.length > 40 || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(s) || Number.isNaN(Date.parse(s)))
    throw new Refused(path, "not a time");
  return s;
};

export function oneOf<const T extends readonly string[]>(words: T): Reader<T[number]> {
  return (v, path) => {
    if (typeof v !== "string" || !words.includes(v)) throw new Refused(path, "not a known word");
    return v;
  };
}

/* null and a missing field mean the same: not known, not there. */
export function nullable<T>(read: Reader<T>): Reader<T | null> {
  return (v, path) => (v === null || v === undefined ? null : read(v, path));
}

export function or<T, D>(read: Reader<T>, missing: D): Reader<T | D> {
  return (v, path) => (v === null || v === undefined ? missing : read(v, path));
}

export function list<T>(read: Reader<T>): Reader<T[]> {
  return (v, path) => {
    if (!Array.isArray(v)) throw new Refused(path, "not a list");
    if (v.length > MAX_ITEMS) throw new Refused(path, "too many");
    return v.map((item, i) => read(item, `${path}[${i}]`));
  };
}

/* Keeps the good items of a list: one bad conversation must not hide the rest. */
export function lenientList<T>(read: Reader<T>, onBad: (e: Refused) => void): Reader<T[]> {
  return (v, path) => {
    if (!Array.isArray(v)) throw new Refused(path, "not a list");
    const out: T[] = [];
    for (let i = 0; i < v.length && i < MAX_ITEMS; i++) {
      try {
        out.push(read(v[i], `${path}[${i}]`));
      } catch (e) {
        if (!(e instanceof Refused)) throw e;
        onBad(e);
      }
    }
    return out;
  };
}

export type Shape<T> = { [K in keyof T]-?: Reader<T[K]> };

export function object<T extends object>(shape: Shape<T>): Reader<T> {
  const keys = Object.keys(shape) as (keyof T & string)[];
  return (v, path) => {
    if (typeof v !== "object" || v === null || Array.isArray(v))
      throw new Refused(path, "not an object");
    const from = v as Record<string, unknown>;
    const out: Partial<T> = {};
    for (const key of keys)
      out[key] = shape[key](
        Object.hasOwn(from, key) ? from[key] : undefined, path ? `${path}.${key}` : key);
    return out as T;
  };
}
