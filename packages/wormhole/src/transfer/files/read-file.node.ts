import { constants, type Stats } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { printable } from "../../base/printable.ts";
import { UnsendableFileError } from "../../errors.ts";

/** Bytes read at once: the pieces in which bulk data is fastest sealed and sent. */
export const PIECE = 256 * 1024;

/** Never follows a link in the last component, never waits for the other end of a pipe. Windows knows neither. */
export const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** A pair of buffers: one is being sent while the other is being filled. */
export type Buffers = [Uint8Array, Uint8Array];
export const newBuffers = (): Buffers => [new Uint8Array(PIECE), new Uint8Array(PIECE)];

/**
 * Reads exactly `size` bytes from the start of a file, one piece ahead of the caller. A piece is valid until the next
 * is asked for. That the file is longer is found out before its last piece is given.
 * @throws {UnsendableFileError} if the file has another size by now, or cannot be read
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
    // The caller may stop asking: the error is then nobody's.
    reading.catch(() => {});
    return reading;
  };
  let reading = read(Math.min(PIECE, size));
  while (position < size) {
    const length = await reading.catch((error: unknown) => unreadable(path, error));
    if (length === 0) throw new UnsendableFileError(path, changed(path, "shrank"));
    const piece = filling.subarray(0, length);
    position += length;
    [filling, spare] = [spare, filling];
    reading = read(Math.min(PIECE, size - position) || 1);
    if (position === size) await refuseMore(reading, path);
    yield piece;
  }
  if (size === 0) await refuseMore(read(1), path);
}

async function refuseMore(reading: Promise<number>, path: string): Promise<void> {
  const more = await reading.catch((error: unknown) => unreadable(path, error));
  if (more > 0) throw new UnsendableFileError(path, changed(path, "grew"));
}

/** What it is when it cannot be sent, or undefined for a file or folder. */
export function unsendableKind(stats: Stats): string | undefined {
  if (stats.isFIFO()) return "a named pipe";
  if (stats.isSocket()) return "a socket";
  if (stats.isCharacterDevice()) return "a character device";
  return undefined;
}

const changed = (path: string, how: string) => `'${printable(path)}' ${how} while it was being sent.`;

/** The system's error for a path, as a sentence. */
export function unreadable(path: string, error: unknown): never {
  throw new UnsendableFileError(path, `'${printable(path)}' cannot be sent: ${systemReason(error)}.`, { cause: error });
}

/** Why the system refused, in plain words where they are known. */
export function systemReason(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return REASONS[code] ?? (error instanceof Error ? printable(error.message) : String(error));
}

const REASONS: Record<string, string> = {
  ENOENT: "there is nothing of that name",
  ENOTDIR: "a part of the path is not a folder",
  EACCES: "permission denied",
  EPERM: "permission denied",
  ELOOP: "it is a symbolic link, or a loop of them",
  EIO: "the disk reports an error",
  ENAMETOOLONG: "the name is too long",
  EMFILE: "too many files are open",
};
