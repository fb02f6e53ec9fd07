/** Regular pauses in long loops of short synchronous steps. */
import { setImmediate } from "node:timers/promises";

/** How long a loop may run without a pause. During that time, pings, progress and Ctrl-C are delayed. */
const LONGEST_RUN_MS = 15;

/** Gives the event loop regular turns while a long loop runs. */
export class Pace {
  readonly #signal: AbortSignal | undefined;
  #since = performance.now();

  constructor(signal?: AbortSignal) {
    this.#signal = signal;
  }

  /** Called between two steps: pauses if a pause is due. @throws the signal's reason once it has aborted */
  async pauseIfDue(): Promise<void> {
    this.#signal?.throwIfAborted();
    if (performance.now() - this.#since < LONGEST_RUN_MS) return;
    await setImmediate();
    this.#since = performance.now();
  }
}
