/** Checks the options of `dilate()`. */
import type { DilateOptions } from "./api.ts";
import { PATIENCE_SECONDS, PING_INTERVAL_SECONDS } from "./limits.ts";

/** One week. Timers of a few weeks overflow on many platforms. */
const MAX_SECONDS = 604_800;

/** Checks all options. @throws {TypeError} if one is invalid */
export function checkOptions({
  pingInterval = PING_INTERVAL_SECONDS,
  patience = PATIENCE_SECONDS,
  expectedSubprotocols,
}: DilateOptions): void {
  for (const [name, seconds] of Object.entries({ pingInterval, patience })) {
    if (typeof seconds !== "number" || !(seconds > 0 && seconds <= MAX_SECONDS)) {
      throw new TypeError(`${name} must be a number of seconds, more than 0 and at most ${MAX_SECONDS}`);
    }
  }
  if (expectedSubprotocols !== undefined && !Array.isArray(expectedSubprotocols)) {
    throw new TypeError("expectedSubprotocols must be a list of names");
  }
}
