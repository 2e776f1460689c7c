/*
 * opencti.ts -- the part of Salesforce's Open CTI for Lightning that we use, as its
 * developer guide describes it. Salesforce's own script brings it (sforce.opencti).
 */
export interface Answer { success: boolean; returnValue?: unknown; errors?: unknown }
type Callback = (answer: Answer) => void;

export interface Dialled { number?: string; recordId?: string; recordName?: string; objectType?: string }

export interface OpenCti {
  SCREENPOP_TYPE: { SOBJECT: string };
  CALL_TYPE?: { INBOUND: string; OUTBOUND: string };
  enableClickToDial(o: { callback: Callback }): void;
  onClickToDial(o: { listener: (d: Dialled) => void }): void;
  searchAndScreenPop(o: {
    searchParams: string; queryParams?: string; callType: string; deferred: boolean; defaultFieldValues?: Record<string, string>;
    callback: Callback;
  }): void;
  screenPop(o: { type: string; params: unknown; callback: Callback }): void;
  saveLog(o: { value: Record<string, string | number>; callback: Callback }): void;
  setSoftphonePanelVisibility(o: { visible: boolean; callback?: Callback }): void;
  setSoftphoneItemLabel(o: { label: string; callback?: Callback }): void;
}
