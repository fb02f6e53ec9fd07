/** What is done with errors that nobody can catch, because nobody called. */

/** As the platform reports what nobody caught. */
export function report(error: unknown): void {
  if (typeof reportError === "function") reportError(error);
  else console.error(error);
}

/** Runs somebody else's code: what it throws is reported, and harms nothing here. */
export function attempt(call: () => void): void {
  try {
    call();
  } catch (error) {
    report(error);
  }
}
