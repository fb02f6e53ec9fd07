/**
 * The ciphers of the data plane, where a gigabyte passes: one interface, a portable provider and a native one.
 * Everything else uses the portable functions directly.
 */
export interface BulkCrypto {
  /** `portable` or `native`: for benches and `--version`. */
  readonly name: string;
  /**
   * Seals as NaCl's secretbox: writes tag (16 bytes) and ciphertext to `target`, which is `plaintext.length + 16`
   * long and does not overlap `plaintext`. Nonce 24 bytes, key 32 bytes.
   */
  seal(target: Uint8Array, plaintext: Uint8Array, nonce: Uint8Array, key: Uint8Array): void;
  /** Opens what {@link seal} made into `target` (16 bytes shorter than `box`). False, if it was not made with this key. */
  open(target: Uint8Array, box: Uint8Array, nonce: Uint8Array, key: Uint8Array): boolean;
  /**
   * Seals as ChaCha20-Poly1305 (RFC 8439) without associated data: writes ciphertext and tag (16 bytes) to `target`,
   * which is `plaintext.length + 16` long and does not overlap `plaintext`. Nonce 12 bytes, key 32 bytes.
   */
  sealChaCha(target: Uint8Array, plaintext: Uint8Array, nonce: Uint8Array, key: Uint8Array): void;
  /** Opens what {@link sealChaCha} made into `target` (16 bytes shorter than `box`). False, if it was not made with this key. */
  openChaCha(target: Uint8Array, box: Uint8Array, nonce: Uint8Array, key: Uint8Array): boolean;
  /** Memory for what is opened and given away: nobody else's, to be filled whole. What was in it is still in it. */
  fresh(length: number): Uint8Array;
  /** A SHA-256 that is fed piece by piece. */
  sha256(): Hasher;
}

/** A hash under way. */
export interface Hasher {
  update(bytes: Uint8Array): void;
  /** 32 bytes; the hasher is used up. */
  digest(): Uint8Array;
}
