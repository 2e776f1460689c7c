/*
 * office.ts NET [SECONDS] -- telephones and callers for a first look at a real PBX of
 * tests/lab: phones 201 to 206 register, ring and answer; somebody calls in every
 * SECONDS (20); whoever is dialled outside answers, or is busy if the number ends in 86.
 */
import { connectPhone, connectTrunk } from "../support/phones.js";
import type { Call } from "../support/sip/call.js";
import type { Caller, Party, Trunk } from "../support/sip/phone.js";
import { Cleanup } from "../support/wait.js";

const CALLERS: Caller[] = [
  { number: "0312345678" },
  { number: "0399998888", name: "山田商事" },
  { number: "09012345678" },
  { number: "08098765432" },
  { number: "0661234567" },
  { number: "0521112222" },
  { number: "0355559999" },
  { number: "0312345678", withheld: true },
];
const NUMBERS = ["0355501234", "0355501235", "0355501234", "0355501236"];
const LINES = ["201", "202", "203", "204", "205", "206"];

const pick = <T>(of: T[]): T => of[Math.floor(Math.random() * of.length)] as T;
const between = (low_s: number, high_s: number): number => 1000 * (low_s + Math.random() * (high_s - low_s));
const later = (low_s: number, high_s: number, f: () => unknown): void => void setTimeout(() => void f(), between(low_s, high_s));

/* Talks, sometimes puts the other side on hold, hangs up. */
function talk(call: Call): void {
  if (Math.random() < 0.3) {
    later(5, 8, async () => {
      if (call.state !== "up") return;
      await call.hold();
      later(4, 8, () => (call.state === "up" ? call.resume() : undefined));
    });
  }
  later(15, 40, () => call.bye());
}

/* Takes the calls that come, after so many seconds of ringing. */
async function answer(party: Party, low_s: number, high_s: number): Promise<void> {
  for (;;) {
    const call = await party.incoming(2 ** 31 - 1);
    if (call.dialled.endsWith("86")) {
      call.reject(486, "Busy Here");
      continue;
    }
    later(low_s, high_s, () => {
      if (call.state !== "ringing") return;
      call.answer();
      talk(call);
    });
  }
}

async function callIn(trunk: Trunk): Promise<void> {
  const call = await trunk.call(pick(NUMBERS), pick(CALLERS));
  later(18, 26, () => (call.state === "ringback" ? call.cancel() : undefined));
}

async function main(): Promise<void> {
  const net = process.argv[2] ?? "";
  const every_s = Number(process.argv[3] ?? 20);
  if (!/^127\.\d+\.\d+$/.test(net) || !(every_s > 0)) throw new Error("usage: office NET [SECONDS], NET as 127.18.10");
  const cleanup = new Cleanup();
  for (const line of LINES) void answer(await connectPhone(net, line, `${net}.10`, cleanup), 3, 9);
  const trunk = await connectTrunk(net, `${net}.10`, cleanup);
  void answer(trunk, 2, 5);
  console.log(`telephones 201 to 206 are registered at ${net}.10; a call comes in every ${every_s} s`);
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void cleanup.run().then(() => process.exit(0)));
  later(2, 3, () => callIn(trunk));
  setInterval(() => void callIn(trunk), 1000 * every_s);
}

main().catch((e: unknown) => {
  console.error(e instanceof Error ? e.message : e);
  process.exitCode = 1;
});
