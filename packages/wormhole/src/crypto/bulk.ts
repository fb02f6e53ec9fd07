/**
 * The ciphers of the data plane, where a gigabyte passes: one interface, a portable provider and native ones.
 * Everything else uses the portable functions directly.
 */
export interface BulkCipher {
  /** What does the work, `portable` or the name of a library: for benches and tests. */
  readonly name: string;
  /**
   * Writes the sealed `plaintext`, a box, to `target`, which is `plaintext.length + 16` long and does not overlap
   * `plaintext`. Key 32 bytes; the length of the nonce is the cipher's.
   */
  seal(target: Uint8Array, plaintext: Uint8Array, nonce: Uint8Array, key: Uint8Array): void;
  /**
   * Opens what {@link seal} made into `target` (16 bytes shorter than `box`). False, if it was not made with this key and
   * nonce: then nothing of it is in `target`.
   */
  open(target: Uint8Array, box: Uint8Array, nonce: Uint8Array, key: Uint8Array): boolean;
  /** Memory for what is opened and given away: nobody else's, to be filled whole. What was in it is still in it. */
  fresh(length: number): Uint8Array;
}

/** NaCl's secretbox (nonce 24 bytes, the tag before the ciphertext), and the hash of what passes: transit's, and a transfer's. */
export interface BulkCrypto extends BulkCipher {
  /** A SHA-256 that is fed piece by piece. */
  sha256(): Hasher;
}

/** A hash under way. */
export interface Hasher {
  update(bytes: Uint8Array): void;
  /** 32 bytes; the hasher is used up. */
  digest(): Uint8Array;
}

/** Bytes by which a box is longer than what is in it. */
export const TAG_BYTES = 16;
