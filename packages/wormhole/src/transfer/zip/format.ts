/**
 * The records of a zip archive that is written in one pass. Members are stored, not compressed, so the size of the
 * archive is known before any content is read. Their checksums follow in data descriptors.
 *
 * Sizes and positions that do not fit 32 bits, and counts that do not fit 16 bits, are written in the ZIP64 form. The
 * format is specified in PKWARE's APPNOTE.TXT.
 */

/** A file or folder in the archive. */
export interface ZipMember {
  /** Relative, separated by `/`. The path of a folder ends with `/`. */
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

const encoder = new TextEncoder();

type Field = readonly [bytes: 2 | 4 | 8, value: number];
const u16 = (value: number): Field => [2, value];
const u32 = (value: number): Field => [4, value];
const u64 = (value: number): Field => [8, value];

/** Joins fields into a record. Numbers are little-endian. */
function pack(...fields: (Field | Uint8Array)[]): Uint8Array {
  const record = new Uint8Array(fields.reduce((sum, field) => sum + sizeOf(field), 0));
  const view = new DataView(record.buffer);
  let at = 0;
  for (const field of fields) {
    if (field instanceof Uint8Array) record.set(field, at);
    else if (field[0] === 2) view.setUint16(at, field[1], true);
    else if (field[0] === 4) view.setUint32(at, field[1], true);
    else view.setBigUint64(at, BigInt(field[1]), true);
    at += sizeOf(field);
  }
  return record;
}

const sizeOf = (field: Field | Uint8Array): number => (field instanceof Uint8Array ? field.length : field[0]);

const isFolder = ({ path }: ZipMember): boolean => path.endsWith("/");
const isLarge = (size: number): boolean => size >= MAX32;
const flags = (member: ZipMember): number => (isFolder(member) ? UTF8 : UTF8 | DESCRIPTOR);

/** A date as local time in steps of two seconds. It is limited to the years from 1980 to 2107. */
function dosTime(date: Date): readonly [time: Field, date: Field] {
  const year = date.getFullYear();
  if (!(year >= 1980)) return [u16(0), u16((1 << 5) | 1)];
  if (year > 2107) return [u16((23 << 11) | (59 << 5) | 29), u16((127 << 9) | (12 << 5) | 31)];
  const time = (date.getHours() << 11) | (date.getMinutes() << 5) | (date.getSeconds() >> 1);
  return [u16(time), u16(((year - 1980) << 9) | ((date.getMonth() + 1) << 5) | date.getDate())];
}

/** The header before a member's content. */
export function localHeader(member: ZipMember): Uint8Array {
  const name = encoder.encode(member.path);
  const large = isLarge(member.size);
  const extra = large ? pack(u16(1), u16(16), u64(0), u64(0)) : new Uint8Array();
  const unknownSize = u32(large ? MAX32 : 0);
  return pack(
    ...[u32(SIGNATURE.local), u16(large ? VERSION_ZIP64 : VERSION), u16(flags(member)), u16(STORED)],
    ...[...dosTime(member.modified), u32(0), unknownSize, unknownSize],
    ...[u16(name.length), u16(extra.length), name, extra],
  );
}

/** The record after a member's content; empty for a folder. */
export function dataDescriptor(member: ZipMember, crc: number): Uint8Array {
  if (isFolder(member)) return new Uint8Array();
  const size = isLarge(member.size) ? u64(member.size) : u32(member.size);
  return pack(u32(SIGNATURE.descriptor), u32(crc), size, size);
}

/** A member's entry in the directory at the end. `offset` is the position of its local header. */
export function centralHeader(member: ZipMember, crc: number, offset: number): Uint8Array {
  const name = encoder.encode(member.path);
  const large = isLarge(member.size) || isLarge(offset);
  const extra = large ? pack(u16(1), u16(24), u64(member.size), u64(member.size), u64(offset)) : new Uint8Array();
  const size = u32(large ? MAX32 : member.size);
  const attributes = member.mode * 0x10000 + (isFolder(member) ? DOS_FOLDER : 0);
  return pack(
    ...[u32(SIGNATURE.central), u16(MADE_BY), u16(large ? VERSION_ZIP64 : VERSION), u16(flags(member)), u16(STORED)],
    ...[...dosTime(member.modified), u32(crc), size, size, u16(name.length), u16(extra.length)],
    ...[u16(0), u16(0), u16(0), u32(attributes), u32(large ? MAX32 : offset), name, extra],
  );
}

/** The last records of the archive. `size` and `offset` are those of the directory. */
export function endRecords(members: number, size: number, offset: number): Uint8Array {
  const disk = u16(0);
  const count = u16(Math.min(members, MAX16));
  const end = pack(
    ...[u32(SIGNATURE.end), disk, disk, count, count],
    ...[u32(Math.min(size, MAX32)), u32(Math.min(offset, MAX32)), u16(0)],
  );
  if (members < MAX16 && !isLarge(size) && !isLarge(offset)) return end;
  const end64 = pack(
    ...[u32(SIGNATURE.end64), u64(44), u16(MADE_BY), u16(VERSION_ZIP64), u32(0), u32(0)],
    ...[u64(members), u64(members), u64(size), u64(offset)],
  );
  const locator = pack(u32(SIGNATURE.end64Locator), u32(0), u64(offset + size), u32(1));
  return pack(end64, locator, end);
}

/** Returns the bytes of the whole archive without making its records, of which there may be a million. */
export function zipSize(members: readonly ZipMember[]): number {
  let offset = 0;
  let directory = 0;
  for (const member of members) {
    const name = byteLength(member.path);
    const large = isLarge(member.size);
    const descriptor = isFolder(member) ? 0 : large ? 24 : 16;
    directory += 46 + name + (large || isLarge(offset) ? 28 : 0);
    offset += 30 + name + (large ? 20 : 0) + member.size + descriptor;
  }
  return offset + directory + endRecords(members.length, directory, offset).length;
}

/** Bytes of a text in UTF-8. Plain ASCII takes the fast path. */
function byteLength(text: string): number {
  return /^[\0-\x7f]*$/.test(text) ? text.length : encoder.encode(text).length;
}
