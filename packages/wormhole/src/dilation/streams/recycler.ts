/**
 * Reuses the memory of records that were acknowledged. Without it, a gigabyte of records is a gigabyte of garbage, and
 * uncollected garbage is most of a process's memory.
 */

/** Sizes are rounded up to a multiple of this, so that records of nearly the same size can share memory. */
const STEP_BYTES = 4096;
/** A shorter record is cheaper to allocate than to look up. */
const SHORTEST_BYTES = 2048;
/** A longer record is rare. */
const LONGEST_BYTES = 128 * 1024;

export class Recycler {
  readonly #maxBytes: number;
  readonly #free = new Map<number, ArrayBufferLike[]>();
  #bytes = 0;

  /** Keeps at most `maxBytes` of unused memory. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Returns memory of this length with arbitrary content. */
  take(length: number): Uint8Array {
    if (length < SHORTEST_BYTES || length > LONGEST_BYTES) return new Uint8Array(length);
    const room = Math.ceil(length / STEP_BYTES) * STEP_BYTES;
    const buffer = this.#free.get(room)?.pop();
    if (buffer === undefined) return new Uint8Array(new ArrayBuffer(room), 0, length);
    this.#bytes -= room;
    return new Uint8Array(buffer, 0, length);
  }

  /** Takes back memory from {@link take}. The caller must not use it afterwards. */
  giveBack({ buffer }: Uint8Array): void {
    const room = buffer.byteLength;
    if (room < SHORTEST_BYTES || room > LONGEST_BYTES || this.#bytes + room > this.#maxBytes) return;
    this.#bytes += room;
    const free = this.#free.get(room);
    if (free === undefined) this.#free.set(room, [buffer]);
    else free.push(buffer);
  }
}
