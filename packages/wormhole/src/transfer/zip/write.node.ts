import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { open } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { printable } from "../../base/printable.ts";
import { UnsendableFileError } from "../../errors.ts";
import { newBuffers, OPEN_FLAGS, PIECE, readExactly, unreadable } from "../files/read-file.node.ts";
import type { Found } from "../files/scan-folder.node.ts";
import { centralHeader, dataDescriptor, endRecords, localHeader } from "./format.ts";

/** A file of this size is read at once: thousands of small files would spend their time on promises. */
const SMALL = 64 * 1024;
/** Small files in one piece: more would hold up everything else for too long. */
const MAX_FILES_A_PIECE = 500;

/** Gathers records and small files until a piece is full. */
class Slab {
  readonly #memory = new Uint8Array(PIECE);
  #length = 0;
  #files = 0;

  hasRoomFor(bytes: number): boolean {
    return this.#length + bytes <= PIECE && this.#files < MAX_FILES_A_PIECE;
  }

  append(record: Uint8Array): void {
    this.#memory.set(record, this.#length);
    this.#length += record.length;
  }

  /** Appends a file's content; gives its checksum. */
  appendFile(found: Found): number {
    const content = this.#memory.subarray(this.#length, this.#length + found.size);
    readWhole(found, content);
    this.#length += found.size;
    this.#files += 1;
    return crc32(content);
  }

  take(): Uint8Array {
    const piece = this.#memory.subarray(0, this.#length);
    this.#length = 0;
    this.#files = 0;
    return piece;
  }
}

/**
 * The archive, in pieces that are valid until the next is asked for. Together they have exactly `zipSize(members)`
 * bytes.
 * @throws {UnsendableFileError} if a member has vanished, has another size by now, or cannot be read
 */
export async function* zipPieces(members: readonly Found[]): AsyncGenerator<Uint8Array, void, void> {
  const slab = new Slab();
  const checksums = new Uint32Array(members.length);
  const buffers = newBuffers();
  for (const [index, member] of members.entries()) {
    const header = localHeader(member);
    const small = member.size <= SMALL;
    // Room for the descriptor, too.
    if (!slab.hasRoomFor(header.length + (small ? member.size : 0) + 24)) yield slab.take();
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

function* directoryPieces(slab: Slab, members: readonly Found[], checksums: Uint32Array): Generator<Uint8Array> {
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

/** Reads a small file, whose size must still be what it was. */
function readWhole({ location, path, size }: Found, target: Uint8Array): void {
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

async function* largeFile({ location, path, size }: Found, buffers: [Uint8Array, Uint8Array]) {
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
