/** Bytes of the length in front of each record. */
const LENGTH_BYTES = 4;

/** What is kept at first, bytes: room for an ordinary record. It doubles as bytes arrive, never for announced ones. */
const FIRST_ROOM = 32 * 1024;

/**
 * Cuts a stream of bytes into sealed records. Those that lie whole in a chunk are handed out as views of it; only a
 * record that began in one chunk and ends in another is copied.
 *
 *     cutter.lend(chunk);
 *     for (let sealed = cutter.next(); sealed !== null && …; sealed = cutter.next()) …
 *     cutter.keep();
 */
export class RecordCutter {
  /** What chunks have left over lies from `start` to `end`; everything in it is older than the chunk. */
  #kept = new Uint8Array(0);
  #start = 0;
  #end = 0;
  #chunk: Uint8Array = new Uint8Array(0);
  readonly #readLength: (bytes: Uint8Array, at: number) => number;

  /** `readLength` reads the four bytes at a place; it throws where no record is so long or so short. */
  constructor(readLength: (bytes: Uint8Array, at: number) => number) {
    this.#readLength = readLength;
  }

  /** Bytes that were not handed out yet. */
  get length(): number {
    return this.#end - this.#start + this.#chunk.length;
  }

  /** Takes a chunk, as a loan until {@link keep}. */
  lend(chunk: Uint8Array): void {
    this.#chunk = chunk;
  }

  /** Copies what is left of the chunk, which may be used by others from now on. */
  keep(): void {
    this.#append(this.#chunk.length);
  }

  /**
   * The next sealed record without its length, valid until the next call of anything here; or null, if it has not
   * arrived completely.
   * @throws what `readLength` throws
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

  /** Takes as much from the chunk as is missing for `length` bytes. False, if it does not have them. */
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

  /** Room for `count` bytes at the end: by moving what is there to the front, or to a place of twice the size. */
  #makeRoom(count: number): void {
    if (this.#end + count <= this.#kept.length) return;
    const length = this.#end - this.#start;
    let room = Math.max(this.#kept.length, FIRST_ROOM);
    while (room < length + count) room *= 2;
    const target = room > this.#kept.length ? new Uint8Array(room) : this.#kept;
    target.set(this.#kept.subarray(this.#start, this.#end));
    this.#kept = target;
    this.#start = 0;
    this.#end = length;
  }
}
