/** The temporary file that holds received bytes until they are complete. */
import { constants } from "node:fs";
import { type FileHandle, lstat, open } from "node:fs/promises";
import { printable } from "../../base/printable.ts";
import { isSame } from "../files/identity.ts";
import { LocalError } from "../local-error.ts";
import type { FilePath } from "./held-folder.node.ts";
import { storageError } from "./storage-error.node.ts";
import { meansLoss, trySync } from "./sync.node.ts";

/** Flags for creating a file. Opening fails if anything has this name already, even a dangling link. */
export const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);

/** Bytes written at once. Each write costs a switch of threads; larger batches no longer fit the processor's caches. */
const BATCH_BYTES = 1024 * 1024;
/** Bytes after which a sync is started in the background, so that the final sync has little left to do. */
const SYNC_EVERY_BYTES = 64 * 1024 * 1024;

/** A new file in a private folder. One batch is written while the next one is filled. */
export class Spool {
  readonly #file: FileHandle;
  readonly #path: FilePath;
  readonly #shownAs: string;
  readonly #lasting: boolean;
  #batch = new Uint8Array(BATCH_BYTES);
  #spare = new Uint8Array(BATCH_BYTES);
  #filled = 0;
  #writing: Promise<void> = Promise.resolve();
  #written = 0;
  #unsynced = 0;
  #syncing: Promise<void> | undefined;
  /** The error of a sync in the background. Linux reports it only once, so the final sync would succeed. */
  #syncError: { readonly error: unknown } | undefined;

  private constructor(file: FileHandle, path: FilePath, shownAs: string, lasting: boolean) {
    this.#file = file;
    this.#path = path;
    this.#shownAs = shownAs;
    this.#lasting = lasting;
  }

  /**
   * Creates the file. `shownAs` is the path that errors name instead of the temporary one. A `lasting` file is to be
   * kept, so it is synced to the disk.
   * @throws {TransferError} if it cannot be created
   */
  static async create(path: FilePath, shownAs: string, { lasting }: { lasting: boolean }): Promise<Spool> {
    try {
      // The private folder keeps others out, so that the file can have its final permissions from the beginning.
      return new Spool(await open(path, NEW_FILE, 0o666), path, shownAs, lasting);
    } catch (error) {
      throw storageError(shownAs, error);
    }
  }

  /**
   * Copies a piece. If that fills a batch, waits until the previous batch is written and starts to write this one.
   * @throws {TransferError} if the previous batch could not be written
   */
  async write(piece: Uint8Array): Promise<void> {
    for (let from = 0; from < piece.length; ) {
      const part = piece.subarray(from, from + BATCH_BYTES - this.#filled);
      this.#batch.set(part, this.#filled);
      this.#filled += part.length;
      from += part.length;
      if (this.#filled === BATCH_BYTES) await this.#flush();
    }
    this.#unsynced += piece.length;
    if (this.#lasting && this.#unsynced >= SYNC_EVERY_BYTES) this.#sync();
  }

  async #flush(): Promise<void> {
    await this.#writing;
    this.#writing = this.#writeAll(this.#batch.subarray(0, this.#filled));
    // The next write, or the end, throws this error.
    this.#writing.catch(() => {});
    [this.#batch, this.#spare] = [this.#spare, this.#batch];
    this.#filled = 0;
  }

  /** Starts a sync in the background, unless one is running. */
  #sync(): void {
    if (this.#syncing !== undefined) return;
    this.#unsynced = 0;
    this.#syncing = trySync(this.#file)
      .catch((error: unknown) => {
        this.#syncError = { error };
      })
      .then(() => {
        this.#syncing = undefined;
      });
  }

  #writeAll(piece: Uint8Array): Promise<void> {
    return this.#store(async () => {
      for (let done = 0; done < piece.length; ) {
        done += (await this.#file.write(piece, done)).bytesWritten;
      }
      this.#written += piece.length;
    });
  }

  /**
   * Writes the rest, waits until the disk holds everything if the file is to last, and closes the file. Returns false if
   * the disk cannot confirm that it holds a lasting file.
   * @throws {TransferError} if data is lost, or another program has replaced or cut the file
   */
  async finish(): Promise<boolean> {
    await this.#flush();
    await this.#writing;
    await this.#syncing;
    return await this.#store(async () => {
      if (this.#syncError !== undefined) throw this.#syncError.error;
      const confirmed = !this.#lasting || (await trySync(this.#file));
      await this.#requireOwn();
      await this.#file.close().catch(unlessLoss);
      return confirmed;
    });
  }

  /** The file gets its name by its path, so its path must still lead to what was written. */
  async #requireOwn(): Promise<void> {
    const [held, found] = await Promise.all([
      this.#file.stat({ bigint: true }),
      lstat(this.#path, { bigint: true }).catch(() => undefined),
    ]);
    if (found !== undefined && isSame(held, found) && held.size === BigInt(this.#written)) return;
    const message = `'${printable(this.#shownAs)}' cannot be stored: another program has changed or removed it while it arrived.`;
    throw new LocalError(message, "cannot-store");
  }

  /** Closes the file in any state. Never throws. */
  async abandon(): Promise<void> {
    await this.#writing.catch(() => {});
    await this.#syncing;
    await this.#file.close().catch(() => {});
  }

  async #store<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw storageError(this.#shownAs, error);
    }
  }
}

/** Some file systems report only when a file is closed that they could not write it. */
function unlessLoss(error: unknown): void {
  if (meansLoss(error)) throw error;
}
