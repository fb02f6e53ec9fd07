import { createCipheriv, createDecipheriv, createHash } from "node:crypto";
import type { BulkCrypto, Hasher } from "./bulk.ts";
import { fresh } from "./fresh.ts";
import { portable } from "./portable.ts";

/** What we use of libsodium. It checks every length, and hands out nothing of a box that does not open. */
interface Sodium {
  crypto_secretbox_easy(target: Uint8Array, plaintext: Uint8Array, nonce: Uint8Array, key: Uint8Array): void;
  crypto_secretbox_open_easy(target: Uint8Array, box: Uint8Array, nonce: Uint8Array, key: Uint8Array): boolean;
  crypto_aead_chacha20poly1305_ietf_encrypt(
    target: Uint8Array,
    plaintext: Uint8Array,
    data: null,
    secretNonce: null,
    nonce: Uint8Array,
    key: Uint8Array,
  ): number;
  /** Unlike the other one it throws when a box does not open. */
  crypto_aead_chacha20poly1305_ietf_decrypt(
    target: Uint8Array,
    secretNonce: null,
    box: Uint8Array,
    data: null,
    nonce: Uint8Array,
    key: Uint8Array,
  ): number;
}

/** libsodium if the optional dependency is there, ten times the portable cipher's speed; OpenSSL's SHA-256 anyway. */
export async function loadNativeCrypto(): Promise<BulkCrypto> {
  const sodium = await loadSodium();
  if (sodium === undefined) return { ...portable, ...openSslChaCha, fresh, sha256: openSslSha256 };
  return {
    name: "native",
    seal: (...given) => sodium.crypto_secretbox_easy(...given),
    open: (...given) => sodium.crypto_secretbox_open_easy(...given),
    sealChaCha: (target, plaintext, nonce, key) =>
      void sodium.crypto_aead_chacha20poly1305_ietf_encrypt(target, plaintext, null, null, nonce, key),
    openChaCha: (target, box, nonce, key) => opened(sodium, target, box, nonce, key),
    fresh,
    sha256: openSslSha256,
  };
}

function opened(sodium: Sodium, target: Uint8Array, box: Uint8Array, nonce: Uint8Array, key: Uint8Array): boolean {
  try {
    sodium.crypto_aead_chacha20poly1305_ietf_decrypt(target, null, box, null, nonce, key);
    return true;
  } catch {
    return false;
  }
}

const CHACHA = "chacha20-poly1305";
const TAG = { authTagLength: 16 };

/** OpenSSL's, which Node always has. */
const openSslChaCha: Pick<BulkCrypto, "sealChaCha" | "openChaCha"> = {
  sealChaCha(target, plaintext, nonce, key) {
    const cipher = createCipheriv(CHACHA, key, nonce, TAG);
    target.set(cipher.update(plaintext));
    cipher.final();
    target.set(cipher.getAuthTag(), plaintext.length);
  },
  openChaCha(target, box, nonce, key) {
    const end = box.length - TAG.authTagLength;
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
};

/** It is optional: not installed, or without a build for this machine, is no error. */
async function loadSodium(): Promise<Sodium | undefined> {
  try {
    return (await import("sodium-native")).default as unknown as Sodium;
  } catch {
    return undefined;
  }
}

function openSslSha256(): Hasher {
  const hash = createHash("sha256");
  return {
    update: (bytes) => void hash.update(bytes),
    digest: () => new Uint8Array(hash.digest()),
  };
}
