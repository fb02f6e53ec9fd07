/** A promise that is settled from outside, at most once, however many callers wait for it. */
export class Once<T> {
  readonly promise: Promise<T>;
  #resolve!: (value: T) => void;
  #reject!: (reason: unknown) => void;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // A rejection that no caller waits for must not end the process.
    this.promise.catch(() => {});
  }

  /** Settles the promise; later calls do nothing. */
  resolve(value: T): void {
    this.#resolve(value);
  }

  /** Settles the promise; later calls do nothing. */
  reject(reason: unknown): void {
    this.#reject(reason);
  }
}
