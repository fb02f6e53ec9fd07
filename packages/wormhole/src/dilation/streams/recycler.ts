/** Memory comes in pieces of so many bytes, so that records of nearly one size can use each other's. */
const STEP = 4096;
/** What is shorter costs less to allocate than to look for; what is longer is rare. */
const SHORTEST = 2048;
const LONGEST = 128 * 1024;

/**
 * Memory for records that come and go: what one has left, another of its size takes. Without it a gigabyte of records is a
 * gigabyte of garbage, and what nobody has collected yet is most of a process's memory.
 */
export class Recycler {
  readonly #most: number;
  readonly #free = new Map<number, ArrayBufferLike[]>();
  #bytes = 0;

  /** `most`: bytes that are kept for others. */
  constructor(most: number) {
    this.#most = most;
  }

  /** So many bytes, with whatever was in them. */
  take(length: number): Uint8Array {
    if (length < SHORTEST || length > LONGEST) return new Uint8Array(length);
    const room = Math.ceil(length / STEP) * STEP;
    const buffer = this.#free.get(room)?.pop();
    if (buffer === undefined) return new Uint8Array(new ArrayBuffer(room), 0, length);
    this.#bytes -= room;
    return new Uint8Array(buffer, 0, length);
  }

  /** Takes back what {@link take} gave; nobody looks at it any more. */
  giveBack({ buffer }: Uint8Array): void {
    const room = buffer.byteLength;
    if (room < SHORTEST || room > LONGEST || this.#bytes + room > this.#most) return;
    this.#bytes += room;
    const free = this.#free.get(room);
    if (free === undefined) this.#free.set(room, [buffer]);
    else free.push(buffer);
  }
}
