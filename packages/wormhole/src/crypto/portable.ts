/** The bulk ciphers in JavaScript, from noble's audited packages: for browsers, and wherever nothing faster is available. */
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { xsalsa20poly1305 } from "@noble/ciphers/salsa.js";
import { sha256 } from "@noble/hashes/sha2.js";
import type { BulkCipher, BulkCrypto } from "./bulk.ts";

/** Transit's cipher and hash. */
export const portable: BulkCrypto = {
  ...nobleCipher(xsalsa20poly1305),
  sha256: () => sha256.create(),
};

/** Dilation's cipher, ChaCha20-Poly1305 (RFC 8439) without associated data: nonce of 12 bytes, tag after the ciphertext. */
export const portableChaCha: BulkCipher = nobleCipher(chacha20poly1305);

type Noble = typeof chacha20poly1305 | typeof xsalsa20poly1305;

function nobleCipher(cipher: Noble): BulkCipher {
  return {
    name: "portable",
    seal(target, plaintext, nonce, key) {
      target.set(cipher(key, nonce).encrypt(plaintext));
    },
    open(target, box, nonce, key) {
      try {
        target.set(cipher(key, nonce).decrypt(box));
        return true;
      } catch {
        return false;
      }
    },
    fresh: (length) => new Uint8Array(length),
  };
}
