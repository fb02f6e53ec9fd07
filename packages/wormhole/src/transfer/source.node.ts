/** Files, folders and block devices as sources. */
import { constants, type Stats } from "node:fs";
import { type FileHandle, open, readlink, stat } from "node:fs/promises";
import { codeOf } from "../base/caught.ts";
import type { JsonObject } from "../base/json.ts";
import { UnsendableFileError } from "../errors.ts";
import { decodeName, encodeName } from "./names/name-bytes.node.ts";
import { UnportableNames } from "./names/unportable-names.ts";
import { deviceSize } from "./reading/device-size.node.ts";
import { givenPath, nameOfPath } from "./reading/given-path.node.ts";
import { quote } from "./reading/offenders.ts";
import { MemberFiles } from "./reading/open-member.node.ts";
import { readExactly, unreadable, unsendableKind } from "./reading/read-file.node.ts";
import { scanFolder } from "./reading/scan-folder.node.ts";
import type { FolderMember, ScannedFolder } from "./reading/scanned-folder.node.ts";
import { readUnsized } from "./reading/unsized-file.node.ts";
import { isOurs } from "./roles.ts";
import type { OfferedBytes, Source, SourceReport } from "./source.ts";
import { zipSize } from "./zip/format.ts";
import { maxFolders } from "./zip/limits.ts";
import { piecesOf, zipPieces } from "./zip/write.node.ts";

/** How a path is opened. */
export interface OpenOptions {
  readonly ignoreUnsendable?: boolean | undefined;
  readonly followLinks?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with what a person should know, while the source is opened and while it is read. */
  readonly report?: SourceReport;
}

/** Notices of one kind that are reported. A folder may hold a million files. */
const MAX_NOTICES = 100;

/**
 * Opens a file, a folder, a block device, or a symbolic link to one of them. It is offered under the last component of
 * the path, even if that is a link.
 * @throws {UnsendableFileError} if it does not exist, cannot be read, or is something else
 * @throws {TypeError} if the path has the wrong type
 */
export async function openSource(given: string | URL, options: OpenOptions = {}): Promise<Source> {
  const path = givenPath(given);
  // Checked before it is opened, because opening a pipe already affects the program at its other end.
  const stats = await stat(encodeName(path)).catch((error: unknown) => missing(path, error));
  const kind = unsendableKind(stats);
  if (kind !== undefined) throw new UnsendableFileError(path, `${quote(path)} cannot be sent: it is ${kind}.`);
  const name = requireName(path);
  return stats.isDirectory() ? openFolder(path, name, options) : openFile(path, name, options);
}

/** Says where a link leads that leads nowhere: listings show the link, so "it does not exist" would seem untrue. */
async function missing(path: string, error: unknown): Promise<never> {
  const target = await readlink(encodeName(path), "buffer").catch(() => undefined);
  if (target === undefined || codeOf(error) !== "ENOENT") unreadable(path, error);
  const message = `${quote(path)} cannot be sent: it is a link to ${quote(decodeName(target))}, which does not exist.`;
  throw new UnsendableFileError(path, message, { cause: error });
}

function requireName(path: string): string {
  try {
    const name = nameOfPath(path);
    if (name !== "") return name;
  } catch (error) {
    unreadable(path, error);
  }
  throw new UnsendableFileError(path, "The root of a file system cannot be sent: it has no name.");
}

async function openFile(path: string, name: string, { report }: OpenOptions): Promise<Source> {
  const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
  const file = await open(encodeName(path), flags).catch((error: unknown) => unreadable(path, error));
  try {
    const { size, content } = await measureFile(file, path);
    const unportable = new UnportableNames();
    unportable.add(name, name);
    reportUnportable(unportable, report);
    const grown = () => report?.({ type: "notice", notice: "grown", path: name });
    const pieces = async function* () {
      if (content !== undefined) yield* piecesOf(content);
      else yield* readExactly(file, size, { shown: path, grown });
    };
    const offered: OfferedBytes = { offer: { kind: "file", filename: name, filesize: size }, size, pieces };
    return { offerTo: () => offered, close: () => file.close() };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** The size of a file or a block device, and its content if only reading tells the size. */
async function measureFile(file: FileHandle, path: string): Promise<{ size: number; content?: Uint8Array }> {
  const stats = await file.stat();
  if (stats.isBlockDevice()) return { size: await deviceSize(file) };
  if (!stats.isFile()) {
    throw new UnsendableFileError(path, `${quote(path)} cannot be sent: it is neither a file nor a folder.`);
  }
  const content = contentOf(file, path, stats);
  return content === undefined ? { size: stats.size } : { size: content.length, content };
}

function contentOf(file: FileHandle, path: string, stats: Stats): Uint8Array | undefined {
  try {
    return readUnsized(file.fd, stats);
  } catch (error) {
    return unreadable(path, error);
  }
}

async function openFolder(path: string, name: string, options: OpenOptions): Promise<Source> {
  const { ignoreUnsendable, followLinks, signal, report } = options;
  const scanned = await scanFolder(path, { ignoreUnsendable, followLinks, name, signal }).catch((error: unknown) => {
    if (error instanceof UnsendableFileError || signal?.aborted) throw error;
    return unreadable(path, error);
  });
  try {
    requireFewFolders(name, scanned);
  } catch (error) {
    scanned.root.close();
    throw error;
  }
  const { files, bytes } = scanned.repeats;
  for (const skipped of scanned.skipped) report?.({ type: "skipped", ...skipped });
  if (files > 0) report?.({ type: "notice", notice: "repeated", files, bytes });
  reportUnportable(scanned.unportable, report);
  return {
    offerTo: (versions) => offerFolder(name, scanned, versions, report),
    close: async () => scanned.root.close(),
  };
}

/** Our receivers accept no archive with more folders than its files need, so a code would be spent in vain. */
function requireFewFolders(name: string, { members, folders }: ScannedFolder): void {
  const files = members.filter(isFile).length;
  // The root is no folder of the archive.
  const held = members.length - files + folders.length - 1;
  const most = maxFolders(files);
  if (held <= most) return;
  const why = `it holds ${held} folders and ${files} files, and at most ${most} folders can come with so few files`;
  throw new UnsendableFileError(
    name,
    `${quote(name)} cannot be sent: ${why}. Pack it into one file, for example with tar.`,
  );
}

function reportUnportable({ count, paths }: UnportableNames, report?: SourceReport): void {
  if (count > 0) report?.({ type: "notice", notice: "unportable", count, paths });
}

function offerFolder(
  name: string,
  { root, members, folders }: ScannedFolder,
  versions: JsonObject,
  report?: SourceReport,
): OfferedBytes {
  const files = members.filter(isFile);
  // Entries of folders that are not empty carry their permissions and times. The Go program makes a file of each, and fails.
  const packed = isOurs(versions) ? [...members, ...folders] : members;
  const size = zipSize(packed);
  let notices = 0;
  const grown = (path: string) => {
    notices += 1;
    if (notices <= MAX_NOTICES) report?.({ type: "notice", notice: "grown", path });
  };
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
    async *pieces() {
      const opened = new MemberFiles(root, name, grown);
      try {
        yield* zipPieces(packed, opened);
      } finally {
        opened.close();
      }
    },
  };
}

const isFile = ({ path }: FolderMember): boolean => !path.endsWith("/");
