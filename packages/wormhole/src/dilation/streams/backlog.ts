/**
 * Unread chunks, in memory that is proportional to their cost. A small chunk alone would take several hundred bytes for its
 * objects, whatever its length. Therefore small chunks are copied into blocks, and become chunks again when they are read.
 */

/** A shorter chunk is copied into a block. The objects of a longer one are small in comparison with its bytes. */
const SMALL_BYTES = 2 * 1024;
/** The size of a block, and the number of chunks in it. */
const BLOCK_BYTES = 8 * 1024;
const BLOCK_CHUNKS = 1024;
/** The size of a block at first, because most blocks hold one chunk. */
const FIRST_BLOCK_BYTES = 128;

/** Chunks that wait for the reader, in order. */
export class Backlog {
  readonly #entries: (Uint8Array | Block)[] = [];

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  /** Adds a chunk. The memory of a small one is not kept. */
  push(chunk: Uint8Array): void {
    if (chunk.length >= SMALL_BYTES) {
      this.#entries.push(chunk);
      return;
    }
    const last = this.#entries.at(-1);
    if (last instanceof Block && last.add(chunk)) return;
    const block = new Block();
    block.add(chunk);
    this.#entries.push(block);
  }

  /** Removes the oldest chunk and returns it, in memory of its own. */
  shift(): Uint8Array | undefined {
    const first = this.#entries[0];
    if (!(first instanceof Block)) return this.#entries.shift() as Uint8Array | undefined;
    const chunk = first.take();
    if (first.isEmpty) this.#entries.shift();
    return chunk;
  }
}

/** Small chunks, one after the other in one buffer. */
class Block {
  #bytes = new Uint8Array(FIRST_BLOCK_BYTES);
  /** Where each chunk ends. */
  readonly #ends: number[] = [];
  /** How many chunks were taken. */
  #taken = 0;

  get isEmpty(): boolean {
    return this.#taken === this.#ends.length;
  }

  /** Adds a chunk. Returns false if the block is full. */
  add(chunk: Uint8Array): boolean {
    const start = this.#ends.at(-1) ?? 0;
    const end = start + chunk.length;
    if (end > BLOCK_BYTES || this.#ends.length === BLOCK_CHUNKS) return false;
    this.#makeRoom(end);
    this.#bytes.set(chunk, start);
    this.#ends.push(end);
    return true;
  }

  /** Removes the oldest chunk and returns a copy of it. */
  take(): Uint8Array {
    const start = this.#ends[this.#taken - 1] ?? 0;
    const end = this.#ends[this.#taken] ?? start;
    this.#taken++;
    return this.#bytes.slice(start, end);
  }

  #makeRoom(length: number): void {
    if (length <= this.#bytes.length) return;
    let room = this.#bytes.length;
    while (room < length) room *= 2;
    const larger = new Uint8Array(room);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}
