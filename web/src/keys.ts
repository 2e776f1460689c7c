/*
 * keys.ts -- `/` search, `d` dial, `n` note, Esc leaves a field without losing
 * what is in it. Plain keys mean nothing while somebody types.
 */
export interface KeyActions {
  search(): void;
  dial(): void;
  note(): void;
}

function typing(e: KeyboardEvent): boolean {
  const el = e.target;
  return el instanceof HTMLElement && (el.isContentEditable
    || ["INPUT", "TEXTAREA", "SELECT"].includes(el.tagName)) && (el as HTMLInputElement).type !== "radio";
}

export function followKeys(actions: KeyActions): void {
  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing) return;
    if (e.key === "Escape" && typing(e)) return (e.target as HTMLElement).blur();
    if (typing(e)) return;
    const action = { "/": () => actions.search(), d: () => actions.dial(), n: () => actions.note() }[e.key];
    if (!action) return;
    e.preventDefault();
    action();
  });
}
