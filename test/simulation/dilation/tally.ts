/** What happened in worlds, so that one can see whether the simulator does what it is there for. */
export class Tally {
  /** How often each thing happened. */
  readonly #counts = new Map<string, number>();

  note(what: string, times = 1): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + times);
  }

  /** How often the things happened whose names begin so. */
  count(prefix: string): number {
    return this.#named(prefix).reduce((sum, [, times]) => sum + times, 0);
  }

  /** How many different things happened whose names begin so. */
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
