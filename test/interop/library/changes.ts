/** Waiting for something to become true, without asking again and again. */

/** Longer than two attempts to reconnect, milliseconds. */
const PATIENCE = 20_000;

export class Changes {
  readonly #listeners = new Set<() => void>();

  /** To be called whenever something has changed. */
  happened(): void {
    for (const listener of this.#listeners) listener();
  }

  /** @param describe what was waited for, and what is the case instead, for the message of a failed test. */
  async until(reached: () => boolean, describe: () => string): Promise<void> {
    if (reached()) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(() => reject(new Error(`waited for ${describe()}`)), PATIENCE);
    const listener = () => {
      if (reached()) resolve();
    };
    this.#listeners.add(listener);
    await promise.finally(() => {
      clearTimeout(timer);
      this.#listeners.delete(listener);
    });
  }
}
