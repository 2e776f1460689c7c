/* limits.ts -- bounds that the server keeps too (schema/ws/protocol.md). */
export const MAX_NOTE = 4000;
export const MAX_NUMBER = 128;
