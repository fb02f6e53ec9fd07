/**
 * The records of a zip archive that is written in one pass. Members are stored, not compressed, so the size of the
 * archive is known before any content is read. Their checksums follow in data descriptors.
 *
 * Sizes and positions that do not fit 32 bits, and counts that do not fit 16 bits, are written in the ZIP64 form. The
 * format is specified in PKWARE's APPNOTE.TXT.
 */

import { bytesOfName, hasRawBytes } from "../names/name-bytes.ts";

/** A file or folder in the archive. */
export interface ZipMember {
  /** Relative, separated by `/`. The path of a folder ends with `/`. Bytes that are not UTF-8 are escaped. */
  readonly path: string;
  /** Bytes; 0 for a folder. */
  readonly size: number;
  /** As in Unix, type included: `0o100644`. */
  readonly mode: number;
  readonly modified: Date;
}

/** The method of a member that is not compressed. Archives written here have no other. */
export const STORED = 0;
/** The method of a compressed member. */
export const DEFLATED = 8;

const SIGNATURE = {
  local: 0x04034b50,
  descriptor: 0x08074b50,
  central: 0x02014b50,
  end: 0x06054b50,
  end64: 0x06064b50,
  end64Locator: 0x07064b50,
};
/** The value of a 32-bit field that refers to the ZIP64 record. */
const MAX32 = 0xffffffff;
/** The value of a 16-bit field that refers to the ZIP64 record. */
const MAX16 = 0xffff;
const VERSION = 20;
const VERSION_ZIP64 = 45;
/** "Made by Unix": only then do other programs use the modes. */
const MADE_BY = (3 << 8) | VERSION_ZIP64;
/** Flag: the name is UTF-8. */
const UTF8 = 1 << 11;
/** Flag: a data descriptor follows the content. */
const DESCRIPTOR = 1 << 3;
/** The folder bit of MS-DOS, which stands beside the Unix mode. */
const DOS_FOLDER = 0x10;

/** A record that is filled from its start. Numbers are little-endian. An archive has three records for each file. */
class RecordWriter {
  readonly bytes: Uint8Array;
  #at = 0;

  constructor(length: number) {
    this.bytes = new Uint8Array(length);
  }

  u16(...values: number[]): this {
    for (const value of values) this.#number(value, 2);
    return this;
  }

  u32(...values: number[]): this {
    for (const value of values) this.#number(value, 4);
    return this;
  }

  u64(...values: number[]): this {
    for (const value of values) this.u32(value % 2 ** 32, Math.floor(value / 2 ** 32));
    return this;
  }

  raw(bytes: Uint8Array): this {
    this.bytes.set(bytes, this.#at);
    this.#at += bytes.length;
    return this;
  }

  #number(value: number, length: 2 | 4): void {
    this.bytes[this.#at++] = value;
    this.bytes[this.#at++] = value >>> 8;
    if (length === 2) return;
    this.bytes[this.#at++] = value >>> 16;
    this.bytes[this.#at++] = value >>> 24;
  }
}

const isFolder = ({ path }: ZipMember): boolean => path.endsWith("/");
const isLarge = (size: number): boolean => size >= MAX32;
const flags = (member: ZipMember): number =>
  (hasRawBytes(member.path) ? 0 : UTF8) | (isFolder(member) ? 0 : DESCRIPTOR);

/** A date as local time in steps of two seconds, as MS-DOS has it. It is limited to the years from 1980 to 2107. */
function dosTime(modified: Date): readonly [time: number, date: number] {
  const year = modified.getFullYear();
  if (!(year >= 1980)) return [0, (1 << 5) | 1];
  if (year > 2107) return [(23 << 11) | (59 << 5) | 29, (127 << 9) | (12 << 5) | 31];
  const time = (modified.getHours() << 11) | (modified.getMinutes() << 5) | (modified.getSeconds() >> 1);
  return [time, ((year - 1980) << 9) | ((modified.getMonth() + 1) << 5) | modified.getDate()];
}

/** The latest time of a Unix time field, which has a sign. */
const MAX_UNIX_TIME = 0x7fffffff;

/** Seconds since 1970, or undefined if the field cannot hold them. */
function unixTime({ modified }: ZipMember): number | undefined {
  const seconds = Math.floor(modified.getTime() / 1000);
  return seconds >= 0 && seconds <= MAX_UNIX_TIME ? seconds : undefined;
}

/** Bytes of the extra field "UT": the time in UTC, because the time of MS-DOS has no time zone. */
const TIME_FIELD_BYTES = 9;

/** Bytes of a ZIP64 field before the content, where two sizes of zero stand for those in the descriptor. */
const LOCAL_ZIP64_BYTES = 20;
/** Bytes of a ZIP64 field in the directory: two sizes and a position. */
const CENTRAL_ZIP64_BYTES = 28;

const timeBytes = (member: ZipMember): number => (unixTime(member) === undefined ? 0 : TIME_FIELD_BYTES);

function writeTime(record: RecordWriter, member: ZipMember): Uint8Array {
  const seconds = unixTime(member);
  if (seconds !== undefined) record.u16(0x5455, 5).raw(MODIFIED_ONLY).u32(seconds);
  return record.bytes;
}

/** The flag of a "UT" field with the time of modification and no other. */
const MODIFIED_ONLY = Uint8Array.of(1);

/** The header before a member's content. */
export function localHeader(member: ZipMember): Uint8Array {
  const name = bytesOfName(member.path);
  const large = isLarge(member.size);
  const extra = (large ? LOCAL_ZIP64_BYTES : 0) + timeBytes(member);
  const unknownSize = large ? MAX32 : 0;
  const record = new RecordWriter(30 + name.length + extra)
    .u32(SIGNATURE.local)
    .u16(large ? VERSION_ZIP64 : VERSION, flags(member), STORED, ...dosTime(member.modified))
    .u32(0, unknownSize, unknownSize)
    .u16(name.length, extra)
    .raw(name);
  if (large) record.u16(1, LOCAL_ZIP64_BYTES - 4).u64(0, 0);
  return writeTime(record, member);
}

/** The record after a member's content; empty for a folder. */
export function dataDescriptor(member: ZipMember, crc: number): Uint8Array {
  const record = new RecordWriter(descriptorBytes(member));
  if (isFolder(member)) return record.bytes;
  record.u32(SIGNATURE.descriptor, crc);
  return (isLarge(member.size) ? record.u64(member.size, member.size) : record.u32(member.size, member.size)).bytes;
}

const descriptorBytes = (member: ZipMember): number => (isFolder(member) ? 0 : isLarge(member.size) ? 24 : 16);

/** A member's entry in the directory at the end. `offset` is the position of its local header. */
export function centralHeader(member: ZipMember, crc: number, offset: number): Uint8Array {
  const name = bytesOfName(member.path);
  const large = isLarge(member.size) || isLarge(offset);
  const extra = (large ? CENTRAL_ZIP64_BYTES : 0) + timeBytes(member);
  const size = large ? MAX32 : member.size;
  const attributes = member.mode * 0x10000 + (isFolder(member) ? DOS_FOLDER : 0);
  const record = new RecordWriter(46 + name.length + extra)
    .u32(SIGNATURE.central)
    .u16(MADE_BY, large ? VERSION_ZIP64 : VERSION, flags(member), STORED, ...dosTime(member.modified))
    .u32(crc, size, size)
    .u16(name.length, extra, 0, 0, 0)
    .u32(attributes, large ? MAX32 : offset)
    .raw(name);
  if (large) record.u16(1, CENTRAL_ZIP64_BYTES - 4).u64(member.size, member.size, offset);
  return writeTime(record, member);
}

/** The last records of the archive. `size` and `offset` are those of the directory. */
export function endRecords(members: number, size: number, offset: number): Uint8Array {
  const large = members >= MAX16 || isLarge(size) || isLarge(offset);
  const record = new RecordWriter(large ? 56 + 20 + 22 : 22);
  if (large) {
    record.u32(SIGNATURE.end64).u64(44).u16(MADE_BY, VERSION_ZIP64).u32(0, 0).u64(members, members, size, offset);
    record
      .u32(SIGNATURE.end64Locator, 0)
      .u64(offset + size)
      .u32(1);
  }
  const count = Math.min(members, MAX16);
  return record.u32(SIGNATURE.end).u16(0, 0, count, count).u32(Math.min(size, MAX32), Math.min(offset, MAX32)).u16(0)
    .bytes;
}

/** Bytes of a member with its header and descriptor, as {@link localHeader} and {@link dataDescriptor} make them. */
export function memberBytes(member: ZipMember): number {
  const zip64 = isLarge(member.size) ? LOCAL_ZIP64_BYTES : 0;
  return 30 + nameBytes(member.path) + timeBytes(member) + zip64 + member.size + descriptorBytes(member);
}

/** Returns the bytes of the whole archive without making its records, of which there may be a million. */
export function zipSize(members: readonly ZipMember[]): number {
  let offset = 0;
  let directory = 0;
  for (const member of members) {
    const large = isLarge(member.size) || isLarge(offset);
    directory += 46 + nameBytes(member.path) + timeBytes(member) + (large ? CENTRAL_ZIP64_BYTES : 0);
    offset += memberBytes(member);
  }
  return offset + directory + endRecords(members.length, directory, offset).length;
}

/** Bytes of a path. Plain ASCII takes the fast path. */
const nameBytes = (path: string): number => (/^[\0-\x7f]*$/.test(path) ? path.length : bytesOfName(path).length);
