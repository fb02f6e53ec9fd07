import { printable } from "../../base/printable.ts";
import type { Pace } from "../files/pace.node.ts";
import type { SafeName } from "../files/safe-name.ts";
import type { HeaderReader } from "./header-reader.node.ts";
import { refuseArchive } from "./refusal.ts";

/** A file, as the archive's directory describes it. */
export interface DescribedFile {
  readonly path: readonly SafeName[];
  /** The name's bytes, as a string of one character each. */
  readonly rawName: string;
  /** Permissions, the owner's own included; the umask is still to be applied. */
  readonly mode: number;
  readonly method: number;
  readonly crc32: number;
  readonly compressedSize: number;
  readonly size: number;
  /** Where the header before its content is. */
  readonly offset: number;
}

/** A file that may be unpacked. */
export interface LocatedFile extends DescribedFile {
  /** Where the content starts in the archive. */
  readonly start: number;
}

const LOCAL_SIGNATURE = 0x04034b50;
const LOCAL_LENGTH = 30;

/**
 * Finds where each file's content starts. What stands before it must agree with the directory, and no two may share a
 * byte: a small archive could hold petabytes otherwise.
 * @throws {TransferError} if it does not
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
    if (free > reader.size) refuseArchive("a file reaches beyond its end");
    located.push({ ...file, start });
    await pace.breathe();
  }
  return located;
}

function contentStart(reader: HeaderReader, { offset, rawName, method, path }: DescribedFile): number {
  const header = reader.at(offset, LOCAL_LENGTH);
  const shown = printable(path.join("/"), { width: 80 });
  if (header.length < LOCAL_LENGTH || header.readUInt32LE(0) !== LOCAL_SIGNATURE) {
    refuseArchive(`'${shown}' is not where it should be`);
  }
  const localMethod = header.readUInt16LE(8);
  const nameLength = header.readUInt16LE(26);
  const start = offset + LOCAL_LENGTH + nameLength + header.readUInt16LE(28);
  const localName = reader.at(offset + LOCAL_LENGTH, nameLength).toString("latin1");
  if (localName !== rawName || localMethod !== method) {
    refuseArchive(`'${shown}' is described in two different ways`);
  }
  return start;
}
