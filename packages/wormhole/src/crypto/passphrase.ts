import { KEY_LENGTH } from "./keys.ts";

/** Bytes of randomness that make the same passphrase another key each time. */
export const SALT_LENGTH = 16;
/** Work for a new key, as the logarithm of scrypt's N: 128 MiB and about a second, which is what a guess costs too. */
export const WORK = 17;
/** The most that a file may ask of its reader: 512 MiB and a few seconds. */
export const MAX_WORK = 19;

/**
 * The key for a passphrase: scrypt (RFC 7914) with r = 8 and p = 1. Equal text gives equal keys, however its accents
 * are encoded. Loads scrypt when it is called first, and lets others run while it works.
 */
export async function passphraseKey(passphrase: string, salt: Uint8Array, work: number): Promise<Uint8Array> {
  const { scryptAsync } = await import("@noble/hashes/scrypt.js");
  return scryptAsync(passphrase.normalize("NFC"), salt, { N: 2 ** work, r: 8, p: 1, dkLen: KEY_LENGTH });
}
