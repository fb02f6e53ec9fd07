/** The source of randomness. */

/** Returns `length` unpredictable bytes. In simulations they are predictable. */
export type Random = (length: number) => Uint8Array;
