/** The keys that grow from the shared one: client-protocol.md of magic-wormhole-protocols. All are HKDF-SHA256. */
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";

/** Bytes of every symmetric key here. */
export const KEY_LENGTH = 32;

/** Bytes that HKDF gives of one key for one purpose, at most: 255 blocks of SHA-256. */
export const MAX_DERIVED = 255 * 32;

/** `length` bytes for a purpose of one's own. Equal text gives equal keys, however its accents are encoded. */
export function deriveKey(key: Uint8Array, purpose: string, length: number = KEY_LENGTH): Uint8Array {
  return hkdf(sha256, key, undefined, utf8ToBytes(purpose.normalize("NFC")), length);
}

/** The key of one message: no other phase, and no other side, ever uses it. */
export function phaseKey(key: Uint8Array, side: string, phase: string): Uint8Array {
  const purpose = concatBytes(utf8ToBytes("wormhole:phase:"), sha256(utf8ToBytes(side)), sha256(utf8ToBytes(phase)));
  return hkdf(sha256, key, undefined, purpose, KEY_LENGTH);
}

/** What two people compare to be sure that nobody sits between them. */
export function verifier(key: Uint8Array): Uint8Array {
  return deriveKey(key, "wormhole:verifier");
}
