/** A clock for tests of the servers, which stands still until it is moved. */
import type { Timer, WallClock } from "../src/clock.ts";

/** The time of day at which the clock starts, seconds since 1970. */
const START = 1_700_000_000;

/** The time of this clock changes only by {@link advance}. */
export class FakeClock implements WallClock {
  #now = 0;
  readonly #timers = new Set<{ readonly at: number; readonly fire: () => void }>();

  /** How many timers are set. */
  get pending(): number {
    return this.#timers.size;
  }

  wall(): number {
    return START + this.#now / 1000;
  }

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, fire: () => void): Timer {
    const timer = { at: this.#now + milliseconds, fire };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  }

  /** Moves the clock. Timers that are due by then fire in order. */
  advance(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#timers.delete(next);
      this.#now = next.at;
      next.fire();
    }
    this.#now = end;
  }

  #next(end: number) {
    const due = [...this.#timers].filter(({ at }) => at <= end);
    return due.sort((a, b) => a.at - b.at)[0];
  }
}
