/** Diffie-Hellman on Curve25519 (RFC 7748), in the one place where a simulation can replace it. */
import { x25519 } from "@noble/curves/ed25519.js";

/** The public key of a private one; 32 bytes each. */
export function publicKey(privateKey: Uint8Array): Uint8Array {
  return x25519.getPublicKey(privateKey);
}

/** What two sides share, 32 bytes; `undefined` for a public key that makes the same of every private one. */
export function shared(privateKey: Uint8Array, theirs: Uint8Array): Uint8Array | undefined {
  try {
    return x25519.getSharedSecret(privateKey, theirs);
  } catch {
    return undefined;
  }
}
