/** The rule that no two entries of an archive may have the same name, and the error for everything that is refused. */
import { printable } from "../../base/printable.ts";
import { TransferError } from "../../errors.ts";
import type { SafeName } from "../files/safe-name.ts";

/**
 * Refuses a received archive. `reason` completes the sentence "The received folder cannot be unpacked: …".
 * @throws {TransferError} always
 */
export function refuseArchive(reason: string): never {
  throw new TransferError(`The received folder cannot be unpacked: ${reason}.`);
}

/**
 * The names of a tree. Each one may be used once: two files of one name, or a file and a folder of one name, would
 * overwrite each other.
 */
export class TreeNames {
  /** Every folder except the root. A folder comes before those in it. */
  readonly folders = new Map<string, { path: readonly SafeName[]; mode: number }>();
  readonly #files = new Set<string>();
  /** Folders that have an entry of their own. The others are implied by what is in them. */
  readonly #listed = new Set<string>();
  readonly #ignoreCase: boolean;

  constructor(ignoreCase: boolean) {
    this.#ignoreCase = ignoreCase;
  }

  /** Adds a file and the folders that contain it. @throws {TransferError} if the name is taken, or is the root's */
  addFile(path: readonly SafeName[]): void {
    if (path.length === 0) refuseTwice(path);
    this.#addParents(path);
    const key = this.#key(path);
    if (this.#files.has(key) || this.folders.has(key)) refuseTwice(path);
    this.#files.add(key);
  }

  /** Adds a folder and those that contain it. @throws {TransferError} if the name is taken */
  addFolder(path: readonly SafeName[], mode: number): void {
    const key = this.#key(path);
    if (this.#listed.has(key)) refuseTwice(path);
    this.#listed.add(key);
    if (path.length === 0) return;
    this.#addParents(path);
    if (this.#files.has(key)) refuseTwice(path);
    this.folders.set(key, { path, mode });
  }

  #addParents(path: readonly SafeName[]): void {
    for (let depth = 1; depth < path.length; depth++) {
      const folder = path.slice(0, depth);
      const key = this.#key(folder);
      if (this.#files.has(key)) refuseTwice(folder);
      if (!this.folders.has(key)) this.folders.set(key, { path: folder, mode: 0o777 });
    }
  }

  #key(path: readonly SafeName[]): string {
    const key = path.join("/");
    return this.#ignoreCase ? key.toLowerCase() : key;
  }
}

function refuseTwice(path: readonly SafeName[]): never {
  refuseArchive(`it holds '${printable(path.join("/"), { width: 80 })}' twice`);
}
