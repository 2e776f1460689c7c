/*
 * relay.ts -- a bad line between a browser and the server: late, narrow, cut at will.
 */
import { connect, createServer } from "node:net";
import type { Server, Socket } from "node:net";
import type { Cleanup } from "./wait.js";

export interface RelayOptions {
  host: string;
  port: number;
  to: { host: string; port: number };
  late_ms?: number; /* each way */
  bytes_per_s?: number;
}

export class Relay {
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly o: RelayOptions, private readonly server: Server) {}

  static async open(o: RelayOptions, cleanup: Cleanup): Promise<Relay> {
    const server = createServer((near) => relay.join(near));
    const relay = new Relay(o, server);
    await new Promise<void>((done, fail) => server.once("error", fail).listen(o.port, o.host, done));
    cleanup.add("the relay", () => relay.close());
    return relay;
  }

  private join(near: Socket): void {
    const far = connect(this.o.to.port, this.o.to.host);
    this.pass(near, far);
    this.pass(far, near);
  }

  /* One after another: what is late stays in order. */
  private pass(from: Socket, to: Socket): void {
    let free_at = 0;
    this.sockets.add(from);
    from.on("data", (data) => {
      const took = this.o.bytes_per_s ? (data.length / this.o.bytes_per_s) * 1000 : 0;
      free_at = Math.max(Date.now(), free_at) + took;
      setTimeout(() => to.destroyed || to.write(data), free_at - Date.now() + (this.o.late_ms ?? 0));
    });
    from.on("error", () => to.destroy());
    from.on("close", () => {
      this.sockets.delete(from);
      setTimeout(() => to.destroy(), Math.max(0, free_at - Date.now()) + (this.o.late_ms ?? 0));
    });
  }

  private close(): void {
    for (const s of this.sockets) s.destroy();
    this.server.close();
  }
}
