/**
 * Reads the whole directory of a received archive, and refuses everything that is not plain files and folders with
 * safe names, before a single byte of it is unpacked.
 */
import type { FileHandle } from "node:fs/promises";
import yauzl from "yauzl";
import { printable } from "../../base/printable.ts";
import { Pace } from "../files/pace.node.ts";
import { type SafeName, safePath } from "../files/safe-name.ts";
import { DEFLATED, STORED } from "./format.ts";
import { HeaderReader } from "./header-reader.node.ts";
import { type DescribedFile, type LocatedFile, locateContents } from "./locate.node.ts";
import { refuseArchive } from "./refusal.ts";
import { TreeNames } from "./tree-names.ts";

/** What an archive unpacks to. */
export interface ZipTree {
  /** Every folder but the root, those around others first, with its permissions. */
  readonly folders: ReadonlyMap<string, { readonly path: readonly SafeName[]; readonly mode: number }>;
  /** In the order in which they lie in the archive. */
  readonly files: readonly LocatedFile[];
}

export interface ZipLimits {
  /** As the offer has announced them. */
  readonly numbytes: number;
  readonly numfiles: number;
  /** Take only names that are plain on every system, and no two that differ in capitals alone. */
  readonly portable: boolean;
  readonly signal?: AbortSignal;
}

/** Old programs count before they pack, and a folder may change in between: so much more is forgiven. */
const MORE_BYTES = 64 * 1024;
const MORE_FILES = 100;
/** Folders cost a few bytes each on the wire and far more here. */
const MAX_FOLDERS = 1_000_000;

const ENCRYPTED = 0x0001;
const TYPE = 0o170000;
const FOLDER = 0o040000;
const FILE = 0o100000;

/**
 * Checks an archive completely.
 * @throws {TransferError} with what is wrong with it
 */
export async function checkArchive(archive: FileHandle, limits: ZipLimits): Promise<ZipTree> {
  const reader = new HeaderReader(archive.fd, (await archive.stat()).size);
  const zip = await yauzl
    .fromRandomAccessReaderPromise(reader, reader.size, { lazyEntries: true, decodeStrings: false, autoClose: false })
    .catch(malformed);
  const names = new TreeNames(limits.portable);
  const files: DescribedFile[] = [];
  const pace = new Pace(limits.signal);
  const entries = zip.eachEntry();
  for (;;) {
    const next = await entries.next().catch(malformed);
    if (next.done === true) break;
    const entry = next.value;
    const name = nameOf(entry);
    const path = safePath(name, { portable: limits.portable });
    if (checkKind(entry, name) === "folder") names.addFolder(path, folderMode(entry));
    else {
      names.addFile(path);
      files.push(describe(entry, path));
    }
    checkLimits(files.length, names.folders.size, limits);
    await pace.breathe();
  }
  checkTotal(files, limits);
  return { folders: names.folders, files: await locateContents(reader, files, pace) };
}

/** What is needed of an entry: the rest would be megabytes. */
function describe(entry: yauzl.Entry, path: readonly SafeName[]): DescribedFile {
  const mode = entry.externalFileAttributes >>> 16;
  return {
    path,
    rawName: entry.fileNameRaw.toString("latin1"),
    mode: mode === 0 ? 0o666 : (mode & 0o777) | 0o600,
    method: entry.compressionMethod,
    crc32: entry.crc32,
    compressedSize: entry.compressedSize,
    size: entry.uncompressedSize,
    offset: entry.relativeOffsetOfLocalHeader,
  };
}

/** Untrusted, as it stands in the directory. */
function nameOf(entry: yauzl.Entry): string {
  return yauzl.getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, true);
}

/** Links, devices and what else Unix has are told by the mode; a folder by its name. */
function checkKind(entry: yauzl.Entry, name: string): "file" | "folder" {
  const shown = printable(name, { width: 80 });
  const type = (entry.externalFileAttributes >>> 16) & TYPE;
  const folder = /[/\\]$/.test(name) || name === ".";
  if (type !== 0 && type !== FILE && type !== FOLDER) refuseArchive(`'${shown}' is neither file nor folder`);
  if (type === FOLDER && !folder) refuseArchive(`'${shown}' is a folder with the name of a file`);
  if (entry.generalPurposeBitFlag & ENCRYPTED) refuseArchive(`'${shown}' is encrypted`);
  if (folder && entry.uncompressedSize > 0) refuseArchive(`the folder '${shown}' has content`);
  if (!folder && entry.compressionMethod !== STORED && entry.compressionMethod !== DEFLATED) {
    refuseArchive(`'${shown}' is compressed in an unknown way`);
  }
  return folder ? "folder" : "file";
}

function folderMode(entry: yauzl.Entry): number {
  const mode = entry.externalFileAttributes >>> 16;
  return mode === 0 ? 0o777 : (mode & 0o777) | 0o700;
}

function checkLimits(files: number, folders: number, limits: ZipLimits): void {
  if (files > limits.numfiles + MORE_FILES) refuseArchive(`it holds more than the ${limits.numfiles} files announced`);
  if (folders > MAX_FOLDERS) refuseArchive("it holds too many folders");
}

function checkTotal(files: readonly DescribedFile[], { numbytes }: ZipLimits): void {
  const total = files.reduce((sum, { size }) => sum + size, 0);
  if (!(total <= numbytes + MORE_BYTES)) refuseArchive(`it holds more than the ${numbytes} bytes announced`);
}

function malformed(error: unknown): never {
  refuseArchive(`the archive is damaged (${printable(error instanceof Error ? error.message : String(error))})`);
}
