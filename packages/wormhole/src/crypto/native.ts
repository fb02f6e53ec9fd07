import { createHash } from "node:crypto";
import type { BulkCrypto, Hasher } from "./bulk.ts";
import { portable } from "./portable.ts";

/** What we use of libsodium. It checks every length, and writes nothing when a box does not open. */
interface Secretbox {
  crypto_secretbox_easy(target: Uint8Array, plaintext: Uint8Array, nonce: Uint8Array, key: Uint8Array): void;
  crypto_secretbox_open_easy(target: Uint8Array, box: Uint8Array, nonce: Uint8Array, key: Uint8Array): boolean;
}

/** libsodium if the optional dependency is there, ten times the portable cipher's speed; OpenSSL's SHA-256 anyway. */
export async function loadNativeCrypto(): Promise<BulkCrypto> {
  const sodium = await loadSodium();
  if (sodium === undefined) return { ...portable, sha256: openSslSha256 };
  return {
    name: "native",
    seal: (...given) => sodium.crypto_secretbox_easy(...given),
    open: (...given) => sodium.crypto_secretbox_open_easy(...given),
    sha256: openSslSha256,
  };
}

/** It is optional: not installed, or without a build for this machine, is no error. */
async function loadSodium(): Promise<Secretbox | undefined> {
  try {
    return (await import("sodium-native")).default as unknown as Secretbox;
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
