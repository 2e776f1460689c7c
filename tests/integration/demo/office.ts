/*
 * office.ts -- telephones and a trunk for a first look at a real Asterisk: 201 to
 * 206 ring for a while and answer, and somebody calls from outside now and then.
 *
 *   node office.mjs NET SECONDS      NET: the loopback block, as 127.77.10
 *
 * Runs until it is stopped; prints a line for each call.
 */
import { connectPhone, connectTrunk } from "../support/phones.js";
import type { Call } from "../support/sip/call.js";
import type { Party } from "../support/sip/phone.js";
import { Cleanup } from "../support/wait.js";

const LINES = ["201", "202", "203", "204", "205", "206"];
const CALLERS = [
  { number: "0312345678", name: "YAMADA TARO" },
  { number: "09012345678", name: "SATO" },
  { number: "0661234567" },
  { number: "0459876543" },
  { number: "0312345678", withheld: true },
];
/* A line of its own, the ring group, the queue (tests/lab/asterisk info). */
const DIALLED = ["0355501234", "0355501234", "0355501235", "0355501236"];

const [net = "127.77.10", every = "20"] = process.argv.slice(2);
const pbx = `${net}.10`;
const cleanup = new Cleanup();
let stopping = false;

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
const between = (a: number, b: number): number => a + Math.random() * (b - a);

/* Somebody else took it, or the other side has gone. */
const over = (call: Call): boolean => call.state === "ended";

/* Rings as long as a person needs to reach for it, talks, hangs up. */
async function takes(phone: Party, call: Call): Promise<void> {
  await pause(between(5000, 9000));
  if (over(call)) return;
  call.answer();
  await call.is("up");
  console.log(`${phone.name} answers ${call.from.number}`);
  await pause(between(8000, 20000));
  if (!over(call)) await call.bye();
}

async function attend(phone: Party): Promise<void> {
  while (!stopping) {
    const call = await phone.incoming(3_600_000);
    takes(phone, call).catch((e: unknown) => console.log(`${phone.name}: ${String(e)}`));
  }
}

/* Who is dialled from the CRM answers too. */
async function callsIn(trunk: Awaited<ReturnType<typeof connectTrunk>>): Promise<void> {
  for (let i = 0; !stopping; i++) {
    const caller = CALLERS[i % CALLERS.length];
    const dialled = DIALLED[i % DIALLED.length];
    if (!caller || !dialled) return;
    console.log(`${caller.withheld ? "somebody" : caller.number} calls ${dialled}`);
    const call = await trunk.call(dialled, caller);
    await pause(Number(every) * 1000);
    if (call.state === "ringback" || call.state === "calling") call.cancel();
  }
}

function quietly(done: Promise<void>): void {
  done.catch((e: unknown) => {
    if (!stopping) console.log(String(e));
  });
}

const trunk = await connectTrunk(net, pbx, cleanup);
quietly(attend(trunk));
for (const line of LINES) {
  const phone = await connectPhone(net, line, pbx, cleanup);
  quietly(attend(phone));
  setInterval(() => quietly(phone.register()), 300_000);
}
console.log(`ready: 201 to 206 are registered at ${pbx}`);
quietly(callsIn(trunk));

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => {
    stopping = true;
    void cleanup.run().then(() => process.exit(0));
  });
}
