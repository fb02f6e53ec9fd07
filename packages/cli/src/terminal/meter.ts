import type { Output } from "./output.ts";
import { advance, type Progress, progressLine, startProgress, summary } from "./progress.ts";

/** Milliseconds between two drawings: smooth to the eye, nothing to the processor. It also shows when all stands still. */
const REDRAW = 200;

/** Draws the progress of one transfer on a terminal, and nothing elsewhere. */
export class Meter {
  readonly #output: Output;
  #progress: Progress | undefined;
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(output: Output) {
    this.#output = output;
  }

  /** So many bytes have passed by now. */
  update(bytes: number, total: number): void {
    this.#bytes = bytes;
    if (this.#progress !== undefined) return;
    this.#progress = startProgress(total, performance.now());
    this.#timer = setInterval(() => this.#draw(), REDRAW);
    this.#timer.unref();
  }

  /** All bytes have passed: leaves a line that says how it went. */
  finish(): void {
    if (this.#progress === undefined) return;
    const { total } = this.#progress;
    const end = advance(this.#progress, total, performance.now());
    this.stop();
    this.#output.say(summary(end));
  }

  /** Draws nothing any more. */
  stop(): void {
    clearInterval(this.#timer);
    this.#progress = undefined;
    this.#output.clearStatus();
  }

  #draw(): void {
    if (this.#progress === undefined) return;
    this.#progress = advance(this.#progress, this.#bytes, performance.now());
    // The last column stays free: some terminals wrap when it is written to.
    this.#output.status(progressLine(this.#progress, this.#output.columns - 1));
  }
}
