/*
 * hubspot/index.ts -- the panel as HubSpot's calling widget, on its own SDK
 * (@hubspot/calling-extensions-sdk). The widget's address is https://cti.example/hubspot.
 *
 * HubSpot makes an engagement for each call when it is told of it (createEngagement) and
 * wants the same id back at the end; that may come after the end. Calls of which the
 * number is withheld are not HubSpot's business: it has nobody to match.
 */
import CallingExtensions from "@hubspot/calling-extensions-sdk";
import type { EndStatus, EventHandlers, ObjectCoordinates } from "@hubspot/calling-extensions-sdk";
import { pageStorage } from "@ringbridge/sdk";
import type { Outcome } from "@ringbridge/sdk";
import type { Host, HostAsks, HostCall } from "../host.js";

const END: Record<Outcome, EndStatus> = {
  answered: "COMPLETED", missed: "MISSED", abandoned: "MISSED", busy: "BUSY", declined: "REJECTED", failed: "FAILED", blocked: "REJECTED",
};

function endStatus(call: HostCall): EndStatus {
  if (call.answered) return "COMPLETED";
  if (call.outcome === null || call.outcome === "answered") return call.direction === "inbound" ? "NO_ANSWER" : "CANCELED";
  return call.direction === "outbound" && call.outcome === "missed" ? "NO_ANSWER" : END[call.outcome];
}

interface Engaged { engagement: number | null; ended: HostCall | null }

const KEY = "ringbridge.hubspot";

function load(): Map<string, Engaged> {
  try {
    return new Map(JSON.parse(pageStorage("session")?.getItem(KEY) ?? "[]") as [string, Engaged][]);
  } catch {
    return new Map();
  }
}

class HubSpot implements Host {
  readonly name = "hubspot";
  private sdk!: CallingExtensions;
  /* By call; kept in the tab: HubSpot's page navigates in the middle of calls. */
  private readonly engaged = load();
  /* Calls whose card is here: HubSpot opens the record of these, once they are answered. */
  private readonly here = new Set<string>();
  private readonly matched = new Map<string, ObjectCoordinates>();
  private last = ""; /* the call that HubSpot is asked about: its answers do not say */

  start(asks: HostAsks): Promise<void> {
    return new Promise((done) => {
      const eventHandlers: Partial<EventHandlers> = {
        onReady: () => {
          this.sdk.initialized({ isLoggedIn: false });
          done();
        },
        onDialNumber: (d: { phoneNumber?: unknown }) => {
          if (typeof d?.phoneNumber === "string") asks.dial(d.phoneNumber);
        },
        onCreateEngagementSucceeded: (d: { engagementId?: unknown; externalCallId?: unknown }) => this.created(d),
        onCallerIdMatchSucceeded: (d: { externalCallId?: unknown; callerIdMatches?: { objectCoordinates?: ObjectCoordinates }[] }) => {
          const only = d?.callerIdMatches?.length === 1 ? d.callerIdMatches[0]?.objectCoordinates : undefined;
          if (only) this.matched.set(this.callOf(d), only);
        },
        onVisibilityChanged: (d: { isHidden?: unknown; isMinimized?: unknown }) =>
          asks.stands(document.hasFocus() && d?.isHidden !== true && d?.isMinimized !== true, false),
        onFailed: (d: unknown) => console.warn("HubSpot refused:", d),
        defaultEventHandler: () => undefined,
      };
      this.sdk = new CallingExtensions({ debugMode: false, eventHandlers: eventHandlers as EventHandlers });
    });
  }

  private callOf(d: { externalCallId?: unknown }): string {
    return typeof d.externalCallId === "string" ? d.externalCallId : this.last;
  }

  private created(d: { engagementId?: unknown; externalCallId?: unknown }): void {
    const e = this.engaged.get(this.callOf(d));
    if (!e || (typeof d.engagementId !== "number" && typeof d.engagementId !== "string")) return;
    e.engagement = Number(d.engagementId);
    this.save();
    if (e.ended) this.complete(e.ended, e.engagement);
  }

  link(state: "in" | "out" | "away"): void {
    if (state === "in") {
      this.sdk.userLoggedIn();
      this.sdk.userAvailable();
    } else if (state === "out") this.sdk.userLoggedOut();
    else this.sdk.userUnavailable();
  }

  /* From every tab: HubSpot sorts that out by the id. */
  ringing(call: HostCall, here: boolean): void {
    if (!call.number) return;
    if (here) this.here.add(call.id);
    this.begin(call);
    this.sdk.incomingCall({
      externalCallId: call.id, fromNumber: call.number, toNumber: call.dialled ?? call.line ?? "",
      callStartTime: call.began_ms ?? Date.now(), createEngagement: true,
    });
  }

  dialling(call: HostCall): void {
    if (!call.number) return;
    this.begin(call);
    this.sdk.outgoingCall({
      externalCallId: call.id, toNumber: call.number, fromNumber: call.line ?? "", callStartTime: call.began_ms ?? Date.now(),
      createEngagement: true,
    });
  }

  private begin(call: HostCall): void {
    this.last = call.id;
    this.engaged.set(call.id, { engagement: null, ended: null });
    this.save();
  }

  private save(): void {
    try {
      pageStorage("session")?.setItem(KEY, JSON.stringify([...this.engaged]));
    } catch {
      /* Full or forbidden: a call over a navigation stays open in HubSpot. */
    }
  }

  /* In a tab of its own: nobody here knows what is unsaved in HubSpot's page. */
  answered(call: HostCall): void {
    if (!this.engaged.has(call.id)) return;
    this.sdk.callAnswered({ externalCallId: call.id });
    const at = this.matched.get(call.id);
    if (at && this.here.has(call.id)) this.sdk.navigateToRecord({ objectCoordinates: at, openIn: "NEW_TAB" });
  }

  transferred(call: HostCall): void {
    if (this.engaged.has(call.id)) this.sdk.callTransferred({ externalCallId: call.id });
  }

  ended(call: HostCall): void {
    const e = this.engaged.get(call.id);
    if (!e) return;
    e.ended = call;
    this.save();
    if (e.engagement !== null) this.complete(call, e.engagement);
  }

  private complete(call: HostCall, engagementId: number): void {
    const status = endStatus(call);
    this.sdk.callEnded({ externalCallId: call.id, engagementId, callEndStatus: status });
    this.sdk.callCompleted({
      externalCallId: call.id, engagementId, hideWidget: false,
      engagementProperties: {
        hs_timestamp: call.began_ms ?? Date.now(), hs_call_direction: call.direction === "inbound" ? "INBOUND" : "OUTBOUND",
        hs_call_duration: String(call.talked_ms), hs_call_status: status === "MISSED" || status === "REJECTED" ? "NO_ANSWER" : status,
        ...(call.note ? { hs_call_body: call.note } : {}),
        ...(call.direction === "inbound" ? { hs_call_from_number: call.number ?? "" } : { hs_call_to_number: call.number ?? "" }),
      },
    });
    this.engaged.delete(call.id);
    this.save();
    this.matched.delete(call.id);
    this.here.delete(call.id);
  }
}

export const hubspot = (): Host => new HubSpot();
