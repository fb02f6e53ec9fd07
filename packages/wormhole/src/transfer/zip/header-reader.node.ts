/** Reading the headers of an archive. */
import { readSync } from "node:fs";
import yauzl from "yauzl";

/** Bytes read at once. Headers are small and close together. */
const WINDOW_BYTES = 64 * 1024;

/** Reads an open file at any position. It is synchronous, because an archive may have a header for each of many files. */
export class HeaderReader extends yauzl.RandomAccessReader {
  readonly size: number;
  readonly #file: number;
  readonly #window = Buffer.alloc(WINDOW_BYTES);
  #start = 0;
  #length = 0;

  constructor(file: number, size: number) {
    super();
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

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead?: number) => void,
  ): void {
    let done = 0;
    while (done < length) {
      const part = this.at(position + done, Math.min(length - done, WINDOW_BYTES));
      if (part.length === 0) break;
      part.copy(buffer, offset + done);
      done += part.length;
    }
    callback(null, done);
  }
}
