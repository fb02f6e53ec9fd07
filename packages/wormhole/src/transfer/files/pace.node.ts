import { setImmediate } from "node:timers/promises";

/** A row of short synchronous steps holds up everything else for at most this long: pings, progress, Ctrl-C. */
const LONGEST_BREATH_MS = 15;

/** Lets the rest of the program live while a long row of short synchronous steps runs. */
export class Pace {
  readonly #signal: AbortSignal | undefined;
  #since = performance.now();

  constructor(signal?: AbortSignal) {
    this.#signal = signal;
  }

  /** Between two steps: gives way when it is time. @throws the signal's reason once it has aborted */
  async breathe(): Promise<void> {
    this.#signal?.throwIfAborted();
    if (performance.now() - this.#since < LONGEST_BREATH_MS) return;
    await setImmediate();
    this.#since = performance.now();
  }
}
