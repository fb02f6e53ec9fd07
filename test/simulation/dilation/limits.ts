/**
 * The limits of a dilation, so small that a simulated application reaches them: in a simulation, everybody who imports
 * the real ones gets these instead.
 */
export * from "../../../packages/wormhole/src/dilation/limits.ts";

/** More than one Noise message holds, and less than may be unread: else the rest of a chunk that comes in parts never comes. */
export const MAX_WRITE = 100 * 1024;
export const WINDOW = 160 * 1024;
export const RELAYED_WINDOW = 240 * 1024;
export const WINDOW_FOR_OTHERS = 80 * 1024;
export const MAX_UNREAD = 40 * 1024;
export const MAX_UNREAD_CREDITED = 320 * 1024;
export const FIRST_CREDIT = 20 * 1024;
export const CREDIT = 40 * 1024;
export const SHARED_CREDIT = 80 * 1024;
export const CREDIT_STEP = 10 * 1024;
export const HIGH_WATER_MARK = 4 * 1024;
export const ACK_STEP = 10 * 1024;
export const BATCH = 8 * 1024;
