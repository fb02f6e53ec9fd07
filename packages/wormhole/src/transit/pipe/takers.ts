import { Once } from "../../base/once.ts";
import { TransitError } from "../../errors.ts";
import type { Taker } from "./incoming.ts";
import { BATCH, type Opener, plaintextLength } from "./record.ts";

/** Gives records one by one to those who ask, in the order of asking. */
export class RecordTaker implements Taker {
  #asked: Once<Uint8Array | null>[] = [];

  get wants(): boolean {
    return this.#asked.length > 0;
  }

  /** The next record; null when the other side has closed between two records. */
  async next(signal?: AbortSignal): Promise<Uint8Array | null> {
    signal?.throwIfAborted();
    const record = new Once<Uint8Array | null>();
    const leave = () => {
      this.#asked = this.#asked.filter((other) => other !== record);
      record.reject(signal?.reason);
    };
    this.#asked.push(record);
    signal?.addEventListener("abort", leave);
    try {
      return await record.promise;
    } finally {
      signal?.removeEventListener("abort", leave);
    }
  }

  take(sealed: Uint8Array, opener: Opener): void {
    const record = opener.openFresh(sealed);
    this.#asked.shift()?.resolve(record);
  }

  taken(): void {}

  ended(error: TransitError | null): void {
    for (const record of this.#asked.splice(0)) {
      if (error === null) record.resolve(null);
      else record.reject(error);
    }
  }
}

/** Pieces that may wait for the consumer. With the one that it holds and the one being filled, four are in memory. */
const MAX_READY = 2;

/** Opens records into a few slabs that go round, for a consumer who wants bytes and not records. */
export class BulkTaker implements Taker {
  readonly #length: number;
  /** Bytes that were not opened yet. */
  #missing: number;
  #filling: Uint8Array = new Uint8Array(0);
  #filled = 0;
  readonly #ready: Uint8Array[] = [];
  readonly #free: Uint8Array[] = [];
  #held: Uint8Array | null = null;
  #asked: Once<Uint8Array | null> | null = null;
  #failure: TransitError | null = null;

  constructor(length: number) {
    this.#length = length;
    this.#missing = length;
  }

  get wants(): boolean {
    return this.#missing > 0 && this.#failure === null && this.#ready.length < MAX_READY;
  }

  /** Whether the consumer has everything. */
  get complete(): boolean {
    return this.#missing === 0 && this.#filled === 0 && this.#ready.length === 0;
  }

  /** The next piece, which takes back the one before; null after the last. */
  next(): Promise<Uint8Array | null> {
    this.#takeBack();
    const piece = new Once<Uint8Array | null>();
    this.#asked = piece;
    this.taken();
    return piece.promise;
  }

  /** Ends the waiting for a piece; what was opened is given up. */
  abandon(reason: unknown): void {
    this.#asked?.reject(reason);
  }

  take(sealed: Uint8Array, opener: Opener): void {
    const length = plaintextLength(sealed);
    if (length > this.#missing) throw new TransitError(`The other side sent more than ${this.#length} bytes.`);
    if (this.#filled + length > this.#filling.length) this.#startSlab(length);
    opener.open(this.#filling.subarray(this.#filled, this.#filled + length), sealed);
    this.#filled += length;
    this.#missing -= length;
  }

  /** Whoever waits gets what there is: only a consumer who is slower than the connection gets full pieces. */
  taken(): void {
    if (this.#asked === null) return;
    if (this.#ready.length === 0) this.#ship();
    const piece = this.#ready.shift() ?? null;
    if (piece === null && this.#missing > 0) {
      if (this.#failure !== null) this.#asked.reject(this.#failure);
      return;
    }
    this.#asked.resolve(piece);
    this.#asked = null;
    this.#held = piece;
  }

  ended(error: TransitError | null): void {
    const got = this.#length - this.#missing;
    this.#failure ??=
      error ??
      new TransitError(`The other side closed the connection before the end: ${got} of ${this.#length} bytes came.`);
    this.taken();
  }

  #startSlab(length: number): void {
    this.#ship();
    const free = length <= BATCH ? this.#free.pop() : undefined;
    this.#filling = free ?? new Uint8Array(Math.max(length, Math.min(BATCH, this.#missing)));
  }

  #ship(): void {
    if (this.#filled === 0) return;
    this.#ready.push(this.#filling.subarray(0, this.#filled));
    this.#filling = new Uint8Array(0);
    this.#filled = 0;
  }

  /** Slabs of the usual size go round; an unusual one, for a long record, is left to the garbage collector. */
  #takeBack(): void {
    if (this.#held?.buffer.byteLength === BATCH) this.#free.push(new Uint8Array(this.#held.buffer));
    this.#held = null;
  }
}
