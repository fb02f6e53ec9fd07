/** Reading a file of a known size, and refusing what cannot be read. */
import type { Stats } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { UnsendableFileError } from "../../errors.ts";
import { systemReason } from "../files/system-reason.ts";
import { LocalError } from "../local-error.ts";
import { PIECE_BYTES } from "../source.ts";
import { quote } from "./offenders.ts";

/** A pair of buffers of {@link PIECE_BYTES}: one is sent while the other is filled. */
export type Buffers = [Uint8Array, Uint8Array];
/** Allocates a pair of buffers. */
export const newBuffers = (): Buffers => [new Uint8Array(PIECE_BYTES), new Uint8Array(PIECE_BYTES)];

/** How {@link readExactly} reads. */
interface Reading {
  /** The path for messages. */
  readonly shown: string;
  readonly buffers?: Buffers | undefined;
  /** Called before the last piece is yielded, if the file has more bytes than are read. */
  readonly grown: () => void;
}

/**
 * Reads exactly `size` bytes from the start of a file, one piece ahead of the caller. A piece is valid until the next
 * one is requested.
 * @throws {LocalError} `source-changed` if the file has become shorter, or can no longer be read
 */
export async function* readExactly(
  file: FileHandle,
  size: number,
  { shown, buffers = newBuffers(), grown }: Reading,
): AsyncGenerator<Uint8Array, void, void> {
  let [filling, spare] = buffers;
  let position = 0;
  const read = (length: number) => {
    const reading = file.read(filling, 0, length, position).then(({ bytesRead }) => bytesRead);
    // If the caller stops early, no one awaits this read; its error must not end the process.
    reading.catch(() => {});
    return reading;
  };
  let reading = read(Math.min(PIECE_BYTES, size) || 1);
  while (position < size) {
    const length = await reading.catch((error: unknown) => sourceUnreadable(shown, error));
    if (length === 0) sourceChanged(shown, "has become shorter");
    const piece = filling.subarray(0, length);
    position += length;
    [filling, spare] = [spare, filling];
    reading = read(Math.min(PIECE_BYTES, size - position) || 1);
    if (position === size) await reportGrowth(reading, grown);
    yield piece;
  }
  if (size === 0) await reportGrowth(reading, grown);
}

/** Beyond the announced end, an error of the disk has no consequence. */
async function reportGrowth(reading: Promise<number>, grown: () => void): Promise<void> {
  if ((await reading.catch(() => 0)) > 0) grown();
}

/** Ends a transfer because something is no longer what was offered. `how` completes the sentence that begins with its name. */
export function sourceChanged(shown: string, how: string): never {
  const message = `${quote(shown)} ${how} since it was offered. Send it again when nothing changes it.`;
  throw new LocalError(message, "source-changed");
}

/** Ends a transfer because of an error of the system while bytes are read. */
export function sourceUnreadable(shown: string, error: unknown): never {
  if (error instanceof LocalError) throw error;
  const message = `${quote(shown)} can no longer be read: ${systemReason(error)}. Send it again when it can be.`;
  throw new LocalError(message, "source-changed", { cause: error });
}

/** Names the kind of a thing that can never be sent. Undefined for a file, a folder or a block device. */
export function unsendableKind(stats: Stats): string | undefined {
  if (stats.isFIFO()) return "a named pipe";
  if (stats.isSocket()) return "a socket";
  if (stats.isCharacterDevice()) return "a character device";
  return undefined;
}

/** Throws an {@link UnsendableFileError} for an error of the system. */
export function unreadable(path: string, error: unknown): never {
  throw new UnsendableFileError(path, `${quote(path)} cannot be sent: ${systemReason(error)}.`, { cause: error });
}
