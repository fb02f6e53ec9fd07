/** Writing the archive of a folder, piece by piece while it is sent. */
import { closeSync, readSync } from "node:fs";
import { crc32 } from "node:zlib";
import type { MemberFiles } from "../reading/open-member.node.ts";
import { type Buffers, newBuffers, readExactly, sourceChanged, sourceUnreadable } from "../reading/read-file.node.ts";
import type { FolderMember } from "../reading/scanned-folder.node.ts";
import { PIECE_BYTES } from "../source.ts";
import { centralHeader, dataDescriptor, endRecords, localHeader, memberBytes } from "./format.ts";

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
  appendFile(file: FolderMember, files: MemberFiles): number {
    const content = this.#memory.subarray(this.#length, this.#length + file.size);
    if (file.content === undefined) readWhole(file, content, files);
    else content.set(file.content);
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
 * @throws {LocalError} `source-changed` if a member is gone, is another file, has become shorter, or cannot be read
 */
export async function* zipPieces(
  members: readonly FolderMember[],
  files: MemberFiles,
): AsyncGenerator<Uint8Array, void, void> {
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
    if (small) checksum = slab.appendFile(member, files);
    else {
      yield slab.take();
      for await (const piece of largeFile(member, files, buffers)) {
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
    offset += memberBytes(member);
  }
  const end = endRecords(members.length, size, offset);
  if (!slab.hasRoomFor(end.length)) yield slab.take();
  slab.append(end);
  yield slab.take();
}

/** Reads a small file. */
function readWhole(member: FolderMember, target: Uint8Array, files: MemberFiles): void {
  const file = files.open(member);
  try {
    for (let done = 0; done < target.length; ) {
      const length = readSync(file, target, done, target.length - done, done);
      if (length === 0) sourceChanged(files.shown(member), "has become shorter");
      done += length;
    }
  } catch (error) {
    sourceUnreadable(files.shown(member), error);
  } finally {
    closeSync(file);
  }
}

/** Yields the pieces of a large file. */
async function* largeFile(member: FolderMember, files: MemberFiles, buffers: Buffers): AsyncGenerator<Uint8Array> {
  if (member.content !== undefined) return yield* piecesOf(member.content);
  const file = await files.openLarge(member);
  try {
    yield* readExactly(file, member.size, { shown: files.shown(member), buffers, grown: () => files.grown(member) });
  } finally {
    await file.close();
  }
}

/** Cuts bytes into pieces. */
export function* piecesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES);
}
