import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { xsalsa20poly1305 } from "@noble/ciphers/salsa.js";
import { sha256 } from "@noble/hashes/sha2.js";
import type { BulkCipher, BulkCrypto } from "./bulk.ts";

/** The provider that runs everywhere: audited JavaScript. */
export const portable: BulkCrypto = {
  ...audited(xsalsa20poly1305),
  sha256: () => sha256.create(),
};

/** ChaCha20-Poly1305 (RFC 8439), without associated data: nonce 12 bytes, the tag behind the ciphertext. */
export const portableChaCha: BulkCipher = audited(chacha20poly1305);

type Noble = typeof chacha20poly1305 | typeof xsalsa20poly1305;

function audited(cipher: Noble): BulkCipher {
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
