/**
 * File names as bytes and as strings. POSIX systems store bytes, which need not be UTF-8. In a string, each byte that is
 * not part of valid UTF-8 becomes the lone surrogate U+DC00 + byte, U+DC80 to U+DCFF. Python does the same
 * (`surrogateescape`), so such a name also survives the JSON of an offer.
 */

// A byte order mark is a part of the name, too.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** Added to a byte that is not UTF-8. */
const ESCAPE = 0xdc00;
const isEscaped = (point: number): boolean => point >= ESCAPE + 0x80 && point <= ESCAPE + 0xff;

/** Whether a name or path stands for bytes that are not UTF-8, or has other lone surrogates. */
export const hasRawBytes = (name: string): boolean => !name.isWellFormed();

/** Returns the string for the bytes of a name or path. {@link bytesOfName} returns exactly these bytes again. */
export function nameOfBytes(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    return decodeEscaping(bytes);
  }
}

function decodeEscaping(bytes: Uint8Array): string {
  let name = "";
  for (let at = 0; at < bytes.length; ) {
    const length = validLength(bytes, at);
    name +=
      length > 0 ? decoder.decode(bytes.subarray(at, at + length)) : String.fromCharCode(ESCAPE + (bytes[at] ?? 0));
    at += length || 1;
  }
  return name;
}

/** Bytes of the valid UTF-8 character at a position, or 0. */
function validLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] ?? 0;
  if (lead < 0x80) return 1;
  const length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  for (let i = 1; i < length; i++) if (((bytes[at + i] ?? 0) & 0xc0) !== 0x80) return 0;
  const second = bytes[at + 1] ?? 0;
  const overlong = (lead === 0xe0 && second < 0xa0) || (lead === 0xf0 && second < 0x90);
  const outside = (lead === 0xed && second > 0x9f) || (lead === 0xf4 && second > 0x8f);
  return overlong || outside ? 0 : length;
}

/** Returns the bytes of a name or path. A lone surrogate that stands for no byte becomes U+FFFD. */
export function bytesOfName(name: string): Uint8Array<ArrayBuffer> {
  if (!hasRawBytes(name)) return encoder.encode(name);
  const bytes: number[] = [];
  for (const character of name) {
    const point = character.codePointAt(0) ?? 0;
    if (isEscaped(point)) bytes.push(point - ESCAPE);
    else bytes.push(...encoder.encode(character));
  }
  return Uint8Array.from(bytes);
}

/**
 * Returns the only string for the bytes of a name. A peer may escape bytes that are valid UTF-8 together, so that a
 * character is hidden, or one name has two spellings. Every name from a peer is judged in this form.
 */
export const canonicalName = (name: string): string => (hasRawBytes(name) ? nameOfBytes(bytesOfName(name)) : name);
