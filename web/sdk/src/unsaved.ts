/*
 * unsaved.ts -- is there input on this page that would be lost if it went away?
 *
 * Typed into and neither sent, reset nor emptied: that counts. A field that has its
 * first value again, or that is no longer on the page, does not. Password and search
 * fields do not count; the page may mark others (data-ringbridge-clean).
 */
export interface Unsaved {
  dirty(): boolean;
  /* The page knows better: it has saved by itself. */
  saved(): void;
  stop(): void;
}

type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;
const NOT_KEPT = new Set(["password", "search", "button", "submit", "reset", "image", "hidden", "range"]);

function isField(t: EventTarget | undefined): t is Field {
  return t instanceof HTMLInputElement || t instanceof HTMLTextAreaElement || t instanceof HTMLSelectElement;
}

function isDefault(f: Field): boolean {
  if (f instanceof HTMLSelectElement)
    return [...f.options].every((o) => o.selected === o.defaultSelected) || f.selectedIndex === 0;
  if (f instanceof HTMLInputElement && (f.type === "checkbox" || f.type === "radio"))
    return f.checked === f.defaultChecked;
  return f.value === f.defaultValue;
}

export function unsavedInput(root: Document | Element, onChange?: (dirty: boolean) => void): Unsaved {
  const touched = new Set<Field | HTMLElement>();
  let last = false;
  const dirty = (): boolean => {
    for (const el of touched)
      if (!el.isConnected || (isField(el) ? isDefault(el) : (el.textContent ?? "").trim() === "")) touched.delete(el);
    return touched.size > 0;
  };
  const tell = (): void => {
    const now = dirty();
    if (now !== last) onChange?.(now);
    last = now;
  };
  const input = (e: Event): void => {
    const target = e.composedPath()[0];
    if (!(target instanceof HTMLElement) || target.closest("[data-ringbridge-clean]")) return;
    if (isField(target) ? !NOT_KEPT.has(target.type) : target.isContentEditable) touched.add(target);
    tell();
  };
  const sent = (e: Event): void => {
    const form = e.target;
    if (!(form instanceof HTMLFormElement) || (e.type === "submit" && e.defaultPrevented)) return;
    /* A reset changes the values after its event. */
    queueMicrotask(() => {
      for (const el of touched) if (isField(el) ? el.form === form : form.contains(el)) touched.delete(el);
      tell();
    });
  };
  root.addEventListener("input", input, true);
  root.addEventListener("submit", sent);
  root.addEventListener("reset", sent);
  return {
    dirty,
    saved: () => {
      touched.clear();
      tell();
    },
    stop: () => {
      root.removeEventListener("input", input, true);
      root.removeEventListener("submit", sent);
      root.removeEventListener("reset", sent);
    },
  };
}
