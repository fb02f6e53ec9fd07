/** Promises that an application may ignore: the rejection of one never ends its process. */

/**
 * Returns the same promise. If it rejects and the application does not wait for it, nothing happens. Every promise that a
 * public call returns passes through here, or is a {@link Once}.
 */
export function guarded<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

/** The same iterator, and every promise that it returns is guarded. */
export function guardedIterator<T>(iterator: AsyncGenerator<T, void, void>): AsyncIterableIterator<T> {
  return {
    next: () => guarded(iterator.next()),
    return: () => guarded(iterator.return()),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
