/**
 * The part of MessagePack that fowl's messages need: one map of names to simple values (section "Formats" of its
 * specification).
 */

export type Value = string | number | boolean | null;
export type Message = { readonly [name: string]: Value };

const NIL = 0xc0;
const FALSE = 0xc2;
const TRUE = 0xc3;
const UINT8 = 0xcc;
const UINT16 = 0xcd;
const STR8 = 0xd9;
const FIXMAP = 0x80;
const FIXSTR = 0xa0;
/** Smaller maps, texts and numbers use a short form. */
const FIX = { entries: 16, bytes: 32, value: 128 } as const;

export function encode(message: Message): Buffer {
  const entries = Object.entries(message);
  if (entries.length >= FIX.entries) throw new RangeError("too many entries");
  return Buffer.concat([Buffer.of(FIXMAP | entries.length), ...entries.flat().map(encodeValue)]);
}

function encodeValue(value: Value): Buffer {
  if (value === null) return Buffer.of(NIL);
  if (typeof value === "boolean") return Buffer.of(value ? TRUE : FALSE);
  if (typeof value === "string") return encodeText(Buffer.from(value));
  if (value < FIX.value) return Buffer.of(value);
  return value < 256 ? Buffer.of(UINT8, value) : Buffer.of(UINT16, value >> 8, value & 0xff);
}

function encodeText(text: Buffer): Buffer {
  const head = text.length < FIX.bytes ? Buffer.of(FIXSTR | text.length) : Buffer.of(STR8, text.length);
  return Buffer.concat([head, text]);
}

export function decode(bytes: Buffer): Message {
  const reader = new Reader(bytes);
  const entries = reader.byte() & 0x0f;
  return Object.fromEntries(Array.from({ length: entries }, () => [String(reader.value()), reader.value()]));
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  byte(): number {
    return this.#bytes.readUInt8(this.#at++);
  }

  value(): Value {
    const form = this.byte();
    if (form < FIX.value) return form;
    if (form >= FIXSTR && form < FIXSTR + FIX.bytes) return this.#text(form - FIXSTR);
    switch (form) {
      case NIL:
        return null;
      case FALSE:
      case TRUE:
        return form === TRUE;
      case UINT8:
        return this.byte();
      case UINT16:
        return this.byte() * 256 + this.byte();
      case STR8:
        return this.#text(this.byte());
      default:
        throw new RangeError(`fowl does not use values of the form ${form}`);
    }
  }

  #text(length: number): string {
    this.#at += length;
    return this.#bytes.toString("utf8", this.#at - length, this.#at);
  }
}
