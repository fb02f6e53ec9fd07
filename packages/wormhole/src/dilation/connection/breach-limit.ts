/** Counts breaches of the protocol: records that no honest peer sends. */
import { BREACH_WINDOW_MS, MAX_BREACHES } from "../limits.ts";

export class BreachLimit {
  #times: number[] = [];

  /** Counts a breach at `now`, milliseconds. Returns true if there were too many in a short time. */
  isTooMany(now: number): boolean {
    this.#times = [...this.#times.filter((time) => now - time < BREACH_WINDOW_MS), now];
    return this.#times.length >= MAX_BREACHES;
  }
}
