/**
 * Memory that sockets read into, so that nothing is allocated where gigabytes pass: who brings little shares one buffer
 * with all others, and what came is copied out; who brings much gets buffers of its own for the time being.
 */
import { PAUSED_READ_BYTES, READ_BYTES } from "./limits.ts";

/** A read that brought at least so much is not copied, and another one like it is expected. */
const MUCH = READ_BYTES / 4;
/** Buffers kept for new reads. As many are in use at one time, unless clients are slow. */
const MAX_FREE = 64;

/** What one read has brought. It stays as it is until `release` is called; without that, it stays. */
export interface Chunk {
  readonly bytes: Uint8Array;
  readonly release?: () => void;
}

/** The buffers of one port. */
export class ReadBuffers {
  readonly #shared = new Uint8Array(READ_BYTES);
  /** What a client reads into that is to read no more: a little of what is shared. */
  readonly little = this.#shared.subarray(0, PAUSED_READ_BYTES);
  readonly #free: Uint8Array[] = [];

  /** What the next read of a client goes into, when its last one brought so many bytes. */
  next(brought: number): Uint8Array {
    return brought < MUCH ? this.#shared : (this.#free.pop() ?? new Uint8Array(READ_BYTES));
  }

  /** What was read into a buffer, which is not the reader's any more. */
  take(buffer: Uint8Array, length: number): Chunk {
    const bytes = buffer.subarray(0, length);
    if (buffer.buffer === this.#shared.buffer) return { bytes: bytes.slice() };
    if (length >= MUCH) return { bytes, release: () => this.#keep(buffer) };
    const copy = { bytes: bytes.slice() };
    this.#keep(buffer);
    return copy;
  }

  #keep(buffer: Uint8Array): void {
    if (this.#free.length < MAX_FREE) this.#free.push(buffer);
  }
}
