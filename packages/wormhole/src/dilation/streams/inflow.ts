import { concatBytes } from "@noble/hashes/utils.js";
import { costOf } from "../wire/records.ts";

/** Who counts what comes in, by its cost. */
export interface Meter {
  /** It waits for the reader. */
  arrived(cost: number): void;
  /** It waits no longer: it was read, or nobody will. */
  consumed(cost: number): void;
}

/** The reading direction of a subchannel: chunks that have come, as a stream. */
export class Inflow {
  readonly readable: ReadableStream<Uint8Array>;
  readonly #meter: Meter;
  #stream!: ReadableStreamDefaultController<Uint8Array>;
  /** What has come and was not read. */
  #unread: Uint8Array[] = [];
  /** The beginning of a chunk whose end has not come. */
  #parts: Uint8Array[] = [];
  /** Ends the wait of a reader. */
  #awaited: (() => void) | null = null;
  /** Set when nothing more will come: how the reading ends. */
  #end: { readonly error?: Error } | null = null;
  /** Nothing more is given to the stream. */
  #over = false;

  constructor(meter: Meter) {
    this.#meter = meter;
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

  /** The beginning of a chunk has come, or more of it. It costs its bytes; what comes beside is the last piece's. */
  pushPart(part: Uint8Array): void {
    if (this.#end !== null) return;
    this.#meter.arrived(part.length);
    if (this.#over) this.#meter.consumed(part.length);
    else this.#parts.push(part);
  }

  /** A chunk has come, or the last piece of it. */
  push(chunk: Uint8Array): void {
    if (this.#end !== null) return;
    this.#meter.arrived(costOf(chunk));
    if (this.#over) return this.#meter.consumed(costOf(chunk));
    this.#unread.push(this.#parts.length === 0 ? chunk : concatBytes(...this.#parts.splice(0), chunk));
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
      this.#meter.consumed(costOf(chunk));
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
    this.#meter.consumed(this.#unread.reduce((sum, chunk) => sum + costOf(chunk), 0));
    this.#meter.consumed(this.#parts.reduce((sum, part) => sum + part.length, 0));
    this.#unread = [];
    this.#parts = [];
    this.#release();
  }

  #release(): void {
    this.#awaited?.();
    this.#awaited = null;
  }
}
