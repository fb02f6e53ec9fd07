import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { storageError } from "./storage-error.node.ts";

/** A new file or an error: never one that is there, never through a link that somebody has laid. */
export const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);

/** Bytes written at once: each write costs a change of threads, and more than this leaves the processor's caches. */
const BATCH = 1024 * 1024;
/** Bytes after which the disk is asked to keep what it has, while more come in: the end has little left to wait for. */
const SYNC_EVERY = 64 * 1024 * 1024;

/** A new private file that bytes are written to, one write under way while the next piece comes in. */
export class Spool {
  readonly path: string;
  readonly #file: FileHandle;
  readonly #shownAs: string;
  readonly #lasting: boolean;
  #batch = new Uint8Array(BATCH);
  #spare = new Uint8Array(BATCH);
  #filled = 0;
  #writing: Promise<void> = Promise.resolve();
  #unsynced = 0;
  #syncing: Promise<void> | undefined;

  private constructor(path: string, file: FileHandle, shownAs: string, lasting: boolean) {
    this.path = path;
    this.#file = file;
    this.#shownAs = shownAs;
    this.#lasting = lasting;
  }

  /**
   * In errors it is `shownAs`: its own name means nothing to anybody. A `lasting` file will be kept, not just read.
   * @throws {TransferError} if it cannot be made
   */
  static async create(path: string, shownAs: string, { lasting }: { lasting: boolean }): Promise<Spool> {
    try {
      return new Spool(path, await open(path, NEW_FILE, 0o600), shownAs, lasting);
    } catch (error) {
      throw storageError(shownAs, error);
    }
  }

  /** Copies a piece; once a batch is full, starts to write it when the one before is written. @throws {TransferError} */
  async write(piece: Uint8Array): Promise<void> {
    for (let from = 0; from < piece.length; ) {
      const part = piece.subarray(from, from + BATCH - this.#filled);
      this.#batch.set(part, this.#filled);
      this.#filled += part.length;
      from += part.length;
      if (this.#filled === BATCH) await this.#flush();
    }
    this.#unsynced += piece.length;
    if (this.#lasting && this.#unsynced >= SYNC_EVERY) this.#sync();
  }

  /** While one batch is written, the other one is filled. */
  async #flush(): Promise<void> {
    await this.#writing;
    this.#writing = this.#writeAll(this.#batch.subarray(0, this.#filled));
    // Whoever writes next, or closes, hears of it.
    this.#writing.catch(() => {});
    [this.#batch, this.#spare] = [this.#spare, this.#batch];
    this.#filled = 0;
  }

  /** What fails here fails at the end too, and is reported there. */
  #sync(): void {
    if (this.#syncing !== undefined) return;
    this.#unsynced = 0;
    this.#syncing = this.#file
      .datasync()
      .catch(() => {})
      .finally(() => {
        this.#syncing = undefined;
      });
  }

  async #writeAll(piece: Uint8Array): Promise<void> {
    try {
      for (let done = 0; done < piece.length; ) {
        done += (await this.#file.write(piece, done)).bytesWritten;
      }
    } catch (error) {
      throw storageError(this.#shownAs, error);
    }
  }

  /** Waits for the last write, and closes the file: for what is read again at once. */
  async finish(): Promise<void> {
    await this.#flush();
    await this.#writing;
    await this.#syncing;
    await this.#file.close();
  }

  /** Waits until the disk itself keeps everything; then gives the file its permissions and closes it. */
  async keep(mode: number): Promise<void> {
    await this.#flush();
    await this.#writing;
    await this.#syncing;
    try {
      await this.#file.datasync();
    } catch (error) {
      throw storageError(this.#shownAs, error);
    }
    await this.#file.chmod(mode);
    await this.#file.close();
  }

  /** Closes it, whatever has been written. */
  async abandon(): Promise<void> {
    await this.#writing.catch(() => {});
    await this.#syncing;
    await this.#file.close().catch(() => {});
  }
}
