/*
 * salesforce/index.ts -- the panel as Salesforce's softphone (Open CTI, Lightning). The
 * call centre's adapter URL is
 *
 *	https://cti.example/salesforce?api=https://FIRM.my.salesforce.com/support/api/62.0/lightning/opencti_min.js
 *
 * The script is taken from there only if that origin is on the server's list: the page's
 * Content-Security-Policy says so, and so do we. Numbers are searched for as Salesforce's
 * own layout settings want it (searchAndScreenPop): at the ring, shown at the answer.
 */
import type { Host, HostAsks, HostCall } from "../host.js";
import type { Answer, OpenCti } from "./opencti.js";

interface Popped { deferred: unknown; who: string | null; what: string | null }

/* Ids by their key prefix: persons in WhoId, things in WhatId. */
const PERSON = /^(?:003|00Q)/;
const SUBJECT_MAX = 255;

function load(src: string): Promise<void> {
  const url = new URL(src);
  if (url.protocol !== "https:" && url.hostname !== "localhost" && !/^127\./.test(url.hostname)) throw new Error(`${src}: not by HTTPS`);
  return new Promise((done, fail) => {
    const tag = document.createElement("script");
    tag.src = url.href;
    tag.onload = () => done();
    tag.onerror = () => fail(new Error(`${url.origin} is not in [web] origins, or does not answer`));
    document.head.append(tag);
  });
}

class Salesforce implements Host {
  readonly name = "salesforce";
  private readonly calls = new Map<string, Popped>();
  private api!: OpenCti;

  constructor(private readonly src: string) {}

  async start(asks: HostAsks): Promise<void> {
    await load(this.src);
    const api = (globalThis as { sforce?: { opencti?: OpenCti } }).sforce?.opencti;
    if (!api) throw new Error("the script has no sforce.opencti");
    this.api = api;
    api.onClickToDial({ listener: (d) => {
      if (typeof d.number === "string") asks.dial(d.number);
    } });
    api.enableClickToDial({ callback: (a) => this.check("enableClickToDial", a) });
  }

  private check(what: string, a: Answer): boolean {
    if (!a.success) console.warn(`Salesforce refused ${what}:`, a.errors);
    return a.success;
  }

  link(state: "in" | "out" | "away"): void {
    this.api.setSoftphoneItemLabel({ label: state === "in" ? "Ringbridge" : "Ringbridge !" });
  }

  ringing(call: HostCall, here: boolean): void {
    this.begin(call);
    if (!here) return;
    this.api.setSoftphonePanelVisibility({ visible: true });
    if (call.number) this.search(call);
  }

  dialling(call: HostCall): void {
    this.begin(call);
    if (call.number) this.search(call);
  }

  private begin(call: HostCall): void {
    this.calls.set(call.id, { deferred: null, who: null, what: null });
  }

  private search(call: HostCall): void {
    this.api.searchAndScreenPop({
      searchParams: call.number ?? "", callType: call.direction, deferred: true,
      defaultFieldValues: { Phone: call.number ?? "" },
      callback: (a) => {
        const p = this.calls.get(call.id);
        if (!p || !this.check("searchAndScreenPop", a)) return;
        const found = (a.returnValue ?? {}) as Record<string, unknown>;
        p.deferred = found["SCREEN_POP_DATA"] ?? null;
        const ids = Object.keys(found).filter((k) => /^[a-zA-Z0-9]{15}(?:[a-zA-Z0-9]{3})?$/.test(k));
        if (ids.length === 1) p[PERSON.test(ids[0]!) ? "who" : "what"] = ids[0]!;
      },
    });
  }

  answered(call: HostCall): void {
    const p = this.calls.get(call.id);
    const data = p?.deferred as { type?: string; params?: unknown } | null | undefined;
    if (call.direction !== "inbound" || !data?.type) return;
    this.api.screenPop({ type: data.type, params: data.params, callback: (a) => void this.check("screenPop", a) });
  }

  /* One Task a call: our id in CallObject tells whoever finds two that they are one. */
  ended(call: HostCall): void {
    const p = this.calls.get(call.id);
    this.calls.delete(call.id);
    if (!p || (!p.deferred && call.direction === "inbound")) return;
    const subject = `${call.direction === "inbound" ? "Call from" : "Call to"} ${call.name ?? call.number ?? "?"}`;
    this.api.saveLog({
      value: {
        entityApiName: "Task", Subject: subject.slice(0, SUBJECT_MAX), Status: "Completed", TaskSubtype: "Call",
        CallType: call.direction === "inbound" ? "Inbound" : "Outbound", CallDurationInSeconds: Math.round(call.talked_ms / 1000),
        CallObject: call.id, CallDisposition: call.answered ? "answered" : call.outcome ?? "unknown", Phone: call.number ?? "",
        ActivityDate: new Date(call.began_ms ?? Date.now()).toISOString().slice(0, 10),
        ...(call.note ? { Description: call.note } : {}), ...(p.who ? { WhoId: p.who } : {}), ...(p.what ? { WhatId: p.what } : {}),
      },
      callback: (a) => void this.check("saveLog", a),
    });
  }
}

export function salesforce(): Host {
  const src = new URLSearchParams(location.search).get("api");
  if (!src) throw new Error("the adapter URL lacks api=, the address of Salesforce's opencti_min.js");
  return new Salesforce(src);
}
