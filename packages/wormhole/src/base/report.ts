/** Reports errors of callbacks, which no caller could catch. */

/** Reports an error as the platform reports uncaught errors. */
export function report(error: unknown): void {
  if (typeof reportError === "function") reportError(error);
  else console.error(error);
}

/** Runs the application's code. If it throws, the error is reported, and the library continues. */
export function attempt(call: () => void): void {
  try {
    call();
  } catch (error) {
    report(error);
  }
}
