/** Standard input, line by line. */
import type { Readable } from "node:stream";

/** A stream of lines. Only a terminal has modes. */
export type LineInput = Readable & { setRawMode?: (isRaw: boolean) => unknown };

/** Characters after which a line is cut: no answer is this long, and memory must not grow without bound. */
const LONGEST_LINE = 64 * 1024;
/** Characters of a paste: more than any text that can be sent. */
const LONGEST_PASTE = 1_000_000;
/** Silence after which a paste is over. Terminals send one as fast as it is read, and a person types more slowly. */
const PASTE_IS_OVER_MS = 60;
/** The character that Ctrl-C sends while the terminal does not turn it into a signal. */
const CTRL_C = "\u0003";

/** Reads a stream line by line. The stream is opened at the first line, because opening stdin takes milliseconds. */
export class Lines {
  readonly #open: () => LineInput;
  readonly #interrupt: () => void;
  readonly #decoder = new TextDecoder();
  #input: LineInput | undefined;
  #unread = "";

  /** @param interrupt called for a Ctrl-C that the terminal does not turn into a signal */
  constructor(open: () => LineInput, interrupt: () => void = () => {}) {
    this.#open = open;
    this.#interrupt = interrupt;
  }

  /** Returns the next line without its newline, or nothing at the end or when the signal aborts. */
  async next(signal: AbortSignal): Promise<string | undefined> {
    for (;;) {
      const line = this.#take();
      if (line !== undefined || signal.aborted) return line;
      const chunk = await nextChunk(this.#stream(), signal);
      if (chunk === "end") return this.#rest();
      if (chunk === undefined) return undefined;
      this.#unread += this.#decoder.decode(chunk, { stream: true });
    }
  }

  /**
   * Returns what has been typed or pasted and not been read yet, also the beginning of a line. Waits until nothing more
   * arrives at once. Use it on a terminal only: from a pipe, it would take the answers to later questions.
   */
  async typedAhead(): Promise<string> {
    const input = this.#stream();
    // In its usual mode, a terminal keeps back a line that has no end.
    input.setRawMode?.(true);
    try {
      await this.#readUntilQuiet(input);
    } finally {
      input.setRawMode?.(false);
    }
    const text = this.#unread.replace(/\r\n?/g, "\n");
    this.#unread = "";
    if (text.includes(CTRL_C)) this.#interrupt();
    return text;
  }

  async #readUntilQuiet(input: LineInput): Promise<void> {
    while (this.#unread.length < LONGEST_PASTE) {
      const chunk = await nextChunk(input, AbortSignal.timeout(PASTE_IS_OVER_MS));
      if (chunk === undefined || chunk === "end") return;
      this.#unread += this.#decoder.decode(chunk, { stream: true });
    }
  }

  #stream(): LineInput {
    this.#input ??= this.#open();
    return this.#input;
  }

  #take(): string | undefined {
    const newline = this.#unread.indexOf("\n");
    if (newline < 0 && this.#unread.length < LONGEST_LINE) return undefined;
    const end = newline < 0 ? LONGEST_LINE : newline;
    const line = this.#unread.slice(0, end).replace(/\r$/, "");
    this.#unread = this.#unread.slice(newline < 0 ? end : end + 1);
    return line;
  }

  /** The last line, if it has no newline. */
  #rest(): string | undefined {
    const line = this.#unread;
    this.#unread = "";
    return line === "" ? undefined : line;
  }
}

/**
 * Returns the next chunk of a stream, or nothing if the signal aborts first. Between two calls the stream is paused: a
 * program in the background is stopped if it reads from the terminal.
 */
function nextChunk(stream: LineInput, signal: AbortSignal): Promise<Uint8Array | "end" | undefined> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      stream.off("data", took).off("end", ended).off("error", failed).pause();
      signal.removeEventListener("abort", aborted);
      act();
    };
    const took = (chunk: Uint8Array) => settle(() => resolve(chunk));
    const ended = () => settle(() => resolve("end"));
    // The input of a terminal that was closed has ended.
    const failed = (error: NodeJS.ErrnoException) =>
      settle(() => (error.code === "EIO" || error.code === "ENXIO" ? resolve("end") : reject(error)));
    const aborted = () => settle(() => resolve(undefined));
    if (stream.readableEnded || stream.destroyed) return resolve("end");
    if (signal.aborted) return resolve(undefined);
    signal.addEventListener("abort", aborted);
    stream.on("data", took).on("end", ended).on("error", failed).resume();
  });
}
