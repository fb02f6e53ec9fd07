/** Reports errors of callbacks, which no caller could catch. */

/**
 * Reports an error as the platform reports uncaught errors. Browsers, Bun and Deno have `reportError` for it. Elsewhere, as
 * on Node, the error is thrown where nothing catches it, so that it reaches `uncaughtException`.
 */
export function report(error: unknown): void {
  if (typeof reportError === "function") return reportError(error);
  queueMicrotask(() => {
    throw error;
  });
}

/** Runs the application's code. If it throws, the error is reported, and the library continues. */
export function attempt(call: () => void): void {
  try {
    call();
  } catch (error) {
    report(error);
  }
}
