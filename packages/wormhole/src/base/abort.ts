/** Waits and callbacks that end with an AbortSignal. */

/** Options of every call that waits. */
export interface WaitOptions {
  /** Ends only this wait, with the signal's reason. A message that arrives later goes to the next call. */
  signal?: AbortSignal | undefined;
}

type Act = (reason: unknown) => void;

/**
 * The functions that each signal calls. A signal has one listener however many wormholes share it, because Node 20 warns
 * of a leak from the eleventh listener on.
 */
const watches = new WeakMap<AbortSignal, Watch>();

/**
 * Calls `act` once when the signal aborts, or immediately if it has already aborted.
 *
 * Returns a function that removes the listener. Call it when the work is done, because the signal may outlive the work.
 */
export function onAbort(signal: AbortSignal | undefined, act: Act): () => void {
  if (signal === undefined) return () => {};
  if (signal.aborted) {
    act(signal.reason);
    return () => {};
  }
  const watch = watches.get(signal) ?? new Watch(signal);
  return watch.add((reason) => act(reason));
}

/** The one listener of a signal. It exists while there is something to call. */
class Watch {
  readonly #signal: AbortSignal;
  readonly #acts = new Set<Act>();
  readonly #aborted = () => {
    watches.delete(this.#signal);
    for (const act of this.#acts) act(this.#signal.reason);
  };

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    watches.set(signal, this);
    signal.addEventListener("abort", this.#aborted, { once: true });
  }

  /** Adds a function of its own identity. Returns what removes it. */
  add(act: Act): () => void {
    this.#acts.add(act);
    return () => this.#remove(act);
  }

  #remove(act: Act): void {
    if (!this.#acts.delete(act) || this.#acts.size > 0 || this.#signal.aborted) return;
    watches.delete(this.#signal);
    this.#signal.removeEventListener("abort", this.#aborted);
  }
}

/** Settles as `promise` does, or rejects with the signal's reason if the signal aborts first. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const stop = onAbort(signal, reject);
    promise.then(resolve, reject).finally(stop);
  });
}
