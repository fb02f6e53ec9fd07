/** Virtual time for simulations. */

interface Entry {
  readonly at: number;
  readonly run: () => void;
  cancelled: boolean;
}

/** Runs planned functions in the order of their virtual times, without waiting. */
export class Timeline {
  #now = 0;
  readonly #entries: Entry[] = [];

  get now(): number {
    return this.#now;
  }

  /** Plans `run` in this many virtual milliseconds. Returns a function that cancels it. */
  after(milliseconds: number, run: () => void): () => void {
    const entry = { at: this.#now + milliseconds, run, cancelled: false };
    let index = this.#entries.length;
    while (index > 0 && (this.#entries[index - 1]?.at ?? 0) > entry.at) index--;
    this.#entries.splice(index, 0, entry);
    return () => {
      entry.cancelled = true;
    };
  }

  /** Runs everything that is planned up to `end`. */
  runUntil(end: number): void {
    for (let entry = this.#entries[0]; entry && entry.at <= end; entry = this.#entries[0]) {
      this.#entries.shift();
      this.#now = entry.at;
      if (!entry.cancelled) entry.run();
    }
    this.#now = end;
  }
}
