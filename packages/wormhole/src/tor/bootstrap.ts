import { Once } from "../base/once.ts";
import { printable } from "../base/printable.ts";
import { NoTorError } from "../errors.ts";
import { keyword } from "./control-reply.ts";

/** How far a Tor has got on its way into its network. */
export interface TorProgress {
  /** 0 to 100. */
  readonly percent: number;
  /** What it is doing, in its own words. */
  readonly summary: string;
}

/** What this needs of a control port. */
interface Talk {
  ask(command: string): Promise<readonly string[]>;
  onEvent: (line: string) => void;
  onEnd: (error: Error) => void;
}

/** How long a Tor may take, and who hears of it. */
export interface BootstrapOptions {
  /** Milliseconds for each step forward. */
  readonly patience: number;
  readonly onProgress: (progress: TorProgress) => void;
  readonly signal: AbortSignal;
}

/**
 * Waits until a Tor is connected to its network.
 * @throws {NoTorError} with its last words, if it gets no further
 */
export async function bootstrapped(control: Talk, options: BootstrapOptions): Promise<void> {
  const waiting = new Waiting(options);
  const abort = () => waiting.end.reject(options.signal.reason);
  options.signal.addEventListener("abort", abort);
  control.onEvent = (line) => waiting.heard(line);
  control.onEnd = (error) => waiting.end.reject(ended(error));
  try {
    options.signal.throwIfAborted();
    await control.ask("SETEVENTS STATUS_CLIENT");
    const [phase = ""] = await control.ask("GETINFO status/bootstrap-phase");
    waiting.heard(phase);
    await waiting.end.promise;
    await control.ask("SETEVENTS");
  } finally {
    waiting.stop();
    options.signal.removeEventListener("abort", abort);
  }
}

function ended(cause: Error): NoTorError {
  return new NoTorError("Tor has ended before it was connected to its network.", { cause });
}

class Waiting {
  readonly end = new Once<void>();
  readonly #options: BootstrapOptions;
  #progress: TorProgress = { percent: -1, summary: "" };
  #warning: string | undefined;
  #deadline: ReturnType<typeof setTimeout> | undefined;

  constructor(options: BootstrapOptions) {
    this.#options = options;
    this.#wait();
  }

  /** Takes `… BOOTSTRAP PROGRESS=14 TAG=handshake SUMMARY="…"`, perhaps with a WARNING. Other lines mean nothing here. */
  heard(line: string): void {
    const percent = Number(/ BOOTSTRAP PROGRESS=(\d+)/.exec(line)?.[1] ?? Number.NaN);
    if (Number.isNaN(percent)) return;
    this.#warning = keyword(line, "WARNING") ?? this.#warning;
    if (percent > this.#progress.percent) this.#advance({ percent, summary: keyword(line, "SUMMARY") ?? "" });
  }

  stop(): void {
    clearTimeout(this.#deadline);
  }

  #advance(progress: TorProgress): void {
    const wasThere = this.#progress.percent < 0 && progress.percent >= 100;
    this.#progress = progress;
    this.#warning = undefined;
    this.#wait();
    if (!wasThere) this.#options.onProgress(progress);
    if (progress.percent >= 100) this.end.resolve();
  }

  #wait(): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.end.reject(this.#stuck()), this.#options.patience);
  }

  #stuck(): NoTorError {
    const { percent, summary } = this.#progress;
    const reached = percent < 0 ? "It does not say why" : `It got to ${percent} %: ${printable(summary)}`;
    const warning = this.#warning === undefined ? "" : ` (${printable(this.#warning)})`;
    return new NoTorError(
      `Tor runs, but does not get into its network. ${reached}${warning}. ` +
        "Check your network; where Tor is blocked, set up a bridge in Tor Browser and leave it open.",
    );
  }
}
