/** Stopping by Ctrl-C or another signal: once politely, twice at once. */
import { constants } from "node:os";
import type { Host } from "../host.ts";

/** The signals that ask the program to stop. */
export const STOP_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** One of {@link STOP_SIGNALS}. */
export type StopSignal = (typeof STOP_SIGNALS)[number];

/** A signal asked the program to stop. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  readonly signal: StopSignal;

  constructor(signal: StopSignal) {
    super(`Stopped by ${signal}.`);
    this.signal = signal;
  }

  /** The exit code that shells expect after a signal: 130 for SIGINT, 143 for SIGTERM, 129 for SIGHUP. */
  get exitCode(): number {
    return 128 + constants.signals[this.signal];
  }
}

/** The time for telling server and peer. With the rest of the exit, it stays below the five seconds that we promise. */
const FAREWELL_DEADLINE_MS = 4_500;

/**
 * Turns the first signal into an abort, so that nameplate and mailbox are released and the peer is told. A second
 * signal, or the deadline, ends the process at once.
 *
 * @param stopping called at the first signal, before the abort
 * @returns aborts with an {@link Interrupted}
 */
export function abortOnSignals(host: Pick<Host, "onSignal" | "exit">, stopping: () => void): AbortSignal {
  const controller = new AbortController();
  host.onSignal((signal) => {
    const interrupted = new Interrupted(signal);
    const quit = () => host.exit(interrupted.exitCode);
    if (controller.signal.aborted) return quit();
    setTimeout(quit, FAREWELL_DEADLINE_MS).unref();
    stopping();
    controller.abort(interrupted);
  });
  return controller.signal;
}
