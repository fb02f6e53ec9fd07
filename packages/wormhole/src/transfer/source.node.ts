import { constants } from "node:fs";
import { open, stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { printable } from "../base/printable.ts";
import { UnsendableFileError } from "../errors.ts";
import type { OfferMessage } from "./dialogue/messages.ts";
import { deviceSize } from "./files/device-size.node.ts";
import { readExactly, unreadable, unsendableKind } from "./files/read-file.node.ts";
import { type Skipped, scanFolder } from "./files/scan-folder.node.ts";
import { zipSize } from "./zip/format.ts";
import { zipPieces } from "./zip/write.node.ts";

/** Something that is sent as bytes: measured, and open if it is one file. */
export interface Source {
  readonly offer: Exclude<OfferMessage, { kind: "text" | "unknown" }>;
  /** Members of a folder that are left out. */
  readonly skipped: readonly Skipped[];
  /** The bytes, once; a piece is valid until the next is asked for. @throws {UnsendableFileError} */
  pieces(): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

/**
 * Looks at what is to be sent: a file, a folder, a block device, or a symbolic link to one of them. The name that is
 * offered is the last part of the path as given, also when that is a link.
 * @throws {UnsendableFileError} if there is nothing of that name, or it is something else
 */
export async function openSource(
  path: string,
  options: { ignoreUnsendable?: boolean; signal?: AbortSignal } = {},
): Promise<Source> {
  const name = basename(resolve(path));
  if (name === "") throw new UnsendableFileError(path, "The root of a file system has no name to be sent under.");
  // Looked at before it is opened: to open a pipe would already be an act.
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
      throw new UnsendableFileError(path, `'${printable(path)}' cannot be sent: it is neither file nor folder.`);
    }
    const size = stats.isFile() ? stats.size : await deviceSize(file);
    return {
      offer: { kind: "file", filename: name, filesize: size },
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
  return {
    offer: {
      kind: "directory",
      // What every program says and accepts, although the members are stored.
      mode: "zipfile/deflated",
      dirname: name,
      zipsize: zipSize(members),
      numbytes: files.reduce((sum, { size }) => sum + size, 0),
      numfiles: files.length,
    },
    skipped,
    pieces: () => zipPieces(members),
    close: async () => {},
  };
}
