/**
 * A JSON file for the state of a wormhole. Only its owner can read it. Writes are atomic: if the process or the computer dies
 * during a write, the old content stays.
 */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

const OWNER_ONLY = 0o600;

/** A value in a file. */
export class Store<T> {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** Reads the last value; `undefined` before the first write. */
  read(): T | undefined {
    try {
      return JSON.parse(readFileSync(this.#path, "utf8")) as T;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }

  /** Replaces the value. Returns when it is on the disk. */
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

  /** Deletes the file, once the wormhole has closed. */
  erase(): void {
    rmSync(this.#path, { force: true });
  }
}

/** Makes the new name durable. Windows cannot sync a folder. */
function syncFolder(path: string): void {
  if (process.platform === "win32") return;
  const folder = openSync(path, "r");
  fsyncSync(folder);
  closeSync(folder);
}
