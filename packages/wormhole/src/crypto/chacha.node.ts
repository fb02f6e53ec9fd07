/** Dilation's cipher on Node, ChaCha20-Poly1305: the choice between the native providers, and the provider of node:crypto. */
import { createCipheriv, createDecipheriv } from "node:crypto";
import { type BulkCipher, TAG_BYTES } from "./bulk.ts";
import { fresh } from "./fresh.node.ts";
import { loadOpenSslChaCha } from "./openssl.node.ts";
import { portableChaCha } from "./portable.ts";
import { firstProven } from "./proven.ts";
import { loadSodiumChaCha } from "./sodium.node.ts";

/** The native providers, fastest first. Each rejects if it is not available; the last one needs no optional dependency. */
const LOADERS = [loadOpenSslChaCha, loadSodiumChaCha, async () => nodeCrypto];

/** Bytes of the nonce. */
const NONCE_BYTES = 12;

/** Returns the fastest provider that is available and proven; without any, the portable one. */
export function loadNativeChaCha(): Promise<BulkCipher> {
  return firstProven(LOADERS, portableChaCha, NONCE_BYTES);
}

const CHACHA = "chacha20-poly1305";
const TAG = { authTagLength: TAG_BYTES };

/** The provider of node:crypto: OpenSSL behind an interface that makes objects and copies for each message. */
export const nodeCrypto: BulkCipher = {
  name: "node",
  seal(target, plaintext, nonce, key) {
    const cipher = createCipheriv(CHACHA, key, nonce, TAG);
    target.set(cipher.update(plaintext));
    cipher.final();
    target.set(cipher.getAuthTag(), plaintext.length);
  },
  open(target, box, nonce, key) {
    const end = box.length - TAG_BYTES;
    if (end < 0) return false;
    const decipher = createDecipheriv(CHACHA, key, nonce, TAG);
    decipher.setAuthTag(box.subarray(end));
    const plaintext = decipher.update(box.subarray(0, end));
    try {
      decipher.final();
    } catch {
      return false;
    }
    target.set(plaintext);
    return true;
  },
  fresh,
};
