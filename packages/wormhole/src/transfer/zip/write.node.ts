/** Writing the archive of a folder, piece by piece while it is sent. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { open } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { printable } from "../../base/printable.ts";
import { UnsendableFileError } from "../../errors.ts";
import { type Buffers, newBuffers, OPEN_FLAGS, PIECE_BYTES, readExactly, unreadable } from "../files/read-file.node.ts";
import type { FolderMember } from "../files/scan-folder.node.ts";
import { centralHeader, dataDescriptor, endRecords, localHeader } from "./format.ts";

/** Files up to this size are read synchronously: for thousands of them, promises would take most of the time. */
const SMALL_FILE_BYTES = 64 * 1024;
/** Bytes of the longest data descriptor. */
const MAX_DESCRIPTOR_BYTES = 24;
/** The most small files in one piece. With more, reading them would block the event loop for too long. */
const MAX_FILES_PER_PIECE = 500;

/** Collects records and small files until a piece is full. */
class Slab {
  readonly #memory = new Uint8Array(PIECE_BYTES);
  #length = 0;
  #files = 0;

  hasRoomFor(bytes: number): boolean {
    return this.#length + bytes <= PIECE_BYTES && this.#files < MAX_FILES_PER_PIECE;
  }

  append(record: Uint8Array): void {
    this.#memory.set(record, this.#length);
    this.#length += record.length;
  }

  /** Appends the content of a file. Returns its checksum. */
  appendFile(file: FolderMember): number {
    const content = this.#memory.subarray(this.#length, this.#length + file.size);
    readWhole(file, content);
    this.#length += file.size;
    this.#files += 1;
    return crc32(content);
  }

  /** Returns the piece, and starts the next one in the same memory. */
  take(): Uint8Array {
    const piece = this.#memory.subarray(0, this.#length);
    this.#length = 0;
    this.#files = 0;
    return piece;
  }
}

/**
 * Yields the archive in pieces. A piece is valid until the next one is requested. Together they have exactly
 * `zipSize(members)` bytes.
 * @throws {UnsendableFileError} if a member is gone, has changed its size, or cannot be read
 */
export async function* zipPieces(members: readonly FolderMember[]): AsyncGenerator<Uint8Array, void, void> {
  const slab = new Slab();
  const checksums = new Uint32Array(members.length);
  const buffers = newBuffers();
  for (const [index, member] of members.entries()) {
    const header = localHeader(member);
    const small = member.size <= SMALL_FILE_BYTES;
    const needed = header.length + (small ? member.size : 0) + MAX_DESCRIPTOR_BYTES;
    if (!slab.hasRoomFor(needed)) yield slab.take();
    slab.append(header);
    let checksum = 0;
    if (member.path.endsWith("/")) continue;
    if (small) checksum = slab.appendFile(member);
    else {
      yield slab.take();
      for await (const piece of largeFile(member, buffers)) {
        checksum = crc32(piece, checksum);
        yield piece;
      }
    }
    slab.append(dataDescriptor(member, checksum));
    checksums[index] = checksum;
  }
  yield* directoryPieces(slab, members, checksums);
}

function* directoryPieces(slab: Slab, members: readonly FolderMember[], checksums: Uint32Array): Generator<Uint8Array> {
  let offset = 0;
  let size = 0;
  for (const [index, member] of members.entries()) {
    const checksum = checksums[index] ?? 0;
    const record = centralHeader(member, checksum, offset);
    if (!slab.hasRoomFor(record.length)) yield slab.take();
    slab.append(record);
    size += record.length;
    offset += localHeader(member).length + member.size + dataDescriptor(member, checksum).length;
  }
  const end = endRecords(members.length, size, offset);
  if (!slab.hasRoomFor(end.length)) yield slab.take();
  slab.append(end);
  yield slab.take();
}

/** Reads a small file. Its size must be unchanged. */
function readWhole({ location, path, size }: FolderMember, target: Uint8Array): void {
  let file: number | undefined;
  try {
    file = openSync(location, OPEN_FLAGS);
    const stats = fstatSync(file);
    if (!stats.isFile() || stats.size !== size) throw changed(path);
    let read = 0;
    while (read < size) {
      const length = readSync(file, target, read, size - read, read);
      if (length === 0) throw changed(path);
      read += length;
    }
  } catch (error) {
    if (error instanceof UnsendableFileError) throw error;
    unreadable(path, error);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

async function* largeFile({ location, path, size }: FolderMember, buffers: Buffers) {
  const file = await open(location, OPEN_FLAGS).catch((error: unknown) => unreadable(path, error));
  try {
    if (!(await file.stat()).isFile()) throw changed(path);
    yield* readExactly(file, size, path, buffers);
  } finally {
    await file.close();
  }
}

const changed = (path: string) =>
  new UnsendableFileError(path, `'${printable(path)}' changed while the folder was being sent.`);
