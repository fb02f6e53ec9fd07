/** Transit's cipher and hash on Node. */
import { createHash } from "node:crypto";
import type { BulkCrypto, Hasher } from "./bulk.ts";
import { fresh } from "./fresh.node.ts";
import { portable } from "./portable.ts";
import { loadSodiumSecretbox } from "./sodium.node.ts";

/**
 * Returns libsodium's cipher if the optional dependency is installed, which is ten times as fast as the portable one;
 * otherwise the portable one. The hash is always OpenSSL's.
 */
export async function loadNativeCrypto(): Promise<BulkCrypto> {
  const cipher = await loadSodiumSecretbox().catch(() => ({ ...portable, fresh }));
  return { ...cipher, sha256: openSslSha256 };
}

function openSslSha256(): Hasher {
  const hash = createHash("sha256");
  return {
    update: (bytes) => void hash.update(bytes),
    digest: () => new Uint8Array(hash.digest()),
  };
}
