/** Replaces Diffie-Hellman in simulations: both sides get the same secret, a thousand times faster, without any security. */
const MASK = Uint8Array.from({ length: 32 }, (_, i) => 5 * i + 3);

export function publicKey(privateKey: Uint8Array): Uint8Array {
  return privateKey.map((byte, i) => byte ^ (MASK[i] ?? 0));
}

export function shared(privateKey: Uint8Array, theirs: Uint8Array): Uint8Array {
  return publicKey(privateKey).map((byte, i) => byte ^ (theirs[i] ?? 0));
}
