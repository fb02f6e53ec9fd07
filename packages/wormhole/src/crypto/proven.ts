/**
 * Proof of a native provider before it is trusted: it has to give the portable provider's results. A module that is installed
 * may still be of another version, built for another machine, or replaced by a bundler with an empty one.
 */
import type { BulkCipher, Hasher } from "./bulk.ts";
import { TAG_BYTES } from "./bulk.ts";
import { KEY_LENGTH } from "./keys.ts";

/** Lengths of the messages of the proof: nothing, less than a block, several blocks, and a message of usual size. */
const LENGTHS = [0, 1, 200, 16_384];

/**
 * Returns the first provider that can be loaded and gives the results of `reference`; without any, `reference`. `nonceBytes`
 * is the length of the cipher's nonce.
 */
export async function firstProven<C extends BulkCipher>(
  loaders: readonly (() => Promise<C>)[],
  reference: C,
  nonceBytes: number,
): Promise<C> {
  for (const load of loaders) {
    try {
      const cipher = await load();
      if (LENGTHS.every((length) => agrees(cipher, reference, known(length), known(nonceBytes)))) return cipher;
    } catch {
      // Not installed, not available in this runtime, or not what it should be.
    }
  }
  return reference;
}

/** Returns the hash if it gives the results of `reference`, otherwise `reference`. */
export function provenHash(hash: () => Hasher, reference: () => Hasher): () => Hasher {
  try {
    if (LENGTHS.every((length) => same(digest(hash, known(length)), digest(reference, known(length))))) return hash;
  } catch {
    // As above.
  }
  return reference;
}

/** Seals as the reference does, opens what it has sealed, and refuses what it has not. */
function agrees(cipher: BulkCipher, reference: BulkCipher, message: Uint8Array, nonce: Uint8Array): boolean {
  const key = known(KEY_LENGTH);
  const [box, expected] = [new Uint8Array(message.length + TAG_BYTES), new Uint8Array(message.length + TAG_BYTES)];
  cipher.seal(box, message, nonce, key);
  reference.seal(expected, message, nonce, key);
  const opened = cipher.fresh(message.length);
  if (!same(box, expected) || !cipher.open(opened, box, nonce, key) || !same(opened, message)) return false;
  const forged = box.map((byte, i) => (i === box.length - 1 ? byte ^ 1 : byte));
  return !cipher.open(opened, forged, nonce, key);
}

function digest(hash: () => Hasher, message: Uint8Array): Uint8Array {
  const hasher = hash();
  hasher.update(message.subarray(0, 7));
  hasher.update(message.subarray(7));
  return hasher.digest();
}

/** Bytes that are different from each other, and always the same. */
function known(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i * 7 + (i >> 8));
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
