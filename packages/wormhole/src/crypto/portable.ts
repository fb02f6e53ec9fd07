import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { xsalsa20poly1305 } from "@noble/ciphers/salsa.js";
import { sha256 } from "@noble/hashes/sha2.js";
import type { BulkCrypto } from "./bulk.ts";

/** The provider that runs everywhere: audited JavaScript. */
export const portable: BulkCrypto = {
  name: "portable",
  seal(target, plaintext, nonce, key) {
    target.set(xsalsa20poly1305(key, nonce).encrypt(plaintext));
  },
  open(target, box, nonce, key) {
    try {
      target.set(xsalsa20poly1305(key, nonce).decrypt(box));
      return true;
    } catch {
      return false;
    }
  },
  sealChaCha(target, plaintext, nonce, key) {
    target.set(chacha20poly1305(key, nonce).encrypt(plaintext));
  },
  openChaCha(target, box, nonce, key) {
    try {
      target.set(chacha20poly1305(key, nonce).decrypt(box));
      return true;
    } catch {
      return false;
    }
  },
  fresh: (length) => new Uint8Array(length),
  sha256: () => sha256.create(),
};
