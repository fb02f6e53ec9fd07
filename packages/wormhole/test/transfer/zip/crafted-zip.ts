/** Archives with chosen faults. */
import { crc32, deflateRawSync } from "node:zlib";

/** A member of an archive that no honest program makes. A field that is left out has its correct value. */
export interface Crafted {
  name: string | Buffer;
  content?: string | Buffer;
  deflate?: boolean;
  /** As in Unix, type included. Default: 0, no mode. */
  mode?: number;
  /** The name in the header before the content. */
  localName?: string | Buffer;
  /** The method in the header before the content. */
  localMethod?: number;
  method?: number;
  flags?: number;
  crc?: number;
  /** The size in the directory. */
  size?: number;
  compressedSize?: number;
  offset?: number;
  /** Whether header and content are left out, because those of another member are used. */
  borrowed?: boolean;
  /** Time and date of MS-DOS. Default: 0, no time. */
  dosTime?: readonly [time: number, date: number];
  /** Extra fields in the directory. */
  extra?: Buffer;
}

/** Faults of the end of an archive. A field that is left out has its correct value. */
export interface CraftedEnd {
  /** Comes before the archive, and is counted in its positions. */
  prefix?: Buffer;
  /** The stated number of members. */
  count?: number;
  /** The stated size of the directory. */
  directorySize?: number;
  /** Added to the stated position of the directory. */
  shift?: number;
  comment?: Buffer;
  /** Whether the records for large archives come before the end. */
  zip64?: boolean;
  /** The number of members in the record for large archives. */
  count64?: number;
}

/** An extra field. */
export function extraField(id: number, content: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16LE(id, 0);
  head.writeUInt16LE(content.length, 2);
  return Buffer.concat([head, content]);
}

/** The name in Unicode beside a name in another character set, which must be those of `madeFor`. */
export function unicodePathField(madeFor: Buffer, name: string): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(1, 0);
  head.writeUInt32LE(crc32(madeFor), 1);
  return extraField(0x7075, Buffer.concat([head, Buffer.from(name)]));
}

/** The time of the last change, in seconds since 1970. */
export function timeField(seconds: number): Buffer {
  const content = Buffer.alloc(5);
  content.writeUInt8(1, 0);
  content.writeInt32LE(seconds, 1);
  return extraField(0x5455, content);
}

/** Makes an archive of exactly these members. */
export function craftZip(members: Crafted[], options: CraftedEnd = {}): Buffer {
  const parts: Buffer[] = [options.prefix ?? Buffer.alloc(0)];
  const directory: Buffer[] = [];
  let length = options.prefix?.length ?? 0;
  for (const member of members) {
    const offset = member.offset ?? length;
    const packed = packedContent(member);
    if (!member.borrowed) {
      const header = local(member, packed);
      parts.push(header, packed);
      length += header.length + packed.length;
    }
    directory.push(central(member, packed, offset));
  }
  const all = Buffer.concat(directory);
  return Buffer.concat([...parts, all, end(members.length, all.length, length, options)]);
}

function end(members: number, bytes: number, position: number, options: CraftedEnd): Buffer {
  const { count = members, directorySize = bytes, shift = 0, comment = Buffer.alloc(0) } = options;
  const record = Buffer.alloc(22);
  record.writeUInt32LE(0x06054b50, 0);
  record.writeUInt16LE(options.zip64 ? 0xffff : count, 8);
  record.writeUInt16LE(options.zip64 ? 0xffff : count, 10);
  record.writeUInt32LE(directorySize, 12);
  record.writeUInt32LE(position + shift, 16);
  record.writeUInt16LE(comment.length, 20);
  if (!options.zip64) return Buffer.concat([record, comment]);
  const large = Buffer.alloc(56);
  large.writeUInt32LE(0x06064b50, 0);
  large.writeBigUInt64LE(44n, 4);
  large.writeBigUInt64LE(BigInt(options.count64 ?? count), 24);
  large.writeBigUInt64LE(BigInt(options.count64 ?? count), 32);
  large.writeBigUInt64LE(BigInt(directorySize), 40);
  large.writeBigUInt64LE(BigInt(position + shift), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(position + bytes), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([large, locator, record, comment]);
}

const contentOf = ({ content = "" }: Crafted): Buffer => Buffer.from(content);
const packedContent = (member: Crafted): Buffer =>
  member.deflate ? deflateRawSync(contentOf(member)) : contentOf(member);
const methodOf = (member: Crafted): number => member.method ?? (member.deflate ? 8 : 0);
const flagsOf = ({ flags = 0x800 }: Crafted): number => flags;

function local(member: Crafted, packed: Buffer): Buffer {
  const name = Buffer.from(member.localName ?? member.name);
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(20, 4);
  header.writeUInt16LE(flagsOf(member), 6);
  header.writeUInt16LE(member.localMethod ?? methodOf(member), 8);
  header.writeUInt32LE(member.crc ?? crc32(contentOf(member)), 14);
  header.writeUInt32LE(packed.length, 18);
  header.writeUInt32LE(contentOf(member).length, 22);
  header.writeUInt16LE(name.length, 26);
  return Buffer.concat([header, name]);
}

function central(member: Crafted, packed: Buffer, offset: number): Buffer {
  const name = Buffer.from(member.name);
  const header = Buffer.alloc(46);
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE((3 << 8) | 20, 4);
  header.writeUInt16LE(20, 6);
  header.writeUInt16LE(flagsOf(member), 8);
  header.writeUInt16LE(methodOf(member), 10);
  header.writeUInt16LE(member.dosTime?.[0] ?? 0, 12);
  header.writeUInt16LE(member.dosTime?.[1] ?? 0, 14);
  header.writeUInt32LE(member.crc ?? crc32(contentOf(member)), 16);
  header.writeUInt32LE(member.compressedSize ?? packed.length, 20);
  header.writeUInt32LE(member.size ?? contentOf(member).length, 24);
  header.writeUInt16LE(name.length, 28);
  header.writeUInt16LE(member.extra?.length ?? 0, 30);
  header.writeUInt32LE(((member.mode ?? 0) * 0x10000) >>> 0, 38);
  header.writeUInt32LE(offset, 42);
  return Buffer.concat([header, name, member.extra ?? Buffer.alloc(0)]);
}
