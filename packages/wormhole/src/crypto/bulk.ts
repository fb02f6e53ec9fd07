/**
 * The ciphers of bulk data, where gigabytes pass: one interface, with a portable provider and native ones. Everything
 * else, such as the messages in a mailbox, uses the portable functions directly.
 */
import type { Bytes } from "../base/bytes.ts";

/** An authenticated cipher that works in memory of its caller. The length of a nonce depends on the cipher. */
export interface BulkCipher {
  /** The provider: `portable`, or the name of a library. For benches and tests. */
  readonly name: string;
  /**
   * Encrypts `plaintext` and writes the box to `target`, which has `plaintext.length + 16` bytes and does not overlap
   * `plaintext`. `key` has 32 bytes.
   */
  seal(target: Uint8Array, plaintext: Uint8Array, nonce: Uint8Array, key: Uint8Array): void;
  /**
   * Decrypts a box of {@link seal} into `target`, which is 16 bytes shorter than `box`. Returns false if the box was not
   * made with this key and nonce; then `target` holds nothing of it.
   */
  open(target: Uint8Array, box: Uint8Array, nonce: Uint8Array, key: Uint8Array): boolean;
  /** Allocates an uninitialised buffer for plaintext that is handed to the caller. The caller must overwrite all of it. */
  fresh(length: number): Bytes;
}

/**
 * The cipher of transit, NaCl's secretbox (nonce of 24 bytes, tag before the ciphertext), and the hash that file
 * transfers use.
 */
export interface BulkCrypto extends BulkCipher {
  /** Begins a SHA-256. */
  sha256(): Hasher;
}

/** A hash that is fed piece by piece. */
export interface Hasher {
  /** Adds bytes to what is hashed. */
  update(bytes: Uint8Array): void;
  /** Returns the hash, 32 bytes. The hasher cannot be used afterwards. */
  digest(): Bytes;
}

/** Bytes of the tag of a box, for every cipher here. */
export const TAG_BYTES = 16;
