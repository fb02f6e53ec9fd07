import { constants } from "node:os";

/** A person, or the system, asked the program to stop. */
export class Interrupted extends Error {
  readonly signal: NodeJS.Signals;
  constructor(signal: NodeJS.Signals) {
    super(`Stopped by ${signal}.`);
    this.signal = signal;
  }
  /** What a shell expects of a program that a signal ended: 130 for SIGINT, 143 for SIGTERM. */
  get exitCode(): number {
    return 128 + constants.signals[this.signal];
  }
}

/** Milliseconds in which server and other side must have been told: all is over within the five seconds promised. */
const FAREWELL_DEADLINE = 4_500;

/**
 * Turns the first SIGINT, SIGTERM or SIGHUP into an abort, so that nameplate and mailbox are released and the other
 * side is told. A second one, or the deadline, ends the program at once.
 */
export function abortOnSignals(stopping: (signal: NodeJS.Signals) => void): AbortSignal {
  const controller = new AbortController();
  const handle = (signal: NodeJS.Signals) => {
    const interrupted = new Interrupted(signal);
    const quit = () => process.exit(interrupted.exitCode);
    if (controller.signal.aborted) return quit();
    setTimeout(quit, FAREWELL_DEADLINE).unref();
    stopping(signal);
    controller.abort(interrupted);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, handle);
  return controller.signal;
}
