/** The one place that writes: data on stdout, all talk on stderr. Text of strangers must be printable before it comes here. */
import type { Printable } from "@wormhole-ts/wormhole";

/** What this needs of `process.stdout` and `process.stderr`. */
export interface Stream {
  write(chunk: string | Uint8Array, done?: (error?: Error | null) => void): boolean;
  on(event: "error", listener: (error: Error) => void): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Columns of a terminal that does not tell its width. */
const USUAL_WIDTH = 80;
const CLEAR_LINE = "\r\u001b[K";

export class Output {
  readonly #stdout: Stream;
  readonly #stderr: Stream;
  readonly #isDumb: boolean;
  readonly #isColored: boolean;
  #hasStatus = false;

  constructor(stdout: Stream, stderr: Stream, environment: Readonly<Record<string, string | undefined>>) {
    this.#stdout = stdout;
    this.#stderr = stderr;
    this.#isDumb = environment.TERM === "dumb";
    this.#isColored = stderr.isTTY === true && !this.#isDumb && !environment.NO_COLOR;
    // A reader that has gone (`wormhole receive | head`) is no trouble of ours.
    stdout.on("error", ignoreGone);
    stderr.on("error", ignoreGone);
  }

  /** Whether a status line can be drawn and drawn over. */
  get canRedraw(): boolean {
    return this.#stderr.isTTY === true && !this.#isDumb;
  }

  /** Whether received text is looked at, and not passed on. */
  get dataIsShown(): boolean {
    return this.#stdout.isTTY === true;
  }

  get columns(): number {
    return this.#stderr.columns || USUAL_WIDTH;
  }

  /** Talk that comes with its newlines. */
  talk(text: string): void {
    this.clearStatus();
    this.#stderr.write(text);
  }

  /** Says one line, or several. */
  say(text: string): void {
    this.talk(`${text}\n`);
  }

  /** Shows a line that the next one replaces; only where {@link canRedraw}. */
  status(line: string): void {
    if (!this.canRedraw) return;
    this.#stderr.write(CLEAR_LINE + line);
    this.#hasStatus = true;
  }

  clearStatus(): void {
    if (this.#hasStatus) this.#stderr.write(CLEAR_LINE);
    this.#hasStatus = false;
  }

  /** What was asked for, exactly as it is, to stdout. Resolves when it is out of our hands. */
  data(data: string | Uint8Array): Promise<void> {
    this.clearStatus();
    return new Promise((resolve) => this.#stdout.write(data, () => resolve()));
  }

  /** The same, where people see it: never with anything in it that a terminal would obey. */
  show(text: Printable): Promise<void> {
    return this.data(`${text}\n`);
  }

  bold(text: string): string {
    return this.#isColored ? `\u001b[1m${text}\u001b[22m` : text;
  }

  red(text: string): string {
    return this.#isColored ? `\u001b[31m${text}\u001b[39m` : text;
  }
}

function ignoreGone(error: Error & { code?: string }): void {
  if (error.code !== "EPIPE") throw error;
}
