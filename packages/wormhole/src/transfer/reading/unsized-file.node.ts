/**
 * Files whose size is not the number of their bytes. In `/proc` it is 0, and in `/sys` it is a page. Nothing may be
 * announced under such a size, so these files are read when they are measured.
 */
import { readSync, type Stats, statfsSync } from "node:fs";

/** The most bytes that are held in memory for one file. */
const MAX_BYTES = 16 * 1024 * 1024;
/** The largest size that a file without content of its own is known to report. */
const MAX_FALSE_SIZE = 64 * 1024;
/** Bytes read at first. Most of these files are short. */
const FIRST_BYTES = 4096;

/**
 * Returns the content of an open file whose size is false, and undefined if its size is true.
 * @throws the system's error, or an error with the code `EUNSIZED` if it is too large
 */
export function readUnsized(file: number, stats: Stats): Uint8Array | undefined {
  if (!mayBeFalse(stats)) return undefined;
  const content = readAll(file);
  return content.length === stats.size ? undefined : content;
}

/** Whether the size of a file may be false: it is 0, or the file uses no block of the disk. */
export const mayBeFalse = ({ size, blocks }: Stats): boolean => size === 0 || (blocks === 0 && size <= MAX_FALSE_SIZE);

/** Reads to the end. These files know no positions in advance, and may change at any time. */
function readAll(file: number): Uint8Array {
  let memory = new Uint8Array(FIRST_BYTES);
  for (let length = 0; ; ) {
    const read = readSync(file, memory, length, memory.length - length, length);
    if (read === 0) return memory.slice(0, length);
    length += read;
    if (length > MAX_BYTES) throw Object.assign(new Error("too large"), { code: "EUNSIZED" });
    if (length === memory.length) {
      const larger = new Uint8Array(memory.length * 2);
      larger.set(memory);
      memory = larger;
    }
  }
}

/**
 * Tells for each file system whether the sizes of its files are true. A file system that has no blocks, such as `proc` and
 * `sysfs`, makes its files up. The system is asked once for each.
 */
export class FileSystems {
  readonly #known = new Map<number, boolean>();

  /** Whether the sizes on the device `dev` are true. `path` is any path on it. */
  hasTrueSizes(dev: number, path: string | Buffer): boolean {
    const known = this.#known.get(dev);
    if (known !== undefined) return known;
    const answer = hasBlocks(path);
    this.#known.set(dev, answer);
    return answer;
  }
}

function hasBlocks(path: string | Buffer): boolean {
  try {
    return statfsSync(path).blocks > 0;
  } catch {
    return true;
  }
}
