/** Unpacking a received archive. */
import { closeSync, mkdirSync, readSync, write, writeSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { pipeline } from "node:stream";
import { promisify } from "node:util";
import { crc32, createInflateRaw, inflateRawSync } from "node:zlib";
import { codeOf } from "../../base/caught.ts";
import { printable } from "../../base/printable.ts";
import { Pace } from "../files/pace.node.ts";
import { decodeName, encodeName } from "../names/name-bytes.node.ts";
import type { NamePlatform } from "../names/name-rules.ts";
import { checkArchive, type LeftOut, type ZipLimits } from "./check.node.ts";
import { createFile, createFolder, fillableMode, finishFolder, keepTime } from "./create.node.ts";
import { DEFLATED } from "./format.ts";
import type { LocatedFile } from "./locate.node.ts";
import { refuseDamaged } from "./refusal.ts";
import { offeredPath, storedPath, type TreeFolder, type TreeMember } from "./tree.ts";

/** Files up to this size are unpacked synchronously: for thousands of them, promises would take most of the time. */
const SMALL_FILE_BYTES = 256 * 1024;

const writeAsync = promisify(write);

/** What an unpacked folder has, and has not. Paths are relative to it, and untrusted. */
export interface Unpacked {
  /** Files and folders that this system cannot keep. Everything else has been unpacked. */
  readonly leftOut: readonly LeftOut[];
  /** Files and folders whose own names have changed. */
  readonly renamed: readonly { readonly path: string; readonly storedAs: string }[];
}

/**
 * Unpacks an archive into the folder `tree`, which must not exist yet, after everything in it has been checked. The
 * parent folder must be private, so that no other user can create links in it.
 * @throws {TransferError} if the archive is refused or damaged
 * @throws the system's error if a file cannot be stored
 */
export async function unpack(
  archivePath: string | Buffer,
  tree: string | Buffer,
  limits: ZipLimits,
): Promise<Unpacked> {
  await using archive = await open(archivePath);
  const checked = await checkArchive(archive, limits);
  const unpacking = new Unpacking(archive, typeof tree === "string" ? tree : decodeName(tree), limits);
  await unpacking.run(checked.root, checked.folders, checked.files);
  return { leftOut: [...checked.leftOut, ...unpacking.leftOut], renamed: unpacking.renamed };
}

class Unpacking {
  readonly leftOut: LeftOut[] = [];
  readonly renamed: { path: string; storedAs: string }[] = [];
  readonly #archive: FileHandle;
  readonly #platform: NamePlatform;
  readonly #signal: AbortSignal | undefined;
  /** The paths of the folders that exist. */
  readonly #places = new Map<TreeFolder, string>();
  readonly #tree: string;

  constructor(archive: FileHandle, tree: string, { platform, signal }: ZipLimits) {
    this.#archive = archive;
    this.#tree = tree;
    this.#platform = platform;
    this.#signal = signal;
  }

  async run(root: TreeFolder, folders: readonly TreeFolder[], files: readonly LocatedFile[]): Promise<void> {
    const pace = new Pace(this.#signal);
    mkdirSync(encodeName(this.#tree), fillableMode(root));
    this.#places.set(root, this.#tree);
    for (const folder of folders) {
      this.#addFolder(folder);
      await pace.pauseIfDue();
    }
    for (const located of files) {
      await this.#addFile(located);
      await pace.pauseIfDue();
    }
    // Last, because new members change the time of a folder, and may be forbidden by its permissions.
    for (const [folder, place] of this.#places) {
      finishFolder(place, folder);
      await pace.pauseIfDue();
    }
  }

  #addFolder(folder: TreeFolder): void {
    const place = this.#create(folder, (parent) => createFolder(parent, folder, this.#platform));
    if (place !== undefined) this.#places.set(folder, place);
  }

  async #addFile(located: LocatedFile): Promise<void> {
    const { file } = located;
    const target = this.#create(file, (parent) => createFile(parent, file, this.#platform));
    if (target === undefined) return;
    try {
      const { size, compressedSize, modified } = file.entry;
      if (Math.max(size, compressedSize) <= SMALL_FILE_BYTES) unpackSmall(this.#archive.fd, located, target);
      else await unpackLarge(this.#archive, located, target, this.#signal);
      if (modified !== undefined) keepTime(target, modified);
    } finally {
      closeSync(target);
    }
  }

  /** Creates a member, or leaves it out if its folder is left out or no name for it can be stored. */
  #create<T>(member: TreeMember, create: (parent: string) => T | undefined): T | undefined {
    const parent = member.parent && this.#places.get(member.parent);
    const created = parent === undefined ? undefined : create(parent);
    if (created === undefined) {
      const reason = parent === undefined ? "its folder is left out" : "this system cannot store its name or path";
      this.leftOut.push({ path: offeredPath(member), reason });
    } else if (member.storedAs !== member.name) {
      this.renamed.push({ path: offeredPath(member), storedAs: storedPath(member) });
    }
    return created;
  }
}

function damaged({ file }: LocatedFile): never {
  refuseDamaged(`'${printable(offeredPath(file), { width: 80 })}' is damaged`);
}

function unpackSmall(archive: number, located: LocatedFile, target: number): void {
  const { size, compressedSize, method, crc32: checksum } = located.file.entry;
  const packed = new Uint8Array(compressedSize);
  if (readSync(archive, packed, 0, packed.length, located.start) !== packed.length) damaged(located);
  const content = method === DEFLATED ? inflate(packed, located) : packed;
  if (content.length !== size || crc32(content) !== checksum) damaged(located);
  for (let done = 0; done < content.length; ) done += writeSync(target, content, done);
}

function inflate(packed: Uint8Array, located: LocatedFile): Uint8Array {
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(located.file.entry.size, 1) });
  } catch {
    return damaged(located);
  }
}

async function unpackLarge(
  archive: FileHandle,
  located: LocatedFile,
  target: number,
  signal?: AbortSignal,
): Promise<void> {
  const { entry } = located.file;
  let size = 0;
  let checksum = 0;
  for await (const chunk of contentOf(archive, located)) {
    signal?.throwIfAborted();
    size += chunk.length;
    // The first excess byte is an error, so that an archive bomb is never unpacked.
    if (size > entry.size) damaged(located);
    checksum = crc32(chunk, checksum);
    for (let done = 0; done < chunk.length; ) done += (await writeAsync(target, chunk, done)).bytesWritten;
  }
  if (size !== entry.size || checksum !== entry.crc32) damaged(located);
}

async function* contentOf(archive: FileHandle, located: LocatedFile): AsyncGenerator<Uint8Array> {
  const { compressedSize, method } = located.file.entry;
  if (compressedSize === 0) return;
  const packed = archive.createReadStream({
    start: located.start,
    end: located.start + compressedSize - 1,
    highWaterMark: SMALL_FILE_BYTES,
    autoClose: false,
  });
  if (method !== DEFLATED) return yield* packed;
  try {
    yield* pipeline(packed, createInflateRaw({ chunkSize: SMALL_FILE_BYTES }), () => {});
  } catch (error) {
    if (codeOf(error)?.startsWith("Z_")) damaged(located);
    throw error;
  }
}
