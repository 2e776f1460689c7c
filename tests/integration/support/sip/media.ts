/*
 * media.ts -- sound that can be recognised: G.711 packets filled with the speaker's
 * name. A PBX that bridges two calls of one codec hands them on as they are, so
 * whoever hears the name hears that party.
 */
import { createSocket } from "node:dgram";
import type { Socket } from "node:dgram";
import type { Peer } from "./endpoint.js";

const FRAME_BYTES = 160; /* 20 ms at 8 kHz */
const FRAME_MS = 20;

export type Direction = "sendrecv" | "sendonly" | "recvonly" | "inactive";

export class Media {
  private readonly socket: Socket = createSocket("udp4");
  private timer: ReturnType<typeof setInterval> | undefined;
  private seq = Math.floor(Math.random() * 1000);
  private readonly ssrc = Math.floor(Math.random() * 2 ** 32);
  private version = 1;
  private remote: Peer | null = null;
  direction: Direction = "sendrecv";
  port = 0;
  /* When each speaker was heard last, in ms since the epoch. */
  private readonly voices = new Map<string, number>();

  private constructor(readonly host: string, readonly speaker: string) {
    this.socket.on("message", (packet) => this.received(packet));
  }

  static async open(host: string, speaker: string): Promise<Media> {
    const m = new Media(host, speaker);
    await new Promise<void>((done, fail) => {
      m.socket.once("error", fail);
      m.socket.bind(0, host, done);
    });
    m.port = m.socket.address().port;
    return m;
  }

  /* Was this speaker heard after that time? */
  hears(speaker: string, since = 0): boolean {
    return (this.voices.get(speaker) ?? -1) > since;
  }

  describe(direction: Direction): string {
    return ["v=0", `o=- 1 ${this.version++} IN IP4 ${this.host}`, "s=-", `c=IN IP4 ${this.host}`, "t=0 0",
      `m=audio ${this.port} RTP/AVP 0`, "a=rtpmap:0 PCMU/8000", "a=ptime:20", `a=${direction}`, ""].join("\r\n");
  }

  /* What the other side described: where to send, and whether it listens. */
  accept(sdp: string): Direction {
    const port = Number(/^m=audio (\d+)/m.exec(sdp)?.[1] ?? 0);
    const host = /^c=IN IP4 (\S+)/m.exec(sdp)?.[1] ?? "";
    this.remote = port && host ? { host, port } : null;
    return (/^a=(sendrecv|sendonly|recvonly|inactive)/m.exec(sdp)?.[1] as Direction | undefined) ?? "sendrecv";
  }

  start(): void {
    this.timer ??= setInterval(() => this.frame(), FRAME_MS);
  }

  close(): void {
    clearInterval(this.timer);
    this.socket.close();
  }

  private frame(): void {
    if (!this.remote || this.direction === "recvonly" || this.direction === "inactive") return;
    const packet = Buffer.alloc(12 + FRAME_BYTES);
    packet[0] = 0x80;
    packet.writeUInt16BE(this.seq & 0xffff, 2);
    packet.writeUInt32BE((this.seq * FRAME_BYTES) >>> 0, 4);
    packet.writeUInt32BE(this.ssrc >>> 0, 8);
    packet.fill(`<${this.speaker}>`, 12);
    this.seq++;
    this.socket.send(packet, this.remote.port, this.remote.host);
  }

  private received(packet: Buffer): void {
    const name = /<([^<>]+)>/.exec(packet.subarray(12).toString("latin1"))?.[1];
    if (name) this.voices.set(name, Date.now());
  }
}

export function opposite(direction: Direction): Direction {
  if (direction === "sendonly") return "recvonly";
  if (direction === "recvonly") return "sendonly";
  return direction;
}
