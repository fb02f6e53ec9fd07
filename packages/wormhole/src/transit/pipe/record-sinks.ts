/** The two consumers of records: one returns them whole, the other as bulk data in large pieces. */

import { onAbort } from "../../base/abort.ts";
import { Once } from "../../base/once.ts";
import { sizeText } from "../../base/size-text.ts";
import { TransitError } from "../../errors.ts";
import type { RecordSink } from "./incoming.ts";
import { BULK_BATCH_BYTES, type Opener, plaintextLength } from "./record.ts";

/** Gives whole records to callers, in the order of their calls. */
export class WholeRecords implements RecordSink {
  onReady: () => void = () => {};
  #requests: Once<Uint8Array | null>[] = [];

  get isReady(): boolean {
    return this.#requests.length > 0;
  }

  /** The next record, or null if the other side has closed the connection between two records. */
  async next(signal?: AbortSignal): Promise<Uint8Array | null> {
    signal?.throwIfAborted();
    const record = new Once<Uint8Array | null>();
    this.#requests.push(record);
    const stop = onAbort(signal, (reason) => {
      this.#requests = this.#requests.filter((other) => other !== record);
      record.reject(reason);
    });
    this.onReady();
    try {
      return await record.promise;
    } finally {
      stop();
    }
  }

  accept(sealed: Uint8Array, opener: Opener): void {
    const record = opener.openFresh(sealed);
    this.#requests.shift()?.resolve(record);
  }

  flush(): void {}

  end(error: TransitError | null): void {
    for (const record of this.#requests.splice(0)) {
      if (error === null) record.resolve(null);
      else record.reject(error);
    }
  }
}

/** The other side sent more bulk data than was asked for. */
export class ExcessError extends TransitError {
  constructor(length: number) {
    super(`The other side sent more than ${length} bytes.`);
  }
}

/** The maximum number of waiting pieces. With the one in use and the one being filled, four are in memory. */
const MAX_WAITING_PIECES = 2;

/** Opens records into a few slabs that are used in turn, for a consumer that wants bytes and not records. */
export class BulkPieces implements RecordSink {
  onReady: () => void = () => {};
  readonly #length: number;
  /** Bytes that have not been opened yet. */
  #missing: number;
  #filling: Uint8Array = new Uint8Array(0);
  #filled = 0;
  readonly #waiting: Uint8Array[] = [];
  readonly #free: Uint8Array[] = [];
  /** The piece that the consumer is using. */
  #held: Uint8Array | null = null;
  #request: Once<Uint8Array | null> | null = null;
  #failure: TransitError | null = null;

  /** @param length the number of bytes to receive */
  constructor(length: number) {
    this.#length = length;
    this.#missing = length;
  }

  get isReady(): boolean {
    return this.#missing > 0 && this.#failure === null && this.#waiting.length < MAX_WAITING_PIECES;
  }

  /** Whether the consumer has received everything. */
  get isComplete(): boolean {
    return this.#missing === 0 && this.#filled === 0 && this.#waiting.length === 0;
  }

  /** The next piece, or null after the last one. The memory of the previous piece is reused. */
  next(): Promise<Uint8Array | null> {
    this.#reuseHeld();
    const piece = new Once<Uint8Array | null>();
    this.#request = piece;
    this.flush();
    this.onReady();
    return piece.promise;
  }

  /** Ends the wait for a piece. Bytes that were opened but not received are lost. */
  abandon(reason: unknown): void {
    this.#request?.reject(reason);
  }

  accept(sealed: Uint8Array, opener: Opener): void {
    const length = plaintextLength(sealed);
    if (length > this.#missing) throw new ExcessError(this.#length);
    if (this.#filled + length > this.#filling.length) this.#startSlab(length);
    opener.open(this.#filling.subarray(this.#filled, this.#filled + length), sealed);
    this.#filled += length;
    this.#missing -= length;
  }

  /**
   * Gives a waiting consumer the bytes that are ready. Pieces are full only if the consumer is slower than the connection.
   */
  flush(): void {
    if (this.#request === null) return;
    if (this.#waiting.length === 0) this.#finishSlab();
    const piece = this.#waiting.shift() ?? null;
    if (piece === null && this.#missing > 0) {
      if (this.#failure !== null) this.#request.reject(this.#failure);
      return;
    }
    this.#request.resolve(piece);
    this.#request = null;
    this.#held = piece;
  }

  end(error: TransitError | null): void {
    const share = `${sizeText(this.#length - this.#missing)} of ${sizeText(this.#length)}`;
    this.#failure ??= error ?? new TransitError(`The other side closed the connection too early: ${share} arrived.`);
    this.flush();
  }

  #startSlab(length: number): void {
    this.#finishSlab();
    const free = length <= BULK_BATCH_BYTES ? this.#free.pop() : undefined;
    this.#filling = free ?? new Uint8Array(Math.max(length, Math.min(BULK_BATCH_BYTES, this.#missing)));
  }

  #finishSlab(): void {
    if (this.#filled === 0) return;
    this.#waiting.push(this.#filling.subarray(0, this.#filled));
    this.#filling = new Uint8Array(0);
    this.#filled = 0;
  }

  /** Slabs of the usual size are reused. A larger one, for a long record, is left to the garbage collector. */
  #reuseHeld(): void {
    if (this.#held?.buffer.byteLength === BULK_BATCH_BYTES) this.#free.push(new Uint8Array(this.#held.buffer));
    this.#held = null;
  }
}
