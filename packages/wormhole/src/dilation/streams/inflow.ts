/** The reading direction of a subchannel: a stream of the chunks that have arrived. */
import { concatBytes } from "@noble/hashes/utils.js";
import { type Bytes, unshared } from "../../base/bytes.ts";
import { costOf } from "../wire/records.ts";

/** Counts unread data by its cost. */
export interface CostMeter {
  /** Data of this cost waits for the reader. */
  arrived(cost: number): void;
  /** Data of this cost was read, or dropped. */
  consumed(cost: number): void;
}

export class Inflow {
  readonly readable: ReadableStream<Bytes>;
  readonly #meter: CostMeter;
  #stream!: ReadableStreamDefaultController<Bytes>;
  /** Chunks that were not read. */
  #unread: Uint8Array[] = [];
  /** The parts of a chunk whose end has not come. */
  #parts: Uint8Array[] = [];
  /** Ends the wait of a reader. */
  #awaited: (() => void) | null = null;
  /** Set when nothing more will come: with the error, if reading ends with one. */
  #end: { readonly error?: Error } | null = null;
  /** Whether the stream has ended. */
  #over = false;

  constructor(meter: CostMeter) {
    this.#meter = meter;
    this.readable = new ReadableStream(
      {
        start: (stream) => {
          this.#stream = stream;
        },
        pull: () => this.#pull(),
        cancel: () => this.#forget(),
      },
      // Chunks wait here, where they are counted, and not in the stream.
      { highWaterMark: 0 },
    );
  }

  /** Takes a part of a chunk that is not its last. The fixed cost of a chunk is counted with its last part. */
  pushPart(part: Uint8Array): void {
    if (this.#end !== null) return;
    this.#meter.arrived(part.length);
    if (this.#over) this.#meter.consumed(part.length);
    else this.#parts.push(part);
  }

  /** Takes a chunk, or the last part of one. */
  push(chunk: Uint8Array): void {
    if (this.#end !== null) return;
    this.#meter.arrived(costOf(chunk));
    if (this.#over) return this.#meter.consumed(costOf(chunk));
    this.#unread.push(this.#parts.length === 0 ? chunk : concatBytes(...this.#parts.splice(0), chunk));
    if (this.#awaited !== null) this.#give();
  }

  /** Ends the incoming data. Unread chunks can still be read; after them, reading ends or throws the error. */
  end(error?: Error): void {
    if (this.#over || this.#end !== null) return;
    this.#end = error ? { error } : {};
    if (this.#unread.length === 0) this.#give();
  }

  /** Ends the stream at once, and drops unread and later data. */
  ignore(): void {
    if (this.#over) return;
    this.#stream.close();
    this.#forget();
  }

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
      this.#stream.enqueue(unshared(chunk));
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
