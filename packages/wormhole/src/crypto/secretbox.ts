/** NaCl's secretbox with its nonce in front: the body of every encrypted phase. */
import { xsalsa20poly1305 } from "@noble/ciphers/salsa.js";
import { concatBytes } from "@noble/hashes/utils.js";

export const NONCE_LENGTH = 24;
/** Nonce and tag of a box around nothing: nothing shorter is one. */
const SHORTEST = NONCE_LENGTH + 16;

/** `nonce` is 24 random bytes, never used again with this key. */
export function encrypt(key: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array): Uint8Array {
  return concatBytes(nonce, xsalsa20poly1305(key, nonce).encrypt(plaintext));
}

/** The plaintext, or `undefined` if the body was not made with this key. */
export function decrypt(key: Uint8Array, body: Uint8Array): Uint8Array | undefined {
  if (body.length < SHORTEST) return undefined;
  try {
    return xsalsa20poly1305(key, body.subarray(0, NONCE_LENGTH)).decrypt(body.subarray(NONCE_LENGTH));
  } catch {
    return undefined;
  }
}
