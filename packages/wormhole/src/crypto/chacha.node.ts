/** Dilation's cipher on Node, ChaCha20-Poly1305: the choice between the native providers, and the provider of node:crypto. */
import { createCipheriv, createDecipheriv } from "node:crypto";
import { type BulkCipher, TAG_BYTES } from "./bulk.ts";
import { fresh } from "./fresh.node.ts";
import { loadOpenSslChaCha } from "./openssl.node.ts";
import { portableChaCha } from "./portable.ts";
import { loadSodiumChaCha } from "./sodium.node.ts";

/** The native providers, fastest first. Each rejects if it is not available; the last one needs no optional dependency. */
const LOADERS = [loadOpenSslChaCha, loadSodiumChaCha, async () => nodeCrypto];

/**
 * Returns the fastest native provider that is available and that gives the same results as the portable one; without
 * any, the portable one.
 */
export async function loadNativeChaCha(): Promise<BulkCipher> {
  for (const load of LOADERS) {
    try {
      const cipher = await load();
      if (agrees(cipher)) return cipher;
    } catch {
      // Not installed, or not available in this runtime.
    }
  }
  return portableChaCha;
}

/** Compares a provider with the portable one on a known message. A provider that is wrong must not encrypt anything. */
function agrees(cipher: BulkCipher): boolean {
  const known = new Uint8Array(100).map((_, i) => i);
  const [key, nonce] = [known.subarray(0, 32), known.subarray(0, 12)];
  const [box, expected] = [new Uint8Array(known.length + TAG_BYTES), new Uint8Array(known.length + TAG_BYTES)];
  cipher.seal(box, known, nonce, key);
  portableChaCha.seal(expected, known, nonce, key);
  const opened = new Uint8Array(known.length);
  return same(box, expected) && cipher.open(opened, box, nonce, key) && same(opened, known);
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.every((byte, i) => byte === b[i]);
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
