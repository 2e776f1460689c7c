/*
 * browser.ts -- ties a Client to the page it lives in: focus of the tab, waking
 * up from sleep, coming back online.
 */
import type { Client } from "./client.js";

export interface Following {
  /* Tell the hub again, if focus or dirty are not what it knows. */
  now(): void;
  stop(): void;
}

/*
 * Both are asked each time. dirty: is there unsaved input on this page? focused: is
 * this the page that the person looks at? A page in a frame asks its host.
 */
export function followPage(
  client: Client, dirty: () => boolean, focused: () => boolean = () => document.hasFocus(),
): Following {
  const now = (): void => client.focus(focused(), dirty());
  const hurry = (): void => {
    if (document.visibilityState === "visible") client.hurry();
    now();
  };
  const heard: [EventTarget, string, () => void][] = [
    [window, "focus", now], [window, "blur", now], [document, "input", now], [document, "change", now],
    [window, "online", hurry], [window, "pageshow", hurry], [document, "visibilitychange", hurry],
  ];
  for (const [target, name, f] of heard) target.addEventListener(name, f);
  return {
    now,
    stop: () => {
      for (const [target, name, f] of heard) target.removeEventListener(name, f);
    },
  };
}
