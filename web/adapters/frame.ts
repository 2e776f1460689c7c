/*
 * frame.ts -- the host is a page with embed.js, or any page that speaks these messages
 * (README.md). Which page may frame us at all is the server's list (frame-ancestors), and
 * only the frame's own parent is listened to.
 *
 *	host -> panel  {ringbridge: "host", focused, dirty}    first, and whenever it changes
 *	               {ringbridge: "dial", number}
 *	panel -> host  {ringbridge: "hello"}                   until the host has answered
 *	               {ringbridge: "record", call, url, number}
 *	               {ringbridge: "call", step, call}        steps of host.ts
 */
import type { Host, HostAsks, HostCall } from "./host.js";

const HELLO_MS = 250;
const NUMBER_MAX = 128;

export function frameHost(): Host {
  let origin: string | null = null;
  const say = (m: Record<string, unknown>): void => {
    if (origin !== null) window.parent.postMessage(m, origin);
  };
  const step = (name: string) => (call: HostCall): void => say({ ringbridge: "call", step: name, call });
  const hear = (asks: HostAsks, m: Record<string, unknown>): void => {
    if (m["ringbridge"] === "host") asks.stands(m["focused"] === true, m["dirty"] === true);
    const number = m["number"];
    if (m["ringbridge"] === "dial" && typeof number === "string" && number.length <= NUMBER_MAX) asks.dial(number);
  };
  return {
    name: "frame",
    start: (asks) => new Promise((done) => {
      const hello = (): void => window.parent.postMessage({ ringbridge: "hello" }, "*");
      const timer = setInterval(hello, HELLO_MS);
      window.addEventListener("message", (e) => {
        const m = e.data as Record<string, unknown> | null;
        if (e.source !== window.parent || typeof m !== "object" || m === null || typeof m["ringbridge"] !== "string") return;
        if (origin === null && m["ringbridge"] === "host") {
          origin = e.origin;
          clearInterval(timer);
          done();
        }
        if (e.origin === origin) hear(asks, m);
      });
      hello();
    }),
    ringing: step("ringing"), dialling: step("dialling"), answered: step("answered"), transferred: step("transferred"),
    ended: step("ended"),
    record: (call, { url }) => say({ ringbridge: "record", call: call.id, url, number: call.number }),
  };
}
