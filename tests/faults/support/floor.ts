/*
 * floor.ts -- what the machine itself costs: a thread that only sleeps, and notes how
 * late it wakes. No program on this machine does better meanwhile.
 */
import { Worker } from "node:worker_threads";

const SOURCE = `
const { parentPort } = require("node:worker_threads");
const cell = new Int32Array(new SharedArrayBuffer(4));
let worst = 0, stop = false;
parentPort.on("message", () => { stop = true; });
(async () => {
  while (!stop) {
    for (let n = 0; n < 20; n++) {
      const t = performance.now();
      Atomics.wait(cell, 0, 0, 5);
      worst = Math.max(worst, performance.now() - t - 5);
    }
    await new Promise((done) => setImmediate(done));
  }
  parentPort.postMessage(worst);
})();
`;

export class Floor {
  private readonly worker = new Worker(SOURCE, { eval: true });

  /* The worst of it, ms. */
  async stop(): Promise<number> {
    return new Promise((done) => {
      this.worker.once("message", (ms: number) => {
        void this.worker.terminate();
        done(ms);
      });
      this.worker.postMessage("stop");
    });
  }
}
