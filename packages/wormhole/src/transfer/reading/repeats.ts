/** Files that a folder holds several times: links inside it lead to them, or they have several names. */
import type { FileIdentity } from "../files/identity.ts";

/** How a file was found. */
interface Found extends FileIdentity {
  readonly size: number;
  readonly nlink: number;
}

/** Links can make a small folder endless. An honest folder reaches fewer members a second time by links. */
export const MAX_REPEATS = 100_000;

const key = ({ dev, ino }: FileIdentity<number | bigint>): string => `${dev}:${ino}`;

/** Counts the copies beyond the first one. Only files that can have a copy are remembered. */
export class Repeats {
  /** Copies beyond the first one. */
  files = 0;
  /** Bytes of these copies. */
  bytes = 0;
  /** Files and folders that links have reached again. */
  #byLinks = 0;
  readonly #folders = new Set<string>();
  readonly #files = new Set<string>();

  /** Whether links have reached more members again than an honest folder has. */
  get isEndless(): boolean {
    return this.#byLinks > MAX_REPEATS;
  }

  /** Notes that a folder is listed. Returns whether it has been listed before. */
  addFolder(folder: FileIdentity<bigint>): boolean {
    if (!this.#folders.has(key(folder))) {
      this.#folders.add(key(folder));
      return false;
    }
    this.#byLinks += 1;
    return true;
  }

  /**
   * Notes that a file is sent. `reached` is `again` in a folder that is listed again, and `by-link` if a link outside of
   * the folder's own tree led to it.
   */
  addFile(file: Found, reached: "directly" | "again" | "by-link"): void {
    const mayHaveCopies = file.nlink > 1 || reached === "by-link";
    const isCopy = reached === "again" || (mayHaveCopies && this.#files.has(key(file)));
    if (mayHaveCopies) this.#files.add(key(file));
    if (!isCopy) return;
    this.files += 1;
    this.bytes += file.size;
    if (reached !== "directly") this.#byLinks += 1;
  }
}
