/** Transit's cipher and hash on Node. */
import { createHash } from "node:crypto";
import type { BulkCipher, BulkCrypto, Hasher } from "./bulk.ts";
import { fresh } from "./fresh.node.ts";
import { portable } from "./portable.ts";
import { firstProven, provenHash } from "./proven.ts";
import { loadSodiumSecretbox } from "./sodium.node.ts";

/** Bytes of the nonce of a secretbox. */
const NONCE_BYTES = 24;

/**
 * Returns libsodium's cipher if the optional dependency is installed and proven, which is ten times as fast as the portable
 * one; otherwise the portable one. The hash is OpenSSL's.
 */
export async function loadNativeCrypto(): Promise<BulkCrypto> {
  const inJavaScript: BulkCipher = { ...portable, fresh };
  const cipher = await firstProven([loadSodiumSecretbox], inJavaScript, NONCE_BYTES);
  return { ...cipher, sha256: provenHash(openSslSha256, () => portable.sha256()) };
}

function openSslSha256(): Hasher {
  const hash = createHash("sha256");
  return {
    update: (bytes) => void hash.update(bytes),
    digest: () => new Uint8Array(hash.digest()),
  };
}
