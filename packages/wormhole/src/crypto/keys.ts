/** The keys that are derived from the shared key of two sides, as in client-protocol.md of magic-wormhole-protocols. */
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";

/** Bytes of every symmetric key in the library. */
export const KEY_LENGTH = 32;

/** The most bytes that can be derived from one key for one purpose: HKDF ends after 255 blocks of SHA-256. */
export const MAX_DERIVED = 255 * 32;

/**
 * Derives `length` bytes for one purpose, by HKDF-SHA256. The purpose is normalised (NFC), so equal text gives equal
 * keys however its accents are encoded.
 */
export function deriveKey(key: Uint8Array, purpose: string, length: number = KEY_LENGTH): Uint8Array {
  return hkdf(sha256, key, undefined, utf8ToBytes(purpose.normalize("NFC")), length);
}

/** Derives the key of one message, from its phase and the side that sends it. */
export function phaseKey(key: Uint8Array, side: string, phase: string): Uint8Array {
  const purpose = concatBytes(utf8ToBytes("wormhole:phase:"), sha256(utf8ToBytes(side)), sha256(utf8ToBytes(phase)));
  return hkdf(sha256, key, undefined, purpose, KEY_LENGTH);
}

/** Derives the 32 bytes that two people compare to be sure that no attacker sits between them. */
export function verifier(key: Uint8Array): Uint8Array {
  return deriveKey(key, "wormhole:verifier");
}
