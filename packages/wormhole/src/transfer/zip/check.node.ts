/**
 * The check of a received archive before anything of it is unpacked. Only plain files and folders pass, within the limits
 * that the offer announced. A name that cannot be kept here is not a fault: it is changed, or left out.
 */
import type { FileHandle } from "node:fs/promises";
import { printable } from "../../base/printable.ts";
import { Pace } from "../files/pace.node.ts";
import type { NamePlatform } from "../names/name-rules.ts";
import { ArchiveReader } from "./archive-reader.node.ts";
import { readDirectory } from "./directory.node.ts";
import { type EntryPath, readEntryPath, type ZipEntry } from "./entry.ts";
import { DEFLATED, STORED } from "./format.ts";
import { type Announced, checkFileCount, checkTotals, maxFolders } from "./limits.ts";
import { type LocatedFile, locateContents } from "./locate.node.ts";
import { refuseDamaged, refuseHostile } from "./refusal.ts";
import { Tree, type TreeFolder } from "./tree.ts";

/** A member that is left out, and why. */
export interface LeftOut {
  /** The whole path below the root, as the archive has it. Untrusted. */
  readonly path: string;
  /** As in "its path is too long". */
  readonly reason: string;
}

/** The contents of a checked archive. */
export interface ZipTree {
  readonly root: TreeFolder;
  /** Every folder except the root. A folder comes before those in it. */
  readonly folders: readonly TreeFolder[];
  /** In the order of their contents in the archive. */
  readonly files: readonly LocatedFile[];
  readonly leftOut: readonly LeftOut[];
}

/** What an archive is checked against. */
export interface ZipLimits extends Announced {
  /** The system whose rules hold for the names. */
  readonly platform: NamePlatform;
  readonly signal?: AbortSignal;
}

const ENCRYPTED = 0x0001;
const TYPE = 0o170000;
const FOLDER = 0o040000;
const FILE = 0o100000;

/**
 * Checks an archive completely, and returns its contents.
 * @throws {TransferError} with the first fault that is found: `damaged`, or `name-refused` if no honest program made it
 */
export async function checkArchive(archive: FileHandle, limits: ZipLimits): Promise<ZipTree> {
  const reader = new ArchiveReader(archive.fd, (await archive.stat()).size);
  const entries: ZipEntry[] = [];
  const leftOut: LeftOut[] = [];
  const pace = new Pace(limits.signal);
  const total = { files: 0, bytes: 0 };
  for (const entry of readDirectory(reader)) {
    const path = readEntryPath(entry.name);
    checkKind(entry, path);
    if (!path.isFolder) total.files += 1;
    checkFileCount(total.files, limits);
    total.bytes += entry.size;
    if (path.isTooLong) leftOut.push({ path: entry.name, reason: "its path is too long" });
    else entries.push(entry);
    await pace.pauseIfDue();
  }
  checkTotals(total.files, total.bytes, limits);
  // The files that are there set the limit of folders: an offer may announce any number.
  const tree = new Tree(maxFolders(total.files));
  for (const entry of entries) {
    const { isFolder, names } = readEntryPath(entry.name);
    if (isFolder) tree.addFolder(names, entry);
    else tree.addFile(names, entry);
    await pace.pauseIfDue();
  }
  tree.chooseNames(limits.platform);
  return { root: tree.root, folders: tree.folders, files: await locateContents(reader, tree.files, pace), leftOut };
}

/** Refuses everything but files and folders. The name marks a folder; the mode, a link or a device. */
function checkKind(entry: ZipEntry, { isFolder }: EntryPath): void {
  const shown = () => printable(entry.name, { width: 80 });
  const type = entry.mode & TYPE;
  if (type !== 0 && type !== FILE && type !== FOLDER) refuseHostile(`'${shown()}' is neither a file nor a folder`);
  if (type === FOLDER && !isFolder) refuseHostile(`'${shown()}' is a folder with the name of a file`);
  if (entry.flags & ENCRYPTED) refuseDamaged(`'${shown()}' is encrypted`);
  if (isFolder && entry.size > 0) refuseHostile(`the folder '${shown()}' has content`);
  if (!isFolder && entry.method !== STORED && entry.method !== DEFLATED) {
    refuseDamaged(`'${shown()}' is compressed in an unknown way`);
  }
}
