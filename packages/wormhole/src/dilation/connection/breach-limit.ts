import { BREACH_WINDOW, MAX_BREACHES } from "../limits.ts";

/** Counts what no honest program says. */
export class Breaches {
  #times: number[] = [];

  /** Another one, `now` (milliseconds). True, if there have been too many in a short time. */
  isTooMany(now: number): boolean {
    this.#times = [...this.#times.filter((time) => now - time < BREACH_WINDOW), now];
    return this.#times.length >= MAX_BREACHES;
  }
}
