/** Standard input, line by line. */

/** Characters after which a line is cut: no answer is this long, and memory must not grow without bound. */
const LONGEST_LINE = 64 * 1024;

/** Reads a stream line by line. The stream is opened at the first line, because opening stdin takes milliseconds. */
export class Lines {
  readonly #open: () => AsyncIterable<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #chunks: AsyncIterator<Uint8Array> | undefined;
  /** A read that is under way. If its caller's signal aborts, the next caller takes it over. */
  #pending: Promise<IteratorResult<Uint8Array>> | undefined;
  #unread = "";

  constructor(open: () => AsyncIterable<Uint8Array>) {
    this.#open = open;
  }

  /** Returns the next line without its newline, or nothing at the end or when the signal aborts. */
  async next(signal: AbortSignal): Promise<string | undefined> {
    for (;;) {
      const line = this.#take();
      if (line !== undefined || signal.aborted) return line;
      this.#chunks ??= this.#open()[Symbol.asyncIterator]();
      this.#pending ??= this.#chunks.next();
      const result = await orNothing(this.#pending, signal);
      if (result === undefined) return undefined;
      this.#pending = undefined;
      if (result.done === true) return this.#rest();
      this.#unread += this.#decoder.decode(result.value, { stream: true });
    }
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

/** Waits for a promise, and resolves to nothing if the signal aborts first. */
function orNothing<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const abort = () => resolve(undefined);
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
