/** The progress bar on the terminal, and its lines in logs. */
import type { Output } from "./output.ts";
import { advance, farthest, isStalled, type Progress, progressLine, startProgress, summary } from "./progress.ts";

/** Time between two drawings. They follow a timer and not the data, so that a stalled transfer is visible, too. */
const REDRAW_MS = 200;
/** Time between two lines where nothing can be redrawn, such as in a log. */
const LINE_MS = 60_000;
/** Columns of a line in a log. */
const LINE_WIDTH = 79;

/** Draws the progress of one transfer: as a bar on a terminal, and as a line a minute elsewhere. */
export class Meter {
  readonly #output: Output;
  readonly #isSender: boolean;
  #progress: Progress | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param isSender whether the first bytes only fill buffers on their way to the peer */
  constructor(output: Output, isSender = false) {
    this.#output = output;
    this.#isSender = isSender;
  }

  /** Sets how many bytes have moved so far. The first call starts the drawing. */
  update(bytes: number, total: number): void {
    const now = performance.now();
    this.#progress = advance(this.#progress ?? this.#start(total, now), bytes, now);
  }

  /** Whether a bar is visible, which also shows that nothing moves. */
  get isDrawn(): boolean {
    return this.#progress !== undefined && this.#output.canRedraw;
  }

  /** Replaces the bar by a summary, because all bytes have moved. */
  finish(): void {
    if (this.#progress === undefined) return;
    const text = summary(this.#progress, performance.now());
    this.#end();
    if (this.#output.canRedraw) this.#output.say(text);
  }

  /** Removes the bar and stops drawing. If not all bytes have moved, it says how many. */
  stop(): void {
    if (this.#progress === undefined) return;
    const text = farthest(this.#progress, performance.now());
    this.#end();
    this.#output.say(`Stopped after ${text}.`);
  }

  #end(): void {
    clearInterval(this.#timer);
    this.#progress = undefined;
    this.#output.clearStatus();
  }

  #start(total: number, now: number): Progress {
    const { canRedraw } = this.#output;
    this.#timer = setInterval(() => this.#draw(), canRedraw ? REDRAW_MS : LINE_MS);
    this.#timer.unref();
    return startProgress(total, now, this.#isSender);
  }

  #draw(): void {
    if (this.#progress === undefined) return;
    const now = performance.now();
    this.#progress = advance(this.#progress, this.#progress.samples.at(-1)?.bytes ?? 0, now);
    // The last column stays free: some terminals wrap the line when it is written to.
    if (this.#output.canRedraw) return this.#output.status(progressLine(this.#progress, now, this.#output.columns - 1));
    // A silence has a sentence of its own.
    if (!isStalled(this.#progress, now)) this.#output.say(progressLine(this.#progress, now, LINE_WIDTH));
  }
}
