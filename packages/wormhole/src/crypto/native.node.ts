import { createHash } from "node:crypto";
import type { BulkCrypto, Hasher } from "./bulk.ts";
import { fresh } from "./fresh.node.ts";
import { portable } from "./portable.ts";
import { loadSodiumSecretbox } from "./sodium.node.ts";

/** libsodium if the optional dependency is there, ten times the portable cipher's speed; OpenSSL's SHA-256 anyway. */
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
