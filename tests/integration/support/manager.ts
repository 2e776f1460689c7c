/*
 * manager.ts -- a service manager's ear: the socket of sd_notify(3).
 */
import { join } from "node:path";
import { Child } from "./child.js";
import { buildDir, temporaryFolder } from "./place.js";
import { until } from "./wait.js";
import type { Cleanup } from "./wait.js";

export class Manager {
  readonly path = join(temporaryFolder("sd"), "notify");
  private readonly child = new Child("notify_socket", join(buildDir, "tests/support/notify_socket"), [this.path]);

  static async open(cleanup: Cleanup): Promise<Manager> {
    const m = new Manager();
    cleanup.add("the service manager", () => m.child.stop());
    await m.child.until("the socket is there", () => m.child.output.startsWith("ready"));
    return m;
  }

  /* What it was told, in order, one datagram each. */
  get told(): string[] {
    return this.child.output.split("\n").slice(1, -1);
  }

  /* Without the signs of life. */
  get states(): string[] {
    return this.told.filter((t) => t !== "WATCHDOG=1");
  }

  async hears(states: string[], within_ms = 8000): Promise<void> {
    await until(`the service manager hears ${states.join(", ")}`, () =>
      JSON.stringify(this.states.slice(-states.length)) === JSON.stringify(states), within_ms);
  }
}
