/** Reading a file of a known size, and the reasons why something cannot be read. */
import { constants, type Stats } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { printable } from "../../base/printable.ts";
import { UnsendableFileError } from "../../errors.ts";

/** Bytes read at once. Pieces of this size are encrypted and sent fastest. */
export const PIECE_BYTES = 256 * 1024;

/**
 * Flags for opening a file of a folder: a link in the last component is not followed, and opening a pipe does not wait
 * for its other end. Windows has neither flag.
 */
export const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** A pair of buffers of {@link PIECE_BYTES}: one is sent while the other is filled. */
export type Buffers = [Uint8Array, Uint8Array];
/** Allocates a pair of buffers. */
export const newBuffers = (): Buffers => [new Uint8Array(PIECE_BYTES), new Uint8Array(PIECE_BYTES)];

/**
 * Reads exactly `size` bytes from the start of a file, one piece ahead of the caller. A piece is valid until the next
 * one is requested. If the file is longer, the error comes before the last piece, so a peer never gets all of it.
 * @throws {UnsendableFileError} if the file has changed its size, or cannot be read
 */
export async function* readExactly(
  file: FileHandle,
  size: number,
  path: string,
  buffers: Buffers = newBuffers(),
): AsyncGenerator<Uint8Array, void, void> {
  let [filling, spare] = buffers;
  let position = 0;
  const read = (length: number) => {
    const reading = file.read(filling, 0, length, position).then(({ bytesRead }) => bytesRead);
    // If the caller stops early, no one awaits this read; its error must not end the process.
    reading.catch(() => {});
    return reading;
  };
  let reading = read(Math.min(PIECE_BYTES, size));
  while (position < size) {
    const length = await reading.catch((error: unknown) => unreadable(path, error));
    if (length === 0) throw new UnsendableFileError(path, changed(path, "shrank"));
    const piece = filling.subarray(0, length);
    position += length;
    [filling, spare] = [spare, filling];
    reading = read(Math.min(PIECE_BYTES, size - position) || 1);
    if (position === size) await requireEnd(reading, path);
    yield piece;
  }
  if (size === 0) await requireEnd(read(1), path);
}

async function requireEnd(reading: Promise<number>, path: string): Promise<void> {
  const more = await reading.catch((error: unknown) => unreadable(path, error));
  if (more > 0) throw new UnsendableFileError(path, changed(path, "grew"));
}

/** Names the kind of a thing that can never be sent. Undefined for a file, a folder or a block device. */
export function unsendableKind(stats: Stats): string | undefined {
  if (stats.isFIFO()) return "a named pipe";
  if (stats.isSocket()) return "a socket";
  if (stats.isCharacterDevice()) return "a character device";
  return undefined;
}

const changed = (path: string, how: string) => `'${printable(path)}' ${how} while it was being sent.`;

/** Throws an {@link UnsendableFileError} for an error of the system. */
export function unreadable(path: string, error: unknown): never {
  throw new UnsendableFileError(path, `'${printable(path)}' cannot be sent: ${systemReason(error)}.`, { cause: error });
}

/** The reason of an error of the system, in plain words if its code is known. */
export function systemReason(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return REASONS[code] ?? (error instanceof Error ? printable(error.message) : String(error));
}

const REASONS: Record<string, string> = {
  ENOENT: "it does not exist",
  ENOTDIR: "a part of the path is not a folder",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  EPIPE: "the program that reads it has ended",
  EBADF: "it is not open for this",
  ENXIO: "the device does not exist",
  ELOOP: "it is a symbolic link, or part of a loop of links",
  EIO: "the disk reported an error",
  ENAMETOOLONG: "the name is too long",
  EMFILE: "too many files are open",
};
