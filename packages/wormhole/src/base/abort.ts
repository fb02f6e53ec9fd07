/** Waits and callbacks that end with an AbortSignal. */

/** Options of every call that waits. */
export interface WaitOptions {
  /** Ends only this wait, with the signal's reason. A message that arrives later goes to the next call. */
  signal?: AbortSignal | undefined;
}

/**
 * Calls `act` once when the signal aborts, or immediately if it has already aborted.
 *
 * Returns a function that removes the listener. Call it when the work is done, because the signal may outlive the work.
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
