/** Waiting that can be given up. */

/** Options of every call that waits. */
export interface WaitOptions {
  /** Ends the wait with the signal's reason, and nothing else: no message is lost, the next caller gets it. */
  signal?: AbortSignal | undefined;
}

/**
 * Calls `act` once when the signal aborts, at once if it already has. Returns a function that takes the listener off
 * the signal, which may live longer than what listens to it.
 */
export function onAbort(signal: AbortSignal | undefined, act: (reason: unknown) => void): () => void {
  if (signal === undefined) return () => {};
  const listener = () => act(signal.reason);
  if (signal.aborted) listener();
  else signal.addEventListener("abort", listener, { once: true });
  return () => signal.removeEventListener("abort", listener);
}

/** Waits for a promise, and rejects with the signal's reason if that comes first. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const stop = onAbort(signal, reject);
    promise.then(resolve, reject).finally(stop);
  });
}
