/**
 * The limits of a dilation, so small that a simulated application reaches them. In a simulation, these replace the real
 * ones in every import.
 */
export * from "../../../packages/wormhole/src/dilation/limits.ts";

/** More than one Noise message holds, and less than the unread limit: otherwise a chunk in parts could never be read. */
export const MAX_WRITE_BYTES = 100 * 1024;
export const WINDOW_BYTES = 160 * 1024;
export const RELAYED_WINDOW_BYTES = 240 * 1024;
export const RESERVED_WINDOW_BYTES = 80 * 1024;
export const MAX_UNREAD_BYTES = 40 * 1024;
export const MAX_UNREAD_CREDITED_BYTES = 320 * 1024;
export const FIRST_CREDIT_BYTES = 20 * 1024;
export const CREDIT_BYTES = 40 * 1024;
export const SHARED_CREDIT_BYTES = 80 * 1024;
export const CREDIT_STEP_BYTES = 10 * 1024;
export const HIGH_WATER_MARK_BYTES = 4 * 1024;
export const ACK_STEP_BYTES = 10 * 1024;
export const BATCH_BYTES = 8 * 1024;
