/** A longer line than this is no answer to anything: it is cut rather than gathered for ever. */
const LONGEST_LINE = 64 * 1024;

/** Reads a stream line by line, only when asked to, so that a later reader can have what was not asked for. */
export class Lines {
  readonly #open: () => AsyncIterable<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #chunks: AsyncIterator<Uint8Array> | undefined;
  /** A read that was given up when its signal aborted: the next caller gets what it brings. */
  #pending: Promise<IteratorResult<Uint8Array>> | undefined;
  #unread = "";

  /** The stream is opened at the first line: stdin costs time, and most transfers never look at it. */
  constructor(open: () => AsyncIterable<Uint8Array>) {
    this.#open = open;
  }

  /** The next line without its newline; nothing at the end, or when the signal aborts. */
  async next(signal: AbortSignal): Promise<string | undefined> {
    for (;;) {
      const line = this.#take();
      if (line !== undefined || signal.aborted) return line;
      this.#chunks ??= this.#open()[Symbol.asyncIterator]();
      this.#pending ??= this.#chunks.next();
      const result = await unlessAborted(this.#pending, signal);
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

  /** A last line without a newline. */
  #rest(): string | undefined {
    const line = this.#unread;
    this.#unread = "";
    return line === "" ? undefined : line;
  }
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const abort = () => resolve(undefined);
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
