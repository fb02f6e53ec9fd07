import type { Clock } from "../src/index.ts";

/** A clock that stands still until it is told how far to go. */
export class FakeClock implements Clock {
  #now = 1000;
  readonly #ticks = new Set<{ due: number; period: number; tick: () => void }>();

  wall(): number {
    return 1_700_000_000 + this.#now;
  }

  steady(): number {
    return this.#now;
  }

  every(period: number, tick: () => void): { stop(): void } {
    const entry = { due: this.#now + period, period, tick };
    this.#ticks.add(entry);
    return { stop: () => this.#ticks.delete(entry) };
  }

  advance(seconds: number): void {
    const end = this.#now + seconds;
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#now = next.due;
      next.due += next.period;
      next.tick();
    }
    this.#now = end;
  }

  #next(end: number) {
    return [...this.#ticks].filter(({ due }) => due <= end).sort((a, b) => a.due - b.due)[0];
  }
}
