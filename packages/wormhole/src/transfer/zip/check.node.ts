/**
 * The check of a received archive before anything of it is unpacked. Only plain files and folders with safe names pass,
 * within the limits that the offer announced.
 */
import type { FileHandle } from "node:fs/promises";
import yauzl from "yauzl";
import { printable } from "../../base/printable.ts";
import { Pace } from "../files/pace.node.ts";
import { type SafeName, safePath } from "../files/safe-name.ts";
import { DEFLATED, STORED } from "./format.ts";
import { HeaderReader } from "./header-reader.node.ts";
import { type DescribedFile, type LocatedFile, locateContents } from "./locate.node.ts";
import { refuseArchive, TreeNames } from "./tree-names.ts";

/** The contents of a checked archive. */
export interface ZipTree {
  /** Every folder except the root, with its permissions. A folder comes before those in it. */
  readonly folders: ReadonlyMap<string, { readonly path: readonly SafeName[]; readonly mode: number }>;
  /** In the order of their contents in the archive. */
  readonly files: readonly LocatedFile[];
}

/** The limits of an archive's contents. */
export interface ZipLimits {
  /** Bytes of all files together, as the offer announced. */
  readonly numbytes: number;
  /** Files, as the offer announced. */
  readonly numfiles: number;
  /** Whether names must be plain on every system, and may not differ only in upper and lower case. */
  readonly portable: boolean;
  readonly signal?: AbortSignal;
}

/** Tolerated beyond the announced bytes. Old programs count before they pack, and a folder may change in between. */
const EXTRA_BYTES = 64 * 1024;
/** Tolerated beyond the announced files, for the same reason. */
const EXTRA_FILES = 100;
/** A folder costs a few bytes in the archive and far more on the disk. */
const MAX_FOLDERS = 1_000_000;

const ENCRYPTED = 0x0001;
const TYPE = 0o170000;
const FOLDER = 0o040000;
const FILE = 0o100000;

/**
 * Checks an archive completely, and returns its contents.
 * @throws {TransferError} with the first fault that is found
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
    await pace.pauseIfDue();
  }
  checkTotal(files, limits);
  return { folders: names.folders, files: await locateContents(reader, files, pace) };
}

/** The part of an entry that is needed later. Whole entries of large archives would take megabytes. */
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

/** The name in the directory of the archive. Untrusted. */
function nameOf(entry: yauzl.Entry): string {
  return yauzl.getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, true);
}

/** Distinguishes files from folders, and refuses all other kinds. The name marks a folder; the mode, a link or device. */
function checkKind(entry: yauzl.Entry, name: string): "file" | "folder" {
  const shown = printable(name, { width: 80 });
  const type = (entry.externalFileAttributes >>> 16) & TYPE;
  const folder = /[/\\]$/.test(name) || name === ".";
  if (type !== 0 && type !== FILE && type !== FOLDER) refuseArchive(`'${shown}' is neither a file nor a folder`);
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
  if (files > limits.numfiles + EXTRA_FILES) refuseArchive(`it holds more than the ${limits.numfiles} files announced`);
  if (folders > MAX_FOLDERS) refuseArchive("it holds too many folders");
}

function checkTotal(files: readonly DescribedFile[], { numbytes }: ZipLimits): void {
  const total = files.reduce((sum, { size }) => sum + size, 0);
  if (!(total <= numbytes + EXTRA_BYTES)) refuseArchive(`it holds more than the ${numbytes} bytes announced`);
}

function malformed(error: unknown): never {
  refuseArchive(`the archive is damaged (${printable(error instanceof Error ? error.message : String(error))})`);
}
