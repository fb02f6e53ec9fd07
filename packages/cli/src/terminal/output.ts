/**
 * Everything that the program writes: data on stdout, messages on stderr. Text from a server or from the peer must be
 * made printable before it is passed in.
 */
import type { Printable } from "@wormhole-ts/wormhole";
import type { Environment, Stream } from "../host.ts";

/** Columns of a terminal that does not report its width. */
const USUAL_WIDTH = 80;
const CLEAR_LINE = "\r\u001b[K";

/** Writes data, messages, and a status line that the next one replaces. */
export class Output {
  readonly #stdout: Stream;
  readonly #stderr: Stream;
  readonly #isDumb: boolean;
  readonly #isColored: boolean;
  #hasStatus = false;

  constructor(stdout: Stream, stderr: Stream, environment: Environment) {
    this.#stdout = stdout;
    this.#stderr = stderr;
    this.#isDumb = environment.TERM === "dumb";
    this.#isColored = stderr.isTTY === true && !this.#isDumb && !environment.NO_COLOR;
    // In `wormhole receive | head`, the reader may end before this program. That is not an error.
    // Other errors of stdout are those of the write that failed.
    stdout.on("error", () => {});
    stderr.on("error", ignoreGone);
  }

  /** Whether a status line can be drawn and replaced. */
  get canRedraw(): boolean {
    return this.#stderr.isTTY === true && !this.#isDumb;
  }

  /** Whether data is shown on a terminal, rather than read by a program. */
  get dataIsShown(): boolean {
    return this.#stdout.isTTY === true;
  }

  /** The width of the terminal. */
  get columns(): number {
    return this.#stderr.columns || USUAL_WIDTH;
  }

  /** Writes a message that has its own newlines. */
  talk(text: string): void {
    this.clearStatus();
    this.#stderr.write(text);
  }

  /** Writes a message of one line or several. */
  say(text: string): void {
    this.talk(`${text}\n`);
  }

  /** Shows a line that the next one replaces; nothing where {@link canRedraw} is false. */
  status(line: string): void {
    if (!this.canRedraw) return;
    this.#stderr.write(CLEAR_LINE + line);
    this.#hasStatus = true;
  }

  /** Removes the status line. */
  clearStatus(): void {
    if (this.#hasStatus) this.#stderr.write(CLEAR_LINE);
    this.#hasStatus = false;
  }

  /** Writes data to stdout unchanged. Resolves when the operating system has taken it. */
  data(data: string | Uint8Array): Promise<void> {
    this.clearStatus();
    return new Promise((resolve) => this.#stdout.write(data, () => resolve()));
  }

  /** Writes data to stdout unchanged. Rejects if the operating system does not take it, unless its reader has ended. */
  deliver(data: string | Uint8Array): Promise<void> {
    this.clearStatus();
    return new Promise((resolve, reject) => {
      this.#stdout.write(data, (error) => (error && !isGone(error) ? reject(error) : resolve()));
    });
  }

  /** Writes text to stdout for people. Its type proves that it contains nothing that a terminal would obey. */
  show(text: Printable): Promise<void> {
    return this.data(`${text}\n`);
  }

  /** The text in bold, if stderr is a terminal with colours. */
  bold(text: string): string {
    return this.#isColored ? `\u001b[1m${text}\u001b[22m` : text;
  }

  /** The text in red, if stderr is a terminal with colours. */
  red(text: string): string {
    return this.#isColored ? `\u001b[31m${text}\u001b[39m` : text;
  }
}

const isGone = (error: Error & { code?: string }): boolean => error.code === "EPIPE";

function ignoreGone(error: Error): void {
  if (!isGone(error)) throw error;
}
