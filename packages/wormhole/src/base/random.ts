/** Gives `length` bytes nobody can predict. Simulations give predictable ones instead. */
export type Random = (length: number) => Uint8Array;

/** WebCrypto gives at most 65536 bytes a call; nothing here asks for more. */
export const systemRandom: Random = (length) => crypto.getRandomValues(new Uint8Array(length));
