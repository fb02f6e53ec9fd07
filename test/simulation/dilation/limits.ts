/**
 * The limits of a dilation, so small that a simulated application reaches them: in a simulation, everybody who imports
 * the real ones gets these instead.
 */
export * from "../../../packages/wormhole/src/dilation/limits.ts";

export const MAX_WRITE = 48 * 1024;
export const SUBCHANNEL_WINDOW = 40 * 1024;
export const WINDOW = 96 * 1024;
export const MAX_UNREAD = 32 * 1024;
export const MAX_UNREAD_CREDITED = 64 * 1024;
export const CREDIT = 24 * 1024;
export const CREDIT_STEP = 6 * 1024;
export const HIGH_WATER_MARK = 4 * 1024;
export const BATCH = 8 * 1024;
