/** The randomness of the platform. */
import type { Random } from "../base/random.ts";
import { WormholeError } from "../errors.ts";

/** The platform's randomness. WebCrypto returns at most 65,536 bytes a call, and no call here needs more. */
export const systemRandom: Random = (length) => {
  if (typeof globalThis.crypto?.getRandomValues !== "function") {
    const message =
      "This runtime has no secure randomness (crypto.getRandomValues): add it, or give `platform.random`.";
    throw new WormholeError("no-cipher", message);
  }
  return crypto.getRandomValues(new Uint8Array(length));
};
