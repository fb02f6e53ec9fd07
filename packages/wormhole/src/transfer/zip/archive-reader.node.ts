/** Reading the headers of an archive. */
import { readSync } from "node:fs";

/** Bytes read at once. Headers are small and close together. */
const WINDOW_BYTES = 64 * 1024;

/** Reads an open file at any position. It is synchronous, because an archive may have a header for each of many files. */
export class ArchiveReader {
  /** Bytes of the whole archive. */
  readonly size: number;
  readonly #file: number;
  readonly #window = Buffer.alloc(WINDOW_BYTES);
  #start = 0;
  #length = 0;

  constructor(file: number, size: number) {
    this.#file = file;
    this.size = size;
  }

  /** Returns the bytes at a position, at most 64 KiB; fewer at the end of the file. Valid until the next call. */
  at(position: number, length: number): Buffer {
    // Positions come from an untrusted archive.
    if (!(position >= 0 && position <= this.size) || length > WINDOW_BYTES) return Buffer.alloc(0);
    if (position < this.#start || position + length > this.#start + this.#length) {
      this.#start = position;
      this.#length = readSync(this.#file, this.#window, 0, WINDOW_BYTES, position);
    }
    const from = position - this.#start;
    return this.#window.subarray(from, Math.min(from + length, this.#length));
  }
}
