import { readSync } from "node:fs";
import yauzl from "yauzl";

/** Bytes read at once: headers are small and lie close together. */
const WINDOW = 64 * 1024;

/** Reads an open file here and there, synchronously: the headers of ten thousand members are read in a blink. */
export class HeaderReader extends yauzl.RandomAccessReader {
  readonly size: number;
  readonly #file: number;
  readonly #window = Buffer.alloc(WINDOW);
  #start = 0;
  #length = 0;

  constructor(file: number, size: number) {
    super();
    this.#file = file;
    this.size = size;
  }

  /** Bytes at a position: fewer at the end of the file. Valid until the next call. */
  at(position: number, length: number): Buffer {
    // Positions come from a stranger's archive.
    if (!(position >= 0 && position <= this.size) || length > WINDOW) return Buffer.alloc(0);
    if (position < this.#start || position + length > this.#start + this.#length) {
      this.#start = position;
      this.#length = readSync(this.#file, this.#window, 0, WINDOW, position);
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
      const part = this.at(position + done, Math.min(length - done, WINDOW));
      if (part.length === 0) break;
      part.copy(buffer, offset + done);
      done += part.length;
    }
    callback(null, done);
  }
}
