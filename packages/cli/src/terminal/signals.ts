/** Stopping by a signal, such as that of Ctrl-C. The first one stops the program cleanly, the second one at once. */
import { constants } from "node:os";
import type { Host, StopSignal } from "../host.ts";

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

/** Time to inform the server and the peer. With the rest of the exit, it stays below the promised five seconds. */
const STOP_DEADLINE_MS = 4_500;

/**
 * Turns the first signal into an abort, so that nameplate and mailbox are released and the peer is informed. A second
 * signal, or the deadline, ends the process at once.
 *
 * @param stopping called at the first signal, after the abort
 * @returns a signal that aborts with an {@link Interrupted}
 */
export function abortOnSignals(host: Pick<Host, "onSignal" | "exit">, stopping: () => void): AbortSignal {
  const controller = new AbortController();
  host.onSignal((signal) => {
    const interrupted = new Interrupted(signal);
    const quit = () => host.exit(interrupted.exitCode);
    if (controller.signal.aborted) return quit();
    setTimeout(quit, STOP_DEADLINE_MS).unref();
    // The other side comes first: the terminal may be gone.
    controller.abort(interrupted);
    stopping();
  });
  return controller.signal;
}
