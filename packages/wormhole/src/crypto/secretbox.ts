/** NaCl's secretbox with its nonce in front: the body of every encrypted phase. */
import { xsalsa20poly1305 } from "@noble/ciphers/salsa.js";
import { concatBytes } from "@noble/hashes/utils.js";
import { TAG_BYTES } from "./bulk.ts";

/** Bytes of the nonce at the beginning of a body. */
export const NONCE_LENGTH = 24;
/** Bytes of the shortest body, which has an empty plaintext. */
const MIN_BODY_BYTES = NONCE_LENGTH + TAG_BYTES;

/** Encrypts `plaintext` and returns the body. `nonce` is 24 random bytes, never used again with this key. */
export function encrypt(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array): Uint8Array {
  return concatBytes(nonce, xsalsa20poly1305(key, nonce).encrypt(plaintext));
}

/** Returns the plaintext of a body, or `undefined` if the body was not made with this key. */
export function decrypt(key: Uint8Array, body: Uint8Array): Uint8Array | undefined {
  if (body.length < MIN_BODY_BYTES) return undefined;
  try {
    return xsalsa20poly1305(key, body.subarray(0, NONCE_LENGTH)).decrypt(body.subarray(NONCE_LENGTH));
  } catch {
    return undefined;
  }
}
