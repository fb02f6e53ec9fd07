/** Keys from passphrases, for saved wormholes. */
import { KEY_LENGTH } from "./keys.ts";

/** Bytes of the random salt, which gives each use of the same passphrase a different key. */
export const SALT_LENGTH = 16;
/**
 * The work for a new key, as the binary logarithm of scrypt's N: 128 MiB and about a second. Each guess of an attacker costs
 * the same.
 */
export const SCRYPT_WORK = 17;
/** The most work that a file may ask of its reader: 512 MiB and a few seconds. */
export const MAX_SCRYPT_WORK = 19;

/**
 * Derives the key for a passphrase by scrypt (RFC 7914) with r = 8 and p = 1. The passphrase is normalised (NFC), so equal
 * text gives equal keys however its accents are encoded. It runs in slices, so that other work continues.
 */
export async function passphraseKey(passphrase: string, salt: Uint8Array, work: number): Promise<Uint8Array> {
  // Few programs save wormholes, so scrypt is loaded on first use.
  const { scryptAsync } = await import("@noble/hashes/scrypt.js");
  return scryptAsync(passphrase.normalize("NFC"), salt, { N: 2 ** work, r: 8, p: 1, dkLen: KEY_LENGTH });
}
