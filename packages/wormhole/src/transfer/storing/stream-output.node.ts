/** Outputs that are written to and never replaced: pipes, devices, and the descriptors of this process. */
import { type BigIntStats, constants, fstat, write } from "node:fs";
import { access, type FileHandle, open, readlink, realpath, stat } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { codeOf } from "../../base/caught.ts";
import { printable } from "../../base/printable.ts";
import { isSame } from "../files/identity.ts";
import { LocalError } from "../local-error.ts";
import { encodeName } from "../names/name-bytes.node.ts";
import { storageError } from "./storage-error.node.ts";
import { trySync } from "./sync.node.ts";

/** A pipe, a device or a descriptor that an output leads to. */
export interface StreamOutput {
  /** The path as it was given. */
  readonly path: string;
  /** The number of the descriptor, if the path names one of this process. */
  readonly descriptor: number | undefined;
  readonly stats: BigIntStats;
}

/** Links that are followed. Linux follows as many. */
const MOST_LINKS = 40;
/** Between two attempts to write to a full pipe, or to open a pipe that has no reader yet. */
const RETRY_MS = 20;

const statsOf = promisify(fstat);

/**
 * Returns what is to be written to if a path names it or leads to it by links. Undefined if there is a file, a folder or
 * nothing. It is not opened, because that would affect the program at the other end of a pipe.
 * @throws {LocalError} if it cannot be written to
 */
export async function findStream(path: string): Promise<StreamOutput | undefined> {
  const descriptor = await descriptorAt(path);
  const stats =
    descriptor === undefined
      ? await stat(encodeName(path), { bigint: true }).catch(() => undefined)
      : await statsOf(descriptor, { bigint: true }).catch((error: unknown) => {
          throw storageError(path, error);
        });
  if (stats === undefined || stats.isDirectory()) return undefined;
  if (descriptor !== undefined) return { path, descriptor, stats };
  if (stats.isFile()) return undefined;
  if (stats.isSocket())
    throw new LocalError(`'${printable(path)}' is a socket, and cannot be written to.`, "cannot-store");
  await access(encodeName(path), constants.W_OK).catch((error: unknown) => {
    throw storageError(path, error);
  });
  return { path, descriptor, stats };
}

/** The number of this process's descriptor that a path names, such as `/dev/stdout` or `/dev/fd/3`. */
async function descriptorAt(path: string): Promise<number | undefined> {
  if (process.platform === "win32") return undefined;
  let next = path;
  for (let links = 0; links < MOST_LINKS; links++) {
    const folder = await realpath(encodeName(dirname(next))).catch(() => undefined);
    if (folder === undefined) return undefined;
    if (/^\d+$/.test(basename(next)) && (await isOwnDescriptors(folder))) return Number(basename(next));
    const target = await readlink(encodeName(next)).catch(() => undefined);
    if (target === undefined) return undefined;
    next = resolve(folder, target);
  }
  return undefined;
}

async function isOwnDescriptors(folder: string): Promise<boolean> {
  if (folder === "/dev/fd") return true;
  if (!folder.startsWith("/proc/")) return false;
  const own = await realpath("/proc/self").catch(() => undefined);
  return own !== undefined && (folder === `${own}/fd` || new RegExp(`^${own}/task/\\d+/fd$`).test(folder));
}

/** Writes received bytes to a pipe, a device or a descriptor, in order and as they arrive. */
export class StreamWriter {
  readonly #output: StreamOutput;
  /** Undefined if the descriptor itself is written to. */
  readonly #file: FileHandle | undefined;
  readonly #descriptor: number;
  readonly #signal: AbortSignal;

  private constructor(output: StreamOutput, opened: FileHandle | number, signal: AbortSignal) {
    this.#output = output;
    this.#file = typeof opened === "number" ? undefined : opened;
    this.#descriptor = typeof opened === "number" ? opened : opened.fd;
    this.#signal = signal;
  }

  /**
   * Opens the output. If it is a pipe without a reader, waits for one until `signal` aborts.
   * @throws {LocalError} if it cannot be opened, or is not what it was when it was found
   */
  static async open(output: StreamOutput, signal: AbortSignal): Promise<StreamWriter> {
    const opened = await openOutput(output, signal).catch((error: unknown) => {
      throw storageError(output.path, error);
    });
    return new StreamWriter(output, opened, signal);
  }

  /** Writes a piece. It does not block a thread while a pipe is full. @throws {LocalError} */
  async write(piece: Uint8Array): Promise<void> {
    for (let done = 0; done < piece.length; ) {
      done += await this.#writeSome(piece, done).catch((error: unknown) => {
        throw storageError(this.#output.path, error);
      });
    }
  }

  async #writeSome(piece: Uint8Array, from: number): Promise<number> {
    try {
      return await writeTo(this.#descriptor, piece.subarray(from));
    } catch (error) {
      if (codeOf(error) !== "EAGAIN") throw error;
      await setTimeout(RETRY_MS, undefined, { signal: this.#signal });
      return 0;
    }
  }

  /** Ends the output, and waits until a disk has everything. @throws {LocalError} */
  async finish(): Promise<void> {
    try {
      if (this.#file !== undefined && this.#output.stats.isBlockDevice()) await trySync(this.#file);
    } catch (error) {
      throw storageError(this.#output.path, error);
    } finally {
      await this.close();
    }
  }

  /** Closes the output. Never throws. */
  async close(): Promise<void> {
    await this.#file?.close().catch(() => {});
  }
}

async function openOutput(output: StreamOutput, signal: AbortSignal): Promise<FileHandle | number> {
  const { path, descriptor, stats } = output;
  // A second opening of a file would have a position of its own, and sockets have no path.
  if (descriptor !== undefined && (stats.isFile() || stats.isSocket())) return descriptor;
  const file = await openWaiting(output, signal).catch((error: unknown) => {
    if (descriptor === undefined) throw error;
    return undefined;
  });
  // The descriptor may belong to another user, who did not permit a second opening.
  if (file === undefined) return descriptor ?? -1;
  const found = await file.stat({ bigint: true });
  if (isSame(found, stats)) return file;
  await file.close();
  throw new LocalError(
    `'${printable(path)}' was replaced by something else. Nothing was written to it.`,
    "cannot-store",
  );
}

/** Opens without creating, emptying, or waiting in a thread. A pipe is opened when it has a reader. */
async function openWaiting({ path, stats }: StreamOutput, signal: AbortSignal): Promise<FileHandle> {
  const flags = constants.O_WRONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);
  for (;;) {
    try {
      return await open(encodeName(path), flags);
    } catch (error) {
      if (codeOf(error) !== "ENXIO" || !stats.isFIFO()) throw error;
      await setTimeout(RETRY_MS, undefined, { signal });
    }
  }
}

function writeTo(descriptor: number, bytes: Uint8Array): Promise<number> {
  return new Promise((done, failed) => {
    write(descriptor, bytes, 0, bytes.length, null, (error, count) => (error === null ? done(count) : failed(error)));
  });
}
