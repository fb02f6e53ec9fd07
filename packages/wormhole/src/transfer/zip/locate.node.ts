/** The positions of the files' contents in a received archive. */
import { printable } from "../../base/printable.ts";
import type { Pace } from "../files/pace.node.ts";
import type { SafeName } from "../files/safe-name.ts";
import type { HeaderReader } from "./header-reader.node.ts";
import { refuseArchive } from "./tree-names.ts";

/** A file, as the directory of the archive describes it. */
export interface DescribedFile {
  readonly path: readonly SafeName[];
  /** The bytes of the name, as a string with one character for each byte. */
  readonly rawName: string;
  /** Permissions, before the umask is applied. The owner may read and write. */
  readonly mode: number;
  readonly method: number;
  readonly crc32: number;
  readonly compressedSize: number;
  readonly size: number;
  /** The position of the header before its content. */
  readonly offset: number;
}

/** A file that may be unpacked. */
export interface LocatedFile extends DescribedFile {
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
  reader: HeaderReader,
  files: readonly DescribedFile[],
  pace: Pace,
): Promise<LocatedFile[]> {
  const located: LocatedFile[] = [];
  let free = 0;
  for (const file of [...files].sort((a, b) => a.offset - b.offset)) {
    if (file.offset < free) refuseArchive("its files overlap");
    const start = contentStart(reader, file);
    free = start + file.compressedSize;
    if (free > reader.size) refuseArchive("a file extends beyond its end");
    located.push({ ...file, start });
    await pace.pauseIfDue();
  }
  return located;
}

function contentStart(reader: HeaderReader, { offset, rawName, method, path }: DescribedFile): number {
  const header = reader.at(offset, LOCAL_HEADER_BYTES);
  const shown = printable(path.join("/"), { width: 80 });
  if (header.length < LOCAL_HEADER_BYTES || header.readUInt32LE(0) !== LOCAL_SIGNATURE) {
    refuseArchive(`'${shown}' is not at its stated position`);
  }
  const localMethod = header.readUInt16LE(8);
  const nameLength = header.readUInt16LE(26);
  const start = offset + LOCAL_HEADER_BYTES + nameLength + header.readUInt16LE(28);
  const localName = reader.at(offset + LOCAL_HEADER_BYTES, nameLength).toString("latin1");
  if (localName !== rawName || localMethod !== method) {
    refuseArchive(`'${shown}' is described in two different ways`);
  }
  return start;
}
