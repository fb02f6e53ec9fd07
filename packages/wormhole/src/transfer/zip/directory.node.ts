/**
 * The directory at the end of a received archive, read strictly: the records at the end, the number of entries and the
 * bytes of the directory must agree. Otherwise, different programs would find different files in it.
 *
 * The format is specified in PKWARE's APPNOTE.TXT.
 */
import { crc32 } from "node:zlib";
import { hasRawBytes, nameOfBytes } from "../names/name-bytes.ts";
import type { ArchiveReader } from "./archive-reader.node.ts";
import type { ZipEntry } from "./entry.ts";
import { refuseDamaged } from "./refusal.ts";

/** Where the directory is, and how many entries it has. */
interface Directory {
  readonly start: number;
  readonly end: number;
  readonly entries: number;
}

const SIGNATURE = { central: 0x02014b50, end: 0x06054b50, end64: 0x06064b50, locator64: 0x07064b50 };
const BYTES = { central: 46, end: 22, end64: 56, locator64: 20 };
const EXTRA = { zip64: 1, time: 0x5455, unicodePath: 0x7075 };
const MAX16 = 0xffff;
const MAX32 = 0xffffffff;
/** The end record is found in this many bytes, so a comment after it may be nearly as long. */
const TAIL_BYTES = 64 * 1024;

/**
 * Yields the entries in the order of the directory.
 * @throws {TransferError} if the archive has no directory, or one that does not agree with its end
 */
export function* readDirectory(archive: ArchiveReader): Generator<ZipEntry, void, void> {
  const { start, end, entries } = findDirectory(archive);
  let position = start;
  for (let read = 0; read < entries; read++) {
    if (position === end) refuseDamaged("its directory has fewer entries than it says");
    const { entry, next } = readEntry(archive, position, end);
    yield entry;
    position = next;
  }
  if (position !== end) refuseDamaged("its directory has more entries than it says");
}

function findDirectory(archive: ArchiveReader): Directory {
  const tailStart = Math.max(0, archive.size - TAIL_BYTES);
  const tail = Buffer.from(archive.at(tailStart, TAIL_BYTES));
  const at = findEndRecord(tail);
  const view = viewOf(tail.subarray(at, at + BYTES.end));
  const disks = view.getUint32(4, true);
  const entries = view.getUint16(10, true);
  if (disks !== 0 || view.getUint16(8, true) !== entries) refuseDamaged("it is a part of a larger archive");
  const found = { entries, size: view.getUint32(12, true), start: view.getUint32(16, true), end: tailStart + at };
  const { size, ...directory } = zip64Directory(archive, found) ?? found;
  if (directory.start + size !== directory.end) refuseDamaged("its directory is not where its end says");
  return directory;
}

/** Returns the position of the last record whose comment reaches to the end of the archive. */
function findEndRecord(tail: Uint8Array): number {
  const view = viewOf(tail);
  for (let at = tail.length - BYTES.end; at >= 0; at--) {
    if (view.getUint32(at, true) !== SIGNATURE.end) continue;
    if (at + BYTES.end + view.getUint16(at + 20, true) === tail.length) return at;
  }
  return refuseDamaged("its end is missing");
}

type Found = Directory & { readonly size: number };

/** Reads the record for large archives. Undefined if there is no such record. */
function zip64Directory(archive: ArchiveReader, small: Found): Found | undefined {
  const locator = exactly(archive, small.end - BYTES.locator64, BYTES.locator64);
  if (locator?.getUint32(0, true) !== SIGNATURE.locator64) return undefined;
  const end = large(locator, 8);
  const record = exactly(archive, end, BYTES.end64);
  if (record?.getUint32(0, true) !== SIGNATURE.end64) refuseDamaged("its end is missing");
  const bytes = 12 + large(record, 4);
  const found = { entries: large(record, 32), size: large(record, 40), start: large(record, 48), end };
  const agrees =
    end + bytes === small.end - BYTES.locator64 &&
    large(record, 24) === found.entries &&
    matches(small.entries, found.entries, MAX16) &&
    matches(small.size, found.size, MAX32) &&
    matches(small.start, found.start, MAX32);
  return agrees ? found : refuseDamaged("it has two different ends");
}

/** Whether the small field is equal to the large one, or refers to it. */
const matches = (small: number, large: number, reference: number): boolean => small === large || small === reference;

function readEntry(archive: ArchiveReader, position: number, end: number): { entry: ZipEntry; next: number } {
  const header = exactly(archive, position, BYTES.central) ?? refuseDamaged("its directory is cut off");
  if (header.getUint32(0, true) !== SIGNATURE.central) refuseDamaged("its directory is damaged");
  const u16 = (at: number) => header.getUint16(at, true);
  const u32 = (at: number) => header.getUint32(at, true);
  const fixed = { flags: u16(8), method: u16(10), crc32: u32(16), mode: u16(40) };
  const dosTime = dateOfDos(u16(14), u16(12));
  const sizes = { size: u32(24), compressedSize: u32(20), offset: u32(42) };
  const nameAt = position + BYTES.central;
  const [nameLength, extraLength, commentLength] = [u16(28), u16(30), u16(32)];
  const next = nameAt + nameLength + extraLength + commentLength;
  if (next > end) refuseDamaged("its directory is cut off");
  // Each call of `at` reuses the memory of the one before.
  const name = Buffer.from(archive.at(nameAt, nameLength));
  const extras = readExtras(Buffer.from(archive.at(nameAt + nameLength, extraLength)));
  const entry = {
    ...fixed,
    ...largeSizes(sizes, extras.get(EXTRA.zip64)),
    rawName: name.toString("latin1"),
    name: unicodePath(name, extras.get(EXTRA.unicodePath)) ?? nameOfBytes(name),
    modified: extendedTime(extras.get(EXTRA.time)) ?? dosTime,
  };
  return { entry, next };
}

/** The extra fields of an entry by their id. Only the first one of each counts. */
function readExtras(bytes: Uint8Array): Map<number, DataView> {
  const fields = new Map<number, DataView>();
  const view = viewOf(bytes);
  for (let at = 0; at + 4 <= bytes.length; ) {
    const id = view.getUint16(at, true);
    const end = at + 4 + view.getUint16(at + 2, true);
    if (end > bytes.length) refuseDamaged("its directory is cut off");
    if (!fields.has(id)) fields.set(id, viewOf(bytes.subarray(at + 4, end)));
    at = end;
  }
  return fields;
}

type Sizes = Pick<ZipEntry, "size" | "compressedSize" | "offset">;

/** Replaces the values that refer to the field for large files. They stand there in this order. */
function largeSizes(small: Sizes, field: DataView | undefined): Sizes {
  let at = 0;
  const resolve = (value: number): number => {
    if (value !== MAX32) return value;
    at += 8;
    return field !== undefined && at <= field.byteLength
      ? large(field, at - 8)
      : refuseDamaged("it has no size for a large file");
  };
  return { size: resolve(small.size), compressedSize: resolve(small.compressedSize), offset: resolve(small.offset) };
}

/**
 * The name in Unicode that some programs store beside one in another character set. It counts only if it was made for the
 * bytes of the name: otherwise the entry was renamed by a program that does not know the field.
 */
function unicodePath(name: Uint8Array, field: DataView | undefined): string | undefined {
  if (field === undefined || field.byteLength < 5 || field.getUint8(0) !== 1) return undefined;
  if (field.getUint32(1, true) !== crc32(name)) return undefined;
  const path = nameOfBytes(new Uint8Array(field.buffer, field.byteOffset + 5, field.byteLength - 5));
  return path === "" || hasRawBytes(path) ? undefined : path;
}

/** The time of the last change in seconds since 1970, which newer programs store. */
function extendedTime(field: DataView | undefined): Date | undefined {
  if (field === undefined || field.byteLength < 5 || !(field.getUint8(0) & 1)) return undefined;
  return new Date(field.getInt32(1, true) * 1000);
}

/** A date of MS-DOS is local time. Programs that know no time write zeros or the first second of 1980. */
function dateOfDos(date: number, time: number): Date | undefined {
  const [month, day] = [(date >> 5) & 15, date & 31];
  const [hour, minute, second] = [time >> 11, (time >> 5) & 63, (time & 31) * 2];
  const unknown = date <= ((1 << 5) | 1) && time === 0;
  if (unknown || month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return undefined;
  return new Date(1980 + (date >> 9), month - 1, day, hour, minute, second);
}

/** A number of 64 bits. Beyond 2^53, it would not be exact. */
function large(view: DataView, at: number): number {
  const value = Number(view.getBigUint64(at, true));
  return Number.isSafeInteger(value) ? value : refuseDamaged("it claims an impossible size");
}

function exactly(archive: ArchiveReader, position: number, length: number): DataView | undefined {
  const bytes = archive.at(position, length);
  return bytes.length === length ? viewOf(bytes) : undefined;
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
