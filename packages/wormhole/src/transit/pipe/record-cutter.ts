/** Cuts a stream of bytes into records, for transit and dilation. */

/** The size in bytes of the length in front of each record. */
export const LENGTH_BYTES = 4;

/**
 * The initial size of the buffer for incomplete records, which has room for an ordinary one. The buffer doubles as bytes
 * arrive, and never grows for bytes that are only announced.
 */
const FIRST_ROOM_BYTES = 32 * 1024;

/**
 * Cuts a stream of bytes into sealed records. A record that lies within one chunk is returned as a view of it. Only a
 * record that begins in one chunk and ends in another is copied.
 *
 *     cutter.feed(chunk);
 *     for (let sealed = cutter.next(); sealed !== null && …; sealed = cutter.next()) …
 *     cutter.retain();
 */
export class RecordCutter {
  /** The bytes from `start` to `end` are left over from earlier chunks. */
  #kept = new Uint8Array(0);
  #start = 0;
  #end = 0;
  #chunk: Uint8Array = new Uint8Array(0);
  readonly #readLength: (bytes: Uint8Array, at: number) => number;

  /** `readLength` reads the four bytes at a position. It throws if no record has that length. */
  constructor(readLength: (bytes: Uint8Array, at: number) => number) {
    this.#readLength = readLength;
  }

  /** Bytes that have not been returned yet. */
  get length(): number {
    return this.#end - this.#start + this.#chunk.length;
  }

  /** Adds a chunk. Its memory is used until {@link retain}. */
  feed(chunk: Uint8Array): void {
    this.#chunk = chunk;
  }

  /** Copies the rest of the chunk. After that, the memory of the chunk is no longer used. */
  retain(): void {
    this.#append(this.#chunk.length);
  }

  /**
   * The next sealed record without its length, or null if it has not arrived completely. The record is valid until the
   * next call of any method.
   * @throws the errors of `readLength`
   */
  next(): Uint8Array | null {
    if (this.#start === this.#end) return this.#cutChunk();
    if (!this.#gather(LENGTH_BYTES)) return null;
    const total = LENGTH_BYTES + this.#readLength(this.#kept, this.#start);
    if (!this.#gather(total)) return null;
    const sealed = this.#kept.subarray(this.#start + LENGTH_BYTES, this.#start + total);
    this.#start += total;
    return sealed;
  }

  #cutChunk(): Uint8Array | null {
    if (this.#chunk.length < LENGTH_BYTES) return null;
    const total = LENGTH_BYTES + this.#readLength(this.#chunk, 0);
    if (this.#chunk.length < total) return null;
    const sealed = this.#chunk.subarray(LENGTH_BYTES, total);
    this.#chunk = this.#chunk.subarray(total);
    return sealed;
  }

  /** Copies bytes from the chunk until `length` bytes are kept. Returns false if the chunk has too few. */
  #gather(length: number): boolean {
    const missing = length - (this.#end - this.#start);
    if (missing <= 0) return true;
    const found = Math.min(missing, this.#chunk.length);
    this.#append(found);
    return found === missing;
  }

  #append(count: number): void {
    this.#makeRoom(count);
    this.#kept.set(this.#chunk.subarray(0, count), this.#end);
    this.#end += count;
    this.#chunk = this.#chunk.subarray(count);
  }

  /**
   * Makes room for `count` bytes at the end: moves the kept bytes to the front, or to a larger buffer.
   */
  #makeRoom(count: number): void {
    if (this.#end + count <= this.#kept.length) return;
    const length = this.#end - this.#start;
    let room = Math.max(this.#kept.length, FIRST_ROOM_BYTES);
    while (room < length + count) room *= 2;
    const target = room > this.#kept.length ? new Uint8Array(room) : this.#kept;
    target.set(this.#kept.subarray(this.#start, this.#end));
    this.#kept = target;
    this.#start = 0;
    this.#end = length;
  }
}
