/** The reading direction of a subchannel: a stream of the chunks that have arrived. */
import { concatBytes } from "@noble/hashes/utils.js";
import { type Bytes, unshared } from "../../base/bytes.ts";
import { MAX_WRITE_BYTES } from "../limits.ts";
import { costOf } from "../wire/records.ts";
import { partCost } from "./assembly-limit.ts";
import { Backlog } from "./backlog.ts";

/** Counts unread data by its cost. */
export interface CostMeter {
  /** Data of this cost waits for the reader. */
  arrived(cost: number): void;
  /** Data of this cost was read, or dropped. */
  consumed(cost: number): void;
  /** A part of this cost is kept until its chunk is complete. Returns false if too many are kept. */
  assembling(cost: number): boolean;
  /** Parts of this cost are no longer kept. */
  assembled(cost: number): void;
}

export class Inflow {
  readonly readable: ReadableStream<Bytes>;
  readonly #meter: CostMeter;
  #stream!: ReadableStreamDefaultController<Bytes>;
  /** Chunks that were not read. */
  #unread = new Backlog();
  /** The cost of all chunks in {@link #unread}. */
  #unreadCost = 0;
  /** The parts of a chunk whose end has not come, and their cost while they are kept. */
  #parts: Uint8Array[] = [];
  #partsCost = 0;
  /** The length of those parts, whether they are kept or not. */
  #partsLength = 0;
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

  /** Takes a part of a chunk that is not its last. Returns false if it breaks the protocol. */
  pushPart(part: Uint8Array): boolean {
    if (this.#end !== null) return true;
    this.#partsLength += part.length;
    if (part.length === 0 || this.#partsLength > MAX_WRITE_BYTES) return false;
    if (this.#over) return true;
    const cost = partCost(part);
    if (!this.#meter.assembling(cost)) return false;
    this.#partsCost += cost;
    this.#parts.push(part);
    return true;
  }

  /** Takes a chunk, or the last part of one. Returns false if it breaks the protocol. */
  push(last: Uint8Array): boolean {
    if (this.#end !== null) return true;
    const inParts = this.#partsLength > 0;
    const length = this.#partsLength + last.length;
    if (inParts && length > MAX_WRITE_BYTES) return false;
    const cost = costOf(length);
    this.#meter.arrived(cost);
    const parts = this.#takeParts();
    if (this.#over) this.#meter.consumed(cost);
    else this.#keep(inParts ? concatBytes(...parts, last) : last, cost);
    return true;
  }

  /** Ends the incoming data. Unread chunks can still be read; after them, reading ends or throws the error. */
  end(error?: Error): void {
    if (this.#over || this.#end !== null) return;
    this.#end = error ? { error } : {};
    this.#takeParts();
    if (this.#unread.isEmpty) this.#give();
  }

  /** Ends the stream at once, and drops unread and later data. */
  ignore(): void {
    if (this.#over) return;
    this.#stream.close();
    this.#forget();
  }

  #pull(): Promise<void> | undefined {
    if (!this.#unread.isEmpty || this.#end !== null) {
      this.#give();
      return undefined;
    }
    return new Promise((resolve) => {
      this.#awaited = resolve;
    });
  }

  /** Gives a chunk to the reader that waits for it, or keeps it for later. */
  #keep(chunk: Uint8Array, cost: number): void {
    if (this.#awaited !== null) {
      this.#meter.consumed(cost);
      this.#stream.enqueue(unshared(chunk));
      this.#release();
      return;
    }
    this.#unreadCost += cost;
    this.#unread.push(chunk);
  }

  /** Gives the stream the next chunk, or the end. */
  #give(): void {
    const chunk = this.#unread.shift();
    if (chunk !== undefined) {
      const cost = costOf(chunk.length);
      this.#unreadCost -= cost;
      this.#meter.consumed(cost);
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

  /** Returns the parts that are kept, and keeps them no longer. */
  #takeParts(): Uint8Array[] {
    if (this.#partsLength === 0) return [];
    this.#meter.assembled(this.#partsCost);
    this.#partsCost = 0;
    this.#partsLength = 0;
    return this.#parts.splice(0);
  }

  #forget(): void {
    this.#over = true;
    this.#meter.consumed(this.#unreadCost);
    this.#meter.assembled(this.#partsCost);
    this.#unreadCost = 0;
    this.#partsCost = 0;
    this.#unread = new Backlog();
    this.#parts = [];
    this.#release();
  }

  #release(): void {
    this.#awaited?.();
    this.#awaited = null;
  }
}
