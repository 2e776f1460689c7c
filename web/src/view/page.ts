/* view/page.ts -- what main.ts asks of a page beside the panel. */
import type { Route } from "../route.js";
import type { State } from "../state.js";

export interface PageView {
  readonly el: HTMLElement;
  /* The address bar says this now; also when only the question changed. */
  open(route: Route): void;
  update?(s: State, before: State): void;
  /* Another page takes the place. */
  leave?(): void;
  search?(): void;
}
