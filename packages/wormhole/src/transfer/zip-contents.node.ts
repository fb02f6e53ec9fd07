import type yauzl from "yauzl";
import { printable } from "../printable.ts";
import type { Pace } from "./pace.node.ts";
import type { SafeName } from "./safe-name.ts";
import type { HeaderReader } from "./zip-reader.node.ts";
import { refuseArchive } from "./zip-refusal.ts";

/** A file that may be unpacked. */
export interface ZipFileEntry {
  readonly path: readonly SafeName[];
  /** Permissions, the owner's own included; the umask is still to be applied. */
  readonly mode: number;
  readonly deflated: boolean;
  readonly crc32: number;
  readonly compressedSize: number;
  readonly size: number;
  /** Where the content starts in the archive. */
  readonly start: number;
}

const LOCAL_SIGNATURE = 0x04034b50;
const LOCAL_LENGTH = 30;
const DEFLATED = 8;

/**
 * Finds where each file's content starts. What stands before it must agree with the directory, and no two may share a
 * byte: a small archive could hold petabytes otherwise.
 * @throws {TransferError} if it does not
 */
export async function checkContents(
  reader: HeaderReader,
  entries: readonly yauzl.Entry[],
  paths: readonly (readonly SafeName[])[],
  pace: Pace,
): Promise<ZipFileEntry[]> {
  const order = [...entries.keys()].sort((a, b) => offsetOf(entries[a]) - offsetOf(entries[b]));
  const files: ZipFileEntry[] = [];
  let free = 0;
  for (const index of order) {
    const entry = entries[index];
    const path = paths[index];
    if (entry === undefined || path === undefined) continue;
    if (offsetOf(entry) < free) refuseArchive("its files overlap");
    const start = contentStart(reader, entry);
    free = start + entry.compressedSize;
    if (free > reader.size) refuseArchive("a file reaches beyond its end");
    files.push(fileEntry(entry, path, start));
    await pace.breathe();
  }
  return files;
}

const offsetOf = (entry: yauzl.Entry | undefined): number => entry?.relativeOffsetOfLocalHeader ?? 0;

function contentStart(reader: HeaderReader, entry: yauzl.Entry): number {
  const offset = offsetOf(entry);
  const shown = printable(entry.fileNameRaw.toString(), { width: 80 });
  const header = reader.at(offset, LOCAL_LENGTH);
  if (header.length < LOCAL_LENGTH || header.readUInt32LE(0) !== LOCAL_SIGNATURE) {
    refuseArchive(`'${shown}' is not where it should be`);
  }
  const method = header.readUInt16LE(8);
  const nameLength = header.readUInt16LE(26);
  const start = offset + LOCAL_LENGTH + nameLength + header.readUInt16LE(28);
  const name = reader.at(offset + LOCAL_LENGTH, nameLength);
  if (!name.equals(entry.fileNameRaw) || method !== entry.compressionMethod) {
    refuseArchive(`'${shown}' is described in two different ways`);
  }
  return start;
}

function fileEntry(entry: yauzl.Entry, path: readonly SafeName[], start: number): ZipFileEntry {
  const mode = entry.externalFileAttributes >>> 16;
  return {
    path,
    start,
    mode: mode === 0 ? 0o666 : (mode & 0o777) | 0o600,
    deflated: entry.compressionMethod === DEFLATED,
    crc32: entry.crc32,
    compressedSize: entry.compressedSize,
    size: entry.uncompressedSize,
  };
}
