/** Something that happens at most once, for any number of people who wait for it. */
export class Once<T> {
  readonly promise: Promise<T>;
  #resolve!: (value: T) => void;
  #reject!: (reason: unknown) => void;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Nobody is obliged to wait for it.
    this.promise.catch(() => {});
  }

  /** Settles it; later calls do nothing. */
  resolve(value: T): void {
    this.#resolve(value);
  }

  reject(reason: unknown): void {
    this.#reject(reason);
  }
}

/** How long somebody waits. */
export interface WaitOptions {
  /** Ends the wait, and nothing else, with the signal's reason. No message is lost: the next one who asks gets it. */
  signal?: AbortSignal | undefined;
}

/** Waits for a promise, or rejects with the signal's reason when that comes first. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    const done = () => signal.removeEventListener("abort", abort);
    promise.then(resolve, reject).finally(done);
  });
}
