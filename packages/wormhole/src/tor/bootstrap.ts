/** The wait until a Tor has connected to its network. */
import { onAbort } from "../base/abort.ts";
import { Once } from "../base/once.ts";
import { printable } from "../base/printable.ts";
import { NoTorError } from "../errors.ts";
import type { ControlPort } from "./control-port.ts";
import { keyword } from "./control-reply.ts";

/** How far a Tor has got in connecting to its network. */
export interface TorProgress {
  /** 0 to 100. */
  readonly percent: number;
  /** The present step, in Tor's own words. Untrusted. */
  readonly summary: string;
}

/** The deadline of a Tor, and the callback for its progress. */
export interface BootstrapOptions {
  /** The longest time between two steps forward, in milliseconds. */
  readonly patience: number;
  readonly onProgress: (progress: TorProgress) => void;
  readonly signal: AbortSignal;
}

/**
 * Waits until a Tor has connected to its network.
 * @throws {NoTorError} with Tor's last warning, if it makes no progress for the whole patience
 */
export async function bootstrapped(control: ControlPort, options: BootstrapOptions): Promise<void> {
  const bootstrap = new Bootstrap(options);
  const stop = onAbort(options.signal, (reason) => bootstrap.end.reject(reason));
  control.onEvent = (line) => bootstrap.take(line);
  control.onEnd = (error) => bootstrap.end.reject(ended(error));
  try {
    options.signal.throwIfAborted();
    await control.ask("SETEVENTS STATUS_CLIENT");
    const [phase = ""] = await control.ask("GETINFO status/bootstrap-phase");
    bootstrap.take(phase);
    await bootstrap.end.promise;
    await control.ask("SETEVENTS");
  } finally {
    bootstrap.stop();
    stop();
  }
}

function ended(cause: Error): NoTorError {
  return new NoTorError("Tor ended before it was connected to its network.", { cause });
}

/** The progress of one Tor, and the deadline for its next step. */
class Bootstrap {
  readonly end = new Once<void>();
  readonly #options: BootstrapOptions;
  #progress: TorProgress = { percent: -1, summary: "" };
  #warning: string | undefined;
  #deadline: ReturnType<typeof setTimeout> | undefined;

  constructor(options: BootstrapOptions) {
    this.#options = options;
    this.#wait();
  }

  /** Takes a line such as `… BOOTSTRAP PROGRESS=14 TAG=handshake SUMMARY="…" WARNING="…"`. Other lines are ignored. */
  take(line: string): void {
    const percent = Number(/ BOOTSTRAP PROGRESS=(\d+)/.exec(line)?.[1] ?? Number.NaN);
    if (Number.isNaN(percent)) return;
    this.#warning = keyword(line, "WARNING") ?? this.#warning;
    if (percent > this.#progress.percent) this.#advance({ percent, summary: keyword(line, "SUMMARY") ?? "" });
  }

  stop(): void {
    clearTimeout(this.#deadline);
  }

  #advance(progress: TorProgress): void {
    // If Tor was already connected, there is no progress to report.
    const wasConnected = this.#progress.percent < 0 && progress.percent >= 100;
    this.#progress = progress;
    this.#warning = undefined;
    this.#wait();
    if (!wasConnected) this.#options.onProgress(progress);
    if (progress.percent >= 100) this.end.resolve();
  }

  #wait(): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.end.reject(this.#stuck()), this.#options.patience);
  }

  #stuck(): NoTorError {
    const { percent, summary } = this.#progress;
    const reached = percent < 0 ? "It gives no reason" : `It got to ${percent} %: ${printable(summary)}`;
    const warning = this.#warning === undefined ? "" : ` (${printable(this.#warning)})`;
    return new NoTorError(
      `Tor is running, but cannot connect to its network. ${reached}${warning}. ` +
        "Check your network. If Tor is blocked there, set up a bridge in Tor Browser and leave it open.",
    );
  }
}
