/** Diffie-Hellman on Curve25519 (RFC 7748). It has a file of its own, so that a simulation can replace it. */
import { x25519 } from "@noble/curves/ed25519.js";

/** Returns the public key of a private key; both have 32 bytes. */
export function publicKey(privateKey: Uint8Array): Uint8Array {
  return x25519.getPublicKey(privateKey);
}

/**
 * Returns the secret that two sides share, 32 bytes; `undefined` if the other side's public key is one of the few that
 * give the same secret with every private key.
 */
export function shared(privateKey: Uint8Array, theirs: Uint8Array): Uint8Array | undefined {
  try {
    return x25519.getSharedSecret(privateKey, theirs);
  } catch {
    return undefined;
  }
}
