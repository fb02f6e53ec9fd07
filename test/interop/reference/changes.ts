/** Waiting for a condition without polling. */

/** Longer than two attempts to reconnect. */
const DEADLINE_MS = 20_000;

/** Wakes the tests that wait for a condition whenever something has changed. */
export class Changes {
  readonly #listeners = new Set<() => void>();

  /** Must be called after each change. */
  happened(): void {
    for (const listener of this.#listeners) listener();
  }

  /**
   * Resolves as soon as the condition holds, and rejects after 20 seconds.
   *
   * @param describe the condition, and what holds instead, for the message of a failed test
   */
  async until(reached: () => boolean, describe: () => string): Promise<void> {
    if (reached()) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(() => reject(new Error(`waited for ${describe()}`)), DEADLINE_MS);
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
