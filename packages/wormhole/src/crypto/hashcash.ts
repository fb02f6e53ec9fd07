/**
 * Hashcash stamps: work that a busy mailbox server may ask for before it serves. Version 1 of hashcash.org: the SHA-1
 * of the stamp begins with as many zero bits as it claims.
 */

/** More than this is minutes of work: no honest server asks for it. */
export const MAX_STAMP_BITS = 26;

/** The part of a stamp that is fixed. `date` is six digits, YYMMDD; `salt` makes it ours. */
export function stampPrefix(bits: number, date: string, resource: string, salt: string): string {
  return `1:${bits}:${date}:${resource}::${salt}:`;
}

/** The state of a SHA-1 between two blocks. */
type Chain = readonly [a: number, b: number, c: number, d: number, e: number];

/**
 * Completes a stamp (ASCII) with a counter, so that the hash of all begins with `bits` (at most 32) zeros.
 *
 * It stands alone, with a SHA-1 of its own, because it travels to its worker as text.
 */
export function findStamp(prefix: string, bits: number): string {
  const rotate = (x: number, n: number) => (x << n) | (x >>> (32 - n));
  const words = new DataView(new ArrayBuffer(80 * 4));
  const at = (i: number) => words.getInt32(i * 4);

  /** One block of SHA-1: the first 16 of `words`, on top of `chain`. */
  function compress(chain: Chain): Chain {
    for (let i = 16; i < 80; i++) words.setInt32(i * 4, rotate(at(i - 3) ^ at(i - 8) ^ at(i - 14) ^ at(i - 16), 1));
    let [a, b, c, d, e] = chain;
    const round = (f: number, k: number, i: number) => {
      const next = (rotate(a, 5) + f + e + k + at(i)) | 0;
      e = d;
      d = c;
      c = rotate(b, 30);
      b = a;
      a = next;
    };
    for (let i = 0; i < 20; i++) round((b & c) | (~b & d), 0x5a827999, i);
    for (let i = 20; i < 40; i++) round(b ^ c ^ d, 0x6ed9eba1, i);
    for (let i = 40; i < 60; i++) round((b & c) | (b & d) | (c & d), 0x8f1bbcdc, i);
    for (let i = 60; i < 80; i++) round(b ^ c ^ d, 0xca62c1d6, i);
    return [(chain[0] + a) | 0, (chain[1] + b) | 0, (chain[2] + c) | 0, (chain[3] + d) | 0, (chain[4] + e) | 0];
  }

  /** Puts a block of the padded message into `words`. */
  function load(block: number): void {
    for (let i = 0; i < 64; i += 4) words.setInt32(i, padded.getInt32(block * 64 + i));
  }

  const digits = 12;
  const length = prefix.length + digits;
  const blocks = Math.ceil((length + 9) / 64);
  const message = new Uint8Array(blocks * 64);
  const padded = new DataView(message.buffer);
  for (let i = 0; i < prefix.length; i++) message[i] = prefix.charCodeAt(i);
  message[length] = 0x80;
  padded.setUint32(message.length - 4, length * 8);

  // Blocks before the counter are always the same.
  const first = Math.floor(prefix.length / 64);
  let begun: Chain = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
  for (let block = 0; block < first; block++) {
    load(block);
    begun = compress(begun);
  }
  for (let counter = 0; ; counter++) {
    const text = counter.toString(16).padStart(digits, "0");
    for (let i = 0; i < digits; i++) message[prefix.length + i] = text.charCodeAt(i);
    let chain = begun;
    for (let block = first; block < blocks; block++) {
      load(block);
      chain = compress(chain);
    }
    if (bits === 0 || chain[0] >>> (32 - bits) === 0) return prefix + text;
  }
}
