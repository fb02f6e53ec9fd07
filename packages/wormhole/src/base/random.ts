/** The source of randomness. */

/** Returns `length` unpredictable bytes. In simulations they are predictable. */
export type Random = (length: number) => Uint8Array;

/** The platform's randomness. WebCrypto returns at most 65,536 bytes a call, and no call here needs more. */
export const systemRandom: Random = (length) => crypto.getRandomValues(new Uint8Array(length));
