/**
 * Everything that the program writes: data on stdout, messages on stderr. Text from a server or from the peer must be
 * made printable before it is passed in.
 *
 * Messages that cannot be written are dropped: a closed terminal or a full disk does not end a transfer. Data that cannot
 * be written is an error.
 */
import type { Printable } from "@wormhole-ts/wormhole";
import type { Environment, Stream } from "../host.ts";
import { columnsOf } from "./columns.ts";
import { wrap } from "./wrap.ts";

/** Columns of a terminal that does not report its width. */
const USUAL_WIDTH = 80;
const CLEAR_LINE = "\r\u001b[K";

/** Writes data, messages, and a status line that the next one replaces. */
export class Output {
  readonly #stdout: Stream;
  readonly #stderr: Stream;
  readonly #isDumb: boolean;
  readonly #isColored: boolean;
  /** Whether the terminal breaks the lines on the screen again when its width changes. Only xterm does not. */
  readonly #reflows: boolean;
  #status = "";
  #lost: Error | undefined;

  constructor(stdout: Stream, stderr: Stream, environment: Environment) {
    this.#stdout = stdout;
    this.#stderr = stderr;
    this.#isDumb = environment.TERM === "dumb";
    this.#isColored = stderr.isTTY === true && !this.#isDumb && !environment.NO_COLOR;
    this.#reflows = environment.XTERM_VERSION === undefined;
    // The callbacks of the writes report the errors of stdout.
    stdout.on("error", () => {});
    stderr.on("error", () => {});
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

  /** Why data could not be written to stdout, or nothing. */
  get lostData(): Error | undefined {
    return this.#lost;
  }

  /** Writes a message that has its own newlines, and lines of any length. */
  talk(text: string): void {
    this.clearStatus();
    this.#stderr.write(text);
  }

  /** Writes a message of one line or several. On a terminal, its lines are broken between words. */
  say(text: string): void {
    this.talk(`${this.wrapped(text)}\n`);
  }

  /** Breaks the lines of a message between words, if there is a terminal. */
  wrapped(text: string): string {
    return this.#stderr.isTTY === true ? wrap(text, this.columns) : text;
  }

  /** Shows a line that the next one replaces; nothing where {@link canRedraw} is false. */
  status(line: string): void {
    if (!this.canRedraw) return;
    this.#stderr.write(this.#clearing() + line);
    this.#status = line;
  }

  /** Removes the status line. */
  clearStatus(): void {
    if (this.#status !== "") this.#stderr.write(this.#clearing());
    this.#status = "";
  }

  /** Removes the status line, which takes several lines if the terminal has become narrower. */
  #clearing(): string {
    const further = Math.ceil(columnsOf(this.#status) / this.columns) - 1;
    return further > 0 && this.#reflows ? `\u001b[${further}A\r\u001b[J` : CLEAR_LINE;
  }

  /**
   * Writes data to stdout unchanged. Resolves when the operating system has taken it, or when its reader wants no more,
   * as in `wormhole receive | head`.
   * @throws {Error} an error of the system if the data cannot be written; its `path` is "standard output"
   */
  data(data: string | Uint8Array): Promise<void> {
    this.clearStatus();
    return new Promise((resolve, reject) =>
      this.#stdout.write(data, (error: NodeJS.ErrnoException | null | undefined) => {
        // At the end, nothing is written, to wait for what was written before.
        if (error === undefined || error === null || data.length === 0 || error.code === "EPIPE") return resolve();
        this.#lost ??= error;
        reject(Object.assign(error, { path: "standard output" }));
      }),
    );
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
