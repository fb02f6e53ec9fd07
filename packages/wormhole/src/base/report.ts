/** Errors of callbacks, which have no caller that could catch them. */

/** Reports an error as the platform reports uncaught errors. */
export function report(error: unknown): void {
  if (typeof reportError === "function") reportError(error);
  else console.error(error);
}

/** Runs code of the application. If it throws, the error is reported, and the library goes on. */
export function attempt(call: () => void): void {
  try {
    call();
  } catch (error) {
    report(error);
  }
}
