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
}

/** Makes an archive of exactly these members. `prefix` comes before it; `count` is the stated number of members. */
export function craftZip(members: Crafted[], options: { prefix?: Buffer; count?: number } = {}): Buffer {
  const parts: Buffer[] = [options.prefix ?? Buffer.alloc(0)];
  const directory: Buffer[] = [];
  const length = () => parts.reduce((sum, part) => sum + part.length, 0);
  for (const member of members) {
    const offset = member.offset ?? length();
    const packed = packedContent(member);
    if (!member.borrowed) parts.push(local(member, packed), packed);
    directory.push(central(member, packed, offset));
  }
  const start = length();
  const all = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(options.count ?? members.length, 8);
  end.writeUInt16LE(options.count ?? members.length, 10);
  end.writeUInt32LE(all.length, 12);
  end.writeUInt32LE(start, 16);
  return Buffer.concat([...parts, all, end]);
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
  header.writeUInt32LE(member.crc ?? crc32(contentOf(member)), 16);
  header.writeUInt32LE(member.compressedSize ?? packed.length, 20);
  header.writeUInt32LE(member.size ?? contentOf(member).length, 24);
  header.writeUInt16LE(name.length, 28);
  header.writeUInt32LE(((member.mode ?? 0) * 0x10000) >>> 0, 38);
  header.writeUInt32LE(offset, 42);
  return Buffer.concat([header, name]);
}
