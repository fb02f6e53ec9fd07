/** Sources: what is sent as bytes, opened and measured before anything is offered. */
import { constants } from "node:fs";
import { open, stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { printable } from "../base/printable.ts";
import { UnsendableFileError } from "../errors.ts";
import type { KnownOffer } from "./dialogue/messages.ts";
import { deviceSize } from "./files/device-size.node.ts";
import { readExactly, unreadable, unsendableKind } from "./files/read-file.node.ts";
import { type Skipped, scanFolder } from "./files/scan-folder.node.ts";
import { zipSize } from "./zip/format.ts";
import { zipPieces } from "./zip/write.node.ts";

/** A file, folder or block device that can be sent. A file is open already. */
export interface Source {
  readonly offer: Exclude<KnownOffer, { kind: "text" }>;
  /** Bytes on the wire. */
  readonly size: number;
  /** The members of a folder that are left out. */
  readonly skipped: readonly Skipped[];
  /** Yields all bytes, once. A piece is valid until the next one is requested. @throws {UnsendableFileError} */
  pieces(): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

/**
 * Opens a file, a folder, a block device, or a symbolic link to one of them. It is offered under the last component of
 * the path, even if that is a link.
 * @throws {UnsendableFileError} if it does not exist, cannot be read, or is something else
 */
export async function openSource(
  path: string,
  options: { ignoreUnsendable?: boolean; signal?: AbortSignal } = {},
): Promise<Source> {
  const name = basename(resolve(path));
  if (name === "") throw new UnsendableFileError(path, "The root of a file system cannot be sent: it has no name.");
  // Checked before it is opened, because opening a pipe already affects the program at its other end.
  const stats = await stat(path).catch((error: unknown) => unreadable(path, error));
  const kind = unsendableKind(stats);
  if (kind !== undefined) throw new UnsendableFileError(path, `'${printable(path)}' cannot be sent: it is ${kind}.`);
  return stats.isDirectory() ? openFolder(path, name, options) : openFile(path, name);
}

async function openFile(path: string, name: string): Promise<Source> {
  const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
  const file = await open(path, flags).catch((error: unknown) => unreadable(path, error));
  try {
    const stats = await file.stat();
    if (!stats.isFile() && !stats.isBlockDevice()) {
      throw new UnsendableFileError(path, `'${printable(path)}' cannot be sent: it is neither a file nor a folder.`);
    }
    const size = stats.isFile() ? stats.size : await deviceSize(file);
    return {
      offer: { kind: "file", filename: name, filesize: size },
      size,
      skipped: [],
      pieces: () => readExactly(file, size, path),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function openFolder(
  path: string,
  name: string,
  options: { ignoreUnsendable?: boolean; signal?: AbortSignal },
): Promise<Source> {
  const { members, skipped } = await scanFolder(path, options);
  const files = members.filter((member) => !member.path.endsWith("/"));
  const size = zipSize(members);
  return {
    offer: {
      kind: "directory",
      // All programs send and accept this mode, although the members here are stored.
      mode: "zipfile/deflated",
      dirname: name,
      zipsize: size,
      numbytes: files.reduce((sum, file) => sum + file.size, 0),
      numfiles: files.length,
    },
    size,
    skipped,
    pieces: () => zipPieces(members),
    close: async () => {},
  };
}
