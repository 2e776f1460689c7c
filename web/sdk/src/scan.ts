/*
 * scan.ts -- makes the telephone numbers of any page dial.
 *
 * Of the page's own text nodes none is replaced or taken away: a node with a number
 * keeps its place and its identity and only becomes shorter; the link and the rest of
 * the text follow it. So the page's framework still finds what it made. When it changes
 * or removes the node, what we added behind it goes too.
 *
 * Work is done in slices of a few milliseconds, between which the page lives; what
 * changes later is looked at the same way. The scanner reads and changes nothing within
 * fields, code, links and what is being edited.
 */
import { startDial } from "./dial.js";
import type { Dialler, OnDial } from "./dial.js";
import { findNumbers, mayHaveNumber } from "./find.js";

/* What holds for one site; later rules overrule earlier ones. */
export interface SiteRule {
  host: string; /* "crm.example", or "*.example" for all below it, or "*" */
  off?: boolean;
  only?: string; /* selector: numbers within these alone */
  skip?: string; /* selector: never within these */
}

export interface ScanOptions {
  rules?: SiteRule[];
  onDial?: OnDial;
  /* Title of a link; default "Call 03-1234-5678", in Japanese on Japanese pages. */
  title?: (written: string) => string;
  slice_ms?: number;
  /* For tests: a clock, and when the next slice comes. */
  now?: () => number;
  later?: (slice: () => void) => void;
}

const SKIP = "a,button,input,textarea,select,option,datalist,output,script,style,noscript,template,title,code,pre,kbd,"
  + "samp,var,time,svg,math,canvas,iframe,object,[contenteditable]:not([contenteditable=false i]),[role=textbox],[role=button],"
  + "[role=link],[data-ringbridge-skip]";
export const LINK_CLASS = "ringbridge-number";
const SLICE_MS = 6;

function rulesFor(host: string, rules: readonly SiteRule[]): Omit<SiteRule, "host"> {
  const all: Omit<SiteRule, "host"> = {};
  for (const { host: h, ...rule } of rules)
    if (h === "*" || h === host || (h.startsWith("*.") && host.endsWith(h.slice(1)))) Object.assign(all, rule);
  return all;
}

function idle(slice: () => void): void {
  if (typeof requestIdleCallback === "function") requestIdleCallback(() => slice(), { timeout: 500 });
  else setTimeout(slice, 16);
}

class Scanner {
  private readonly todo: Node[] = [];
  private walker: TreeWalker | null = null;
  private planned = false;
  private stopped = false;
  private readonly skip: string;
  private readonly only: string | null;
  private readonly observer = new MutationObserver((changes) => this.changed(changes));
  /* What stands behind a text node because of us, in order. */
  private readonly added = new Map<Text, ChildNode[]>();
  private readonly seenRoots = new WeakSet<Node>();

  constructor(
    root: Document | Element, private readonly dialler: Dialler,
    private readonly o: Required<Pick<ScanOptions, "slice_ms" | "now" | "later" | "title">> & ScanOptions,
    rule: Omit<SiteRule, "host">,
  ) {
    this.skip = rule.skip ? `${SKIP},${rule.skip}` : SKIP;
    this.only = rule.only ?? null;
    this.enter(root);
  }

  stop(): void {
    this.stopped = true;
    this.observer.disconnect();
    for (const node of [...this.added.keys()]) this.restore(node);
  }

  /* A document, an element, or an open shadow root. */
  private enter(node: Node): void {
    if (this.seenRoots.has(node)) return;
    this.seenRoots.add(node);
    this.observer.observe(node, {
      subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ["contenteditable"],
    });
    this.add(node);
  }

  private add(node: Node): void {
    this.todo.push(node);
    if (this.planned || this.stopped) return;
    this.planned = true;
    this.o.later(() => this.slice());
  }

  private slice(): void {
    this.planned = false;
    const until = this.o.now() + this.o.slice_ms;
    while (!this.stopped) {
      if (!this.step()) return;
      if (this.o.now() < until) continue;
      this.planned = true;
      this.o.later(() => this.slice());
      return;
    }
  }

  /* One node. False: nothing is left to do. */
  private step(): boolean {
    if (!this.walker) {
      const next = this.todo.shift();
      if (!next) return false;
      if (!next.isConnected || this.isSkipped(next)) return true;
      this.walker = document.createTreeWalker(next, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT,
        (n) => (n instanceof Element && n.matches(this.skip) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT));
      this.look(next);
      return true;
    }
    const node = this.walker.nextNode();
    if (node) this.look(node);
    else this.walker = null;
    return true;
  }

  private look(node: Node): void {
    if (node instanceof Element && node.shadowRoot) this.enter(node.shadowRoot);
    else if (node instanceof Text) this.link(node);
  }

  private isSkipped(node: Node): boolean {
    const el = node instanceof Element ? node : node.parentElement;
    return el !== null && el.closest(this.skip) !== null;
  }

  private isOurs(node: Node): boolean {
    const el = node instanceof Element ? node : node.parentElement;
    return el !== null && el.classList.contains(LINK_CLASS);
  }

  private link(node: Text): void {
    const parent = node.parentElement;
    if (!mayHaveNumber(node.data) || this.added.has(node)) return;
    if (parent && (parent.isContentEditable || (this.only !== null && !parent.closest(this.only)))) return;
    const found = findNumbers(node.data);
    if (!found.length) return;
    const text = node.data;
    const behind: ChildNode[] = [];
    found.forEach((f, i) => {
      behind.push(this.anchor(f.text, f.number));
      const rest = text.slice(f.end, found[i + 1]?.start ?? text.length);
      if (rest) behind.push(document.createTextNode(rest));
    });
    this.added.set(node, behind);
    node.data = text.slice(0, found[0]!.start);
    node.after(...behind);
    this.observer.takeRecords().filter((r) => !this.isOwnWork(r, node)).forEach((r) => this.change(r));
  }

  private isOwnWork(r: MutationRecord, node: Text): boolean {
    const behind = this.added.get(node) ?? [];
    return r.target === node || [...r.addedNodes].some((n) => behind.includes(n as ChildNode));
  }

  private anchor(written: string, number: string): HTMLAnchorElement {
    const a = document.createElement("a");
    a.className = LINK_CLASS;
    a.href = `tel:${number}`;
    a.title = this.o.title(written);
    a.textContent = written;
    for (const [name, value] of [["color", "inherit"], ["text-decoration", "underline dotted"], ["cursor", "pointer"]] as const)
      a.style.setProperty(name, value);
    a.addEventListener("click", (e) => {
      e.preventDefault();
      e.stopPropagation();
      startDial(this.dialler, number, a, this.o.onDial);
    });
    return a;
  }

  /* The page as it was. keep: the node's text is the page's own again. */
  private restore(node: Text, keep = false): void {
    const behind = this.added.get(node);
    if (!behind) return;
    this.added.delete(node);
    if (!keep) node.data += behind.map((n) => n.textContent ?? "").join("");
    for (const n of behind) n.remove();
    this.observer.takeRecords().filter((r) => r.target !== node && ![...r.removedNodes].some((n) => behind.includes(n as ChildNode)))
      .forEach((r) => this.change(r));
  }

  private changed(changes: MutationRecord[]): void {
    for (const c of changes) this.change(c);
  }

  private change(c: MutationRecord): void {
    if (c.type === "characterData" && c.target instanceof Text) {
      this.restore(c.target, true);
      if (!this.isOurs(c.target)) this.add(c.target);
    } else if (c.type === "attributes") {
      for (const node of [...this.added.keys()]) if (this.isSkipped(node)) this.restore(node);
      this.add(c.target);
    } else {
      for (const node of c.removedNodes) this.removed(node);
      for (const node of c.addedNodes) if (!this.isOurs(node)) this.add(node);
    }
  }

  private removed(gone: Node): void {
    if (gone instanceof Text) {
      if (!gone.isConnected) this.restore(gone, true);
      return;
    }
    for (const node of [...this.added.keys()]) if (gone.contains(node) && !node.isConnected) this.added.delete(node);
  }
}

/* Returns the way to stop, which leaves the page as it was. */
export function scanNumbers(root: Document | Element, dialler: Dialler, options: ScanOptions = {}): () => void {
  const host = (root.ownerDocument ?? (root as Document)).location.hostname;
  const rule = rulesFor(host, options.rules ?? []);
  if (rule.off) return () => undefined;
  const ja = document.documentElement.lang.startsWith("ja");
  const scanner = new Scanner(root, dialler, {
    slice_ms: SLICE_MS, now: () => performance.now(), later: idle,
    title: (written) => (ja ? `${written} に発信` : `Call ${written}`), ...options,
  }, rule);
  return () => scanner.stop();
}
