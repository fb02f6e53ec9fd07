/** Unpacking a received archive. */
import { closeSync, createReadStream, mkdirSync, openSync, readSync, writeSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream";
import { crc32, createInflateRaw, inflateRawSync } from "node:zlib";
import { printable } from "../../base/printable.ts";
import { Pace } from "../files/pace.node.ts";
import type { SafeName } from "../files/safe-name.ts";
import { NEW_FILE } from "../files/spool.node.ts";
import { checkArchive, type ZipLimits } from "./check.node.ts";
import { DEFLATED } from "./format.ts";
import type { LocatedFile } from "./locate.node.ts";
import { refuseArchive } from "./tree-names.ts";

/** Files up to this size are unpacked synchronously: for thousands of them, promises would take most of the time. */
const SMALL_FILE_BYTES = 256 * 1024;

/**
 * Unpacks an archive into the folder `tree`, which must not exist yet, after everything in it has been checked. The
 * parent folder must be private, so that no other user can create links in it.
 * @throws {TransferError} if the archive is refused or damaged
 * @throws the system's error if a file cannot be stored
 */
export async function unpack(archivePath: string, tree: string, limits: ZipLimits): Promise<void> {
  await using archive = await open(archivePath);
  const { folders, files } = await checkArchive(archive, limits);
  const pace = new Pace(limits.signal);
  mkdirSync(tree);
  for (const { path, mode } of folders.values()) {
    mkdirSync(pathOf(tree, path), { mode });
    await pace.pauseIfDue();
  }
  for (const file of files) {
    if (Math.max(file.size, file.compressedSize) <= SMALL_FILE_BYTES) unpackSmall(archive.fd, file, tree);
    else await unpackLarge(archivePath, file, tree, limits.signal);
    await pace.pauseIfDue();
  }
}

const pathOf = (tree: string, path: readonly SafeName[]): string => join(tree, ...path);

function damaged({ path }: LocatedFile): never {
  refuseArchive(`'${printable(path.join("/"), { width: 80 })}' is damaged`);
}

function unpackSmall(archive: number, file: LocatedFile, tree: string): void {
  const packed = new Uint8Array(file.compressedSize);
  if (readSync(archive, packed, 0, packed.length, file.start) !== packed.length) damaged(file);
  const content = file.method === DEFLATED ? inflate(packed, file) : packed;
  if (content.length !== file.size || crc32(content) !== file.crc32) damaged(file);
  const target = openSync(pathOf(tree, file.path), NEW_FILE, file.mode);
  try {
    for (let done = 0; done < content.length; ) done += writeSync(target, content, done);
  } finally {
    closeSync(target);
  }
}

function inflate(packed: Uint8Array, file: LocatedFile): Uint8Array {
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(file.size, 1) });
  } catch {
    return damaged(file);
  }
}

async function unpackLarge(archivePath: string, file: LocatedFile, tree: string, signal?: AbortSignal): Promise<void> {
  await using target = await open(pathOf(tree, file.path), NEW_FILE, file.mode);
  let size = 0;
  let checksum = 0;
  for await (const chunk of contentOf(archivePath, file)) {
    signal?.throwIfAborted();
    size += chunk.length;
    // The first excess byte is an error, so that an archive bomb is never unpacked.
    if (size > file.size) damaged(file);
    checksum = crc32(chunk, checksum);
    for (let done = 0; done < chunk.length; ) done += (await target.write(chunk, done)).bytesWritten;
  }
  if (size !== file.size || checksum !== file.crc32) damaged(file);
}

async function* contentOf(archivePath: string, file: LocatedFile): AsyncGenerator<Uint8Array> {
  if (file.compressedSize === 0) return;
  const packed = createReadStream(archivePath, {
    start: file.start,
    end: file.start + file.compressedSize - 1,
    highWaterMark: SMALL_FILE_BYTES,
  });
  if (file.method !== DEFLATED) return yield* packed;
  try {
    yield* pipeline(packed, createInflateRaw({ chunkSize: SMALL_FILE_BYTES }), () => {});
  } catch (error) {
    if (error instanceof Error && "code" in error && String(error.code).startsWith("Z_")) damaged(file);
    throw error;
  }
}
