/** Waiting that an AbortSignal can end. */

/** Options of every call that waits. */
export interface WaitOptions {
  /** Ends the wait with the signal's reason. Nothing else ends: a message that would have come is for the next call. */
  signal?: AbortSignal | undefined;
}

/**
 * Calls `act` once when the signal aborts, or at once if it has aborted already.
 *
 * Returns a function that removes the listener. Call it when the work is done, because the signal may live much longer.
 */
export function onAbort(signal: AbortSignal | undefined, act: (reason: unknown) => void): () => void {
  if (signal === undefined) return () => {};
  const listener = () => act(signal.reason);
  if (signal.aborted) listener();
  else signal.addEventListener("abort", listener, { once: true });
  return () => signal.removeEventListener("abort", listener);
}

/** Settles as `promise` does, or rejects with the signal's reason if the signal aborts first. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const stop = onAbort(signal, reject);
    promise.then(resolve, reject).finally(stop);
  });
}
