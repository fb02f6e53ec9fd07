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
