/**
 * Unsigned 32-bit integers in big-endian order. They are coded by hand, because a DataView for each number would cost more
 * than the rest of a record's header.
 */

/** Bytes of such a number. */
export const UINT32_BYTES = 4;

/** Reads the number at index `at`. */
export function readUint32(bytes: Uint8Array, at: number): number {
  const [a, b, c, d] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]] as [number, number, number, number];
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}

/** Writes a number at index `at`. */
export function writeUint32(bytes: Uint8Array, at: number, number: number): void {
  bytes[at] = number >>> 24;
  bytes[at + 1] = number >>> 16;
  bytes[at + 2] = number >>> 8;
  bytes[at + 3] = number;
}
