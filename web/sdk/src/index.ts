/* index.ts -- what `@ringbridge/sdk` offers. */
export { Client, socketUrl } from "./client.js";
export type { ClientEvents, ClientOptions, Link, LinkState, SocketLike } from "./client.js";
export type { CommandArgs, CommandHandle, LocalWhy } from "./commands.js";
export { HttpError, Rest } from "./rest.js";
export type { CallFilter, CallPage, CsvOptions, FetchLike, RestOptions } from "./rest.js";
export { dialOnClick, dialTelLinks, telNumber } from "./dial.js";
export type { Dialler, OnDial } from "./dial.js";
export { followPage } from "./browser.js";
export { newId, tabId } from "./tab.js";
export { decode, isFinal, SUBPROTOCOL } from "./protocol.js";
export type * from "./protocol.js";
export { DIRECTIONS, OUTCOMES, PRESENTATIONS, STATES } from "./conversation.js";
export type * from "./conversation.js";
