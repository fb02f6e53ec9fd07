/** The positions of the files' contents in a received archive. */
import { printable } from "../../base/printable.ts";
import type { Pace } from "../files/pace.node.ts";
import type { ArchiveReader } from "./archive-reader.node.ts";
import { refuseDamaged, refuseHostile } from "./refusal.ts";
import { offeredPath, type TreeFile } from "./tree.ts";

/** A file that may be unpacked. */
export interface LocatedFile {
  readonly file: TreeFile;
  /** The position of its content in the archive. */
  readonly start: number;
}

const LOCAL_SIGNATURE = 0x04034b50;
const LOCAL_HEADER_BYTES = 30;

/**
 * Finds the position of each file's content. The header before it must agree with the directory. No two files may share
 * a byte, because otherwise a small archive could hold petabytes.
 * @throws {TransferError} if a header disagrees, or files overlap
 */
export async function locateContents(
  archive: ArchiveReader,
  files: readonly TreeFile[],
  pace: Pace,
): Promise<LocatedFile[]> {
  const located: LocatedFile[] = [];
  let free = 0;
  for (const file of [...files].sort((a, b) => a.entry.offset - b.entry.offset)) {
    if (file.entry.offset < free) refuseHostile("its files overlap");
    const start = contentStart(archive, file);
    free = start + file.entry.compressedSize;
    if (free > archive.size) refuseDamaged("a file extends beyond its end");
    located.push({ file, start });
    await pace.pauseIfDue();
  }
  return located;
}

function contentStart(archive: ArchiveReader, file: TreeFile): number {
  const { offset, rawName, method } = file.entry;
  const header = archive.at(offset, LOCAL_HEADER_BYTES);
  const shown = () => printable(offeredPath(file), { width: 80 });
  if (header.length < LOCAL_HEADER_BYTES || header.readUInt32LE(0) !== LOCAL_SIGNATURE) {
    refuseDamaged(`'${shown()}' is not at its stated position`);
  }
  const localMethod = header.readUInt16LE(8);
  const nameLength = header.readUInt16LE(26);
  const start = offset + LOCAL_HEADER_BYTES + nameLength + header.readUInt16LE(28);
  const localName = archive.at(offset + LOCAL_HEADER_BYTES, nameLength).toString("latin1");
  if (localName !== rawName || localMethod !== method) {
    refuseHostile(`'${shown()}' is described in two different ways`);
  }
  return start;
}
