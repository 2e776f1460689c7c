/*
 * proxy.ts -- a bad network (tests/sim/faultproxy) between two parts.
 */
import { join } from "node:path";
import { Child } from "../../integration/support/child.js";
import { counts } from "../../integration/support/lab.js";
import { buildDir } from "../../integration/support/place.js";
import type { Cleanup } from "../../integration/support/wait.js";

export class Proxy {
  private constructor(private readonly child: Child) {}

  static async open(kind: "udp" | "stream", listen: string, server: string, seed: number, cleanup: Cleanup): Promise<Proxy> {
    const child = new Child("faultproxy", join(buildDir, "tests/sim/faultproxy"),
      [`--${kind}`, "--listen", listen, "--server", server, "--seed", String(seed)], { commands: true });
    cleanup.add("faultproxy", () => child.stop());
    await child.until("faultproxy is ready", () => child.output.includes("ready at"));
    return new Proxy(child);
  }

  /* See faultproxy --help. */
  async ask(...commands: string[]): Promise<void> {
    for (const c of commands) await this.child.ask(c);
  }

  async count(): Promise<Record<string, number>> {
    return counts(await this.child.ask("count"));
  }
}
