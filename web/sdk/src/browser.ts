/*
 * browser.ts -- ties a Client to the page it lives in: focus of the tab, waking
 * up from sleep, coming back online.
 */
import type { Client } from "./client.js";

/* dirty is asked each time: is there unsaved input on this page? Returns the way to stop. */
export function followPage(client: Client, dirty: () => boolean): () => void {
  const focus = (): void => client.focus(document.hasFocus(), dirty());
  const hurry = (): void => {
    if (document.visibilityState === "visible") client.hurry();
    focus();
  };
  window.addEventListener("focus", focus);
  window.addEventListener("blur", focus);
  window.addEventListener("online", hurry);
  window.addEventListener("pageshow", hurry);
  document.addEventListener("visibilitychange", hurry);
  return () => {
    window.removeEventListener("focus", focus);
    window.removeEventListener("blur", focus);
    window.removeEventListener("online", hurry);
    window.removeEventListener("pageshow", hurry);
    document.removeEventListener("visibilitychange", hurry);
  };
}
