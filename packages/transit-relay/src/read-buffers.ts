/**
 * Memory that sockets read into, reused so that relaying gigabytes allocates nothing. Clients that send little share
 * one buffer, out of which each read is copied. A client that sends much gets a buffer of its own for each read.
 */
import { PAUSED_READ_BYTES, READ_BYTES } from "./limits.ts";

/** A read of at least this size is not copied, and the next read is expected to be as large. */
const LARGE_READ_BYTES = READ_BYTES / 4;
/** Buffers kept for later reads. Unless clients are slow, no more than this many are in use at one time. */
const MAX_FREE = 64;

/** The result of one read. If there is a `release`, the bytes may be overwritten after it was called. */
export interface Chunk {
  readonly bytes: Uint8Array;
  readonly release?: () => void;
}

/** The buffers of one port. */
export class ReadBuffers {
  readonly #shared = new Uint8Array(READ_BYTES);
  /** The buffer for the one read of a paused client: a small part of the shared one. */
  readonly small = this.#shared.subarray(0, PAUSED_READ_BYTES);
  readonly #free: Uint8Array[] = [];

  /** The buffer for a client's next read, if its last one had `length` bytes. */
  next(length: number): Uint8Array {
    return length < LARGE_READ_BYTES ? this.#shared : (this.#free.pop() ?? new Uint8Array(READ_BYTES));
  }

  /** Turns a read of `length` bytes into a chunk. The client must not use the buffer any more. */
  take(buffer: Uint8Array, length: number): Chunk {
    const bytes = buffer.subarray(0, length);
    if (buffer.buffer === this.#shared.buffer) return { bytes: bytes.slice() };
    if (length >= LARGE_READ_BYTES) return { bytes, release: () => this.#keep(buffer) };
    const copy = { bytes: bytes.slice() };
    this.#keep(buffer);
    return copy;
  }

  #keep(buffer: Uint8Array): void {
    if (this.#free.length < MAX_FREE) this.#free.push(buffer);
  }
}
