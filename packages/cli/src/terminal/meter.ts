/** The progress bar on the terminal. */
import type { Output } from "./output.ts";
import { advance, type Progress, progressLine, startProgress, summary } from "./progress.ts";

/** Time between two drawings. They follow a timer and not the data, so that a stalled transfer is visible, too. */
const REDRAW_MS = 200;

/** Draws the progress of one transfer on a terminal, and nothing elsewhere. */
export class Meter {
  readonly #output: Output;
  #progress: Progress | undefined;
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(output: Output) {
    this.#output = output;
  }

  /** Sets how many bytes have moved so far. The first call starts the drawing. */
  update(bytes: number, total: number): void {
    this.#bytes = bytes;
    if (this.#progress !== undefined) return;
    this.#progress = startProgress(total, performance.now());
    this.#timer = setInterval(() => this.#draw(), REDRAW_MS);
    this.#timer.unref();
  }

  /** Replaces the bar by a summary, because all bytes have moved. */
  finish(): void {
    if (this.#progress === undefined) return;
    const { total } = this.#progress;
    const end = advance(this.#progress, total, performance.now());
    this.stop();
    this.#output.say(summary(end));
  }

  /** Removes the bar and stops drawing. */
  stop(): void {
    clearInterval(this.#timer);
    this.#progress = undefined;
    this.#output.clearStatus();
  }

  #draw(): void {
    if (this.#progress === undefined) return;
    this.#progress = advance(this.#progress, this.#bytes, performance.now());
    // The last column stays free: some terminals wrap the line when it is written to.
    this.#output.status(progressLine(this.#progress, this.#output.columns - 1));
  }
}
