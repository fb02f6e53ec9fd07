/**
 * A JSON file that only its owner can read, and that is whole at every moment: a process or a machine that dies while
 * it is written leaves the old one. What the examples use to keep a wormhole in.
 */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

const OWNER_ONLY = 0o600;

export class Store<T> {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** What was written last; `undefined` if nothing ever was. */
  read(): T | undefined {
    try {
      return JSON.parse(readFileSync(this.#path, "utf8")) as T;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }

  /** Returns when the disk has it. */
  write(value: T): void {
    const next = `${this.#path}.new`;
    rmSync(next, { force: true });
    const file = openSync(next, "wx", OWNER_ONLY);
    try {
      writeFileSync(file, JSON.stringify(value));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(next, this.#path);
    syncFolder(dirname(this.#path));
  }

  /** For when the wormhole has closed: what is not there needs no guarding. */
  erase(): void {
    rmSync(this.#path, { force: true });
  }
}

/** A new name is safe when its folder is. Windows has no such thing. */
function syncFolder(path: string): void {
  if (process.platform === "win32") return;
  const folder = openSync(path, "r");
  fsyncSync(folder);
  closeSync(folder);
}
