import { printable } from "../../base/printable.ts";
import type { SafeName } from "../files/safe-name.ts";
import { refuseArchive } from "./refusal.ts";

/**
 * The names of a tree, each of which may be taken once: two files of one name, or a file where another needs a folder,
 * would overwrite each other.
 */
export class TreeNames {
  /** Every folder but the root, those around others first. */
  readonly folders = new Map<string, { path: readonly SafeName[]; mode: number }>();
  readonly #files = new Set<string>();
  /** Folders that have an entry of their own; the others are only implied. */
  readonly #named = new Set<string>();
  readonly #ignoreCase: boolean;

  constructor(ignoreCase: boolean) {
    this.#ignoreCase = ignoreCase;
  }

  /** @throws {TransferError} if the name is taken, or is the root's */
  addFile(path: readonly SafeName[]): void {
    if (path.length === 0) refuseTwice(path);
    this.#addFoldersAround(path);
    const key = this.#key(path);
    if (this.#files.has(key) || this.folders.has(key)) refuseTwice(path);
    this.#files.add(key);
  }

  /** @throws {TransferError} if the name is taken */
  addFolder(path: readonly SafeName[], mode: number): void {
    const key = this.#key(path);
    if (this.#named.has(key)) refuseTwice(path);
    this.#named.add(key);
    if (path.length === 0) return;
    this.#addFoldersAround(path);
    if (this.#files.has(key)) refuseTwice(path);
    this.folders.set(key, { path, mode });
  }

  #addFoldersAround(path: readonly SafeName[]): void {
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
