/** Counts events in worlds, to see whether the simulator reaches what it is meant to reach. */
export class Tally {
  /** How often each event happened. */
  readonly #counts = new Map<string, number>();

  note(what: string, times = 1): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + times);
  }

  /** How often events happened whose names begin like this. */
  count(prefix: string): number {
    return this.#named(prefix).reduce((sum, [, times]) => sum + times, 0);
  }

  /** How many different events happened whose names begin like this. */
  kinds(prefix: string): number {
    return this.#named(prefix).length;
  }

  add(entries: Iterable<readonly [string, number]>): void {
    for (const [what, times] of entries) this.note(what, times);
  }

  get entries(): [string, number][] {
    return [...this.#counts];
  }

  #named(prefix: string): [string, number][] {
    return this.entries.filter(([what]) => what.startsWith(prefix));
  }
}
