/** Virtual time for a whole simulated world, with all its machines. */

/** An event at a moment. */
interface Entry {
  readonly at: number;
  /** Of two events at one moment, the one that was planned first comes first. */
  readonly order: number;
  readonly run: () => void;
  readonly owner: Sleeper | undefined;
  cancelled: boolean;
}

/** The owner of events. While it sleeps, its events wait; they happen in order when it wakes. */
export interface Sleeper {
  asleep: boolean;
  missed: (() => void)[];
}

/** Turns of the event loop that are awaited at a time. To await each one alone costs five times as much. */
const TURNS = 256;

/**
 * Virtual time. Events happen in the order of their times. After each event, all promises that follow from it settle before
 * the next event.
 */
export class Timeline {
  #now = 0;
  #order = 0;
  #trace = 0;
  #events = 0;
  /** A binary heap with the next event at the top. */
  readonly #heap: Entry[] = [];

  /** Milliseconds since the world began. */
  get now(): number {
    return this.#now;
  }

  /** Number of events so far. */
  get events(): number {
    return this.#events;
  }

  /** A number that is equal for equal runs. */
  get trace(): number {
    return this.#trace >>> 0;
  }

  /** Adds a number to the {@link trace}. */
  mark(number: number): void {
    this.#trace = (Math.imul(this.#trace, 0x01000193) ^ number) | 0;
  }

  /** Plans `run` after this many milliseconds. Returns a function that cancels it. */
  after(milliseconds: number, run: () => void, owner?: Sleeper): () => void {
    const entry = { at: this.#now + milliseconds, order: this.#order++, run, owner, cancelled: false };
    this.#push(entry);
    return () => {
      entry.cancelled = true;
    };
  }

  /** Puts an owner to sleep, or wakes it. */
  rest(owner: Sleeper, asleep: boolean): void {
    owner.asleep = asleep;
    if (asleep) return;
    for (const run of owner.missed.splice(0)) this.after(0, run, owner);
  }

  /** Runs until a moment, or until `finished` returns true. Rejects with an error that an event has thrown. */
  run(end: number, finished: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      let over = false;
      const turn = () => {
        if (over) return;
        try {
          over = finished() || !this.#step(end);
        } catch (error) {
          over = true;
          reject(error);
        }
        if (over) resolve();
      };
      const turns = () => {
        for (let i = 0; i < TURNS; i++) setImmediate(turn);
        if (!over) setImmediate(turns);
      };
      turns();
    });
  }

  /** Runs the next event. Returns false if there is no further one. */
  #step(end: number): boolean {
    let entry = this.#pop(end);
    while (entry?.cancelled) entry = this.#pop(end);
    if (entry === undefined) {
      this.#now = end;
      return false;
    }
    this.#now = entry.at;
    this.#events++;
    this.mark(Math.floor(entry.at * 1000));
    const { owner, run } = entry;
    // An event that waits for its owner can still be cancelled.
    if (owner?.asleep) owner.missed.push(() => void (entry.cancelled || run()));
    else run();
    return true;
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let index = heap.length;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent] as Entry;
      if (!isBefore(entry, above)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = entry;
  }

  #pop(end: number): Entry | undefined {
    const heap = this.#heap;
    const top = heap[0];
    if (top === undefined || top.at > end) return undefined;
    const last = heap.pop() as Entry;
    if (heap.length > 0) this.#sink(last);
    return top;
  }

  /** Moves an entry from the free top to its place. */
  #sink(entry: Entry): void {
    const heap = this.#heap;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      const left = heap[child];
      if (left === undefined) break;
      const right = heap[child + 1];
      if (right !== undefined && isBefore(right, left)) child++;
      const least = heap[child] as Entry;
      if (!isBefore(least, entry)) break;
      heap[index] = least;
      index = child;
    }
    heap[index] = entry;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
