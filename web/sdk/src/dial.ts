/*
 * dial.ts -- click-to-dial for any page: `tel:` links and elements of your own.
 *
 * Numbers are handed on as they are written; the server understands them. What
 * a helper changes on your elements is `aria-busy` while a dial is on its way,
 * so that a second click does not start a second call.
 */
import type { CommandHandle } from "./commands.js";

/* What the helpers need of a Client, or of anything that dials. */
export interface Dialler {
  dial(number: string): CommandHandle;
}

export type OnDial = (handle: CommandHandle, element: Element) => void;

/* The number of a `tel:` URI (RFC 3966) without its parameters; null if it is none. */
export function telNumber(href: string): string | null {
  const m = /^\s*tel:([^;?]*)/i.exec(href);
  if (!m) return null;
  try {
    const number = decodeURIComponent(m[1]!).trim();
    return number === "" ? null : number;
  } catch {
    return null;
  }
}

export function startDial(dialler: Dialler, number: string, element: Element, onDial?: OnDial): void {
  if (element.getAttribute("aria-busy") === "true") return;
  element.setAttribute("aria-busy", "true");
  const handle = dialler.dial(number);
  void handle.result.then(() => element.removeAttribute("aria-busy"));
  onDial?.(handle, element);
}

/* Clicks below root on an element that has a number, now or later, shadow roots included. */
function delegate(
  root: Document | Element, numberOf: (e: Element) => string | null, dialler: Dialler, onDial?: OnDial,
): () => void {
  const listener = (e: Event): void => {
    if (e.defaultPrevented || (e instanceof MouseEvent && (e.button !== 0 || e.ctrlKey || e.metaKey)))
      return;
    for (const target of e.composedPath()) {
      const number = target instanceof Element ? numberOf(target) : null;
      if (number === null) continue;
      e.preventDefault();
      startDial(dialler, number, target as Element, onDial);
      return;
    }
  };
  root.addEventListener("click", listener);
  return () => root.removeEventListener("click", listener);
}

/* Every `tel:` link below root dials. Returns the way to stop. */
export function dialTelLinks(root: Document | Element, dialler: Dialler, onDial?: OnDial): () => void {
  return delegate(root, (e) => (e.localName === "a" ? telNumber(e.getAttribute("href") ?? "") : null), dialler, onDial);
}

/* Every element below root with `data-dial="03-1234-5678"` dials; a button is best, for the keyboard. */
export function dialMarked(root: Document | Element, dialler: Dialler, onDial?: OnDial): () => void {
  return delegate(root, (e) => {
    const number = e.getAttribute("data-dial")?.trim();
    return number ? number : null;
  }, dialler, onDial);
}

/* One element dials when it is clicked. number is asked for at the click. */
export function dialOnClick(
  element: Element, number: string | (() => string | null), dialler: Dialler, onDial?: OnDial,
): () => void {
  const listener = (e: Event): void => {
    const n = typeof number === "string" ? number : number();
    if (n === null || n.trim() === "") return;
    e.preventDefault();
    startDial(dialler, n, element, onDial);
  };
  element.addEventListener("click", listener);
  return () => element.removeEventListener("click", listener);
}
