/** What a chunk costs beside its bytes: many small ones must not be for free. */
const CHUNK_COST = 64;

/** The reading direction of a subchannel: chunks that have come, as a stream. */
export class Inflow {
  readonly readable: ReadableStream<Uint8Array>;
  readonly #counted: (bytes: number) => void;
  #stream!: ReadableStreamDefaultController<Uint8Array>;
  /** What has come and was not read. */
  #unread: Uint8Array[] = [];
  /** Ends the wait of a reader. */
  #awaited: (() => void) | null = null;
  /** Set when nothing more will come: how the reading ends. */
  #end: { readonly error?: Error } | null = null;
  /** Nothing more is given to the stream. */
  #over = false;

  /** `counted` is told how many bytes more wait for the reader, or fewer. */
  constructor(counted: (bytes: number) => void) {
    this.#counted = counted;
    this.readable = new ReadableStream(
      {
        start: (stream) => {
          this.#stream = stream;
        },
        pull: () => this.#pull(),
        cancel: () => this.#forget(),
      },
      // What nobody has asked for stays here, where it is counted.
      { highWaterMark: 0 },
    );
  }

  /** A chunk has come. */
  push(chunk: Uint8Array): void {
    if (this.#over || this.#end !== null) return;
    this.#unread.push(chunk);
    this.#counted(chunk.length + CHUNK_COST);
    if (this.#awaited !== null) this.#give();
  }

  /** Nothing more will come. What has come can still be read, and then the error, if there is one. */
  end(error?: Error): void {
    if (this.#over || this.#end !== null) return;
    this.#end = error ? { error } : {};
    if (this.#unread.length === 0) this.#give();
  }

  /** Nobody wants to read any more. */
  ignore(): void {
    if (this.#over) return;
    this.#stream.close();
    this.#forget();
  }

  /** One chunk for each time that somebody asks. */
  #pull(): Promise<void> | undefined {
    if (this.#unread.length > 0 || this.#end !== null) {
      this.#give();
      return undefined;
    }
    return new Promise((resolve) => {
      this.#awaited = resolve;
    });
  }

  /** Gives the stream the next chunk, or the end. */
  #give(): void {
    const chunk = this.#unread.shift();
    if (chunk !== undefined) {
      this.#counted(-chunk.length - CHUNK_COST);
      this.#stream.enqueue(chunk);
    } else if (this.#end?.error) {
      this.#over = true;
      this.#stream.error(this.#end.error);
    } else if (this.#end) {
      this.#over = true;
      this.#stream.close();
    }
    this.#release();
  }

  #forget(): void {
    this.#over = true;
    this.#counted(-this.#unread.reduce((sum, { length }) => sum + length + CHUNK_COST, 0));
    this.#unread = [];
    this.#release();
  }

  #release(): void {
    this.#awaited?.();
    this.#awaited = null;
  }
}
