/** Tells which providers of the ciphers work in this runtime. */
import { platform } from "#platform";
import { guarded } from "../base/guarded.ts";

/** The provider of each cipher for bulk data, such as `libsodium`, or `portable` for the one in JavaScript. */
export interface CipherProviders {
  /** Of transit, which file transfers use: `libsodium` or `portable`. */
  readonly transit: string;
  /** Of dilation: `openssl`, `libsodium`, `node` or `portable`, the fastest first. */
  readonly dilation: string;
}

/**
 * Returns the providers that wormholes of this process use. Each was compared with the portable one before it is used. Without
 * native ones everything works, and bulk data is several times slower.
 *
 * @example
 * const { transit } = await cipherProviders();
 * if (transit === "portable") console.warn("Install sodium-native: files are encrypted slowly.");
 */
export function cipherProviders(): Promise<CipherProviders> {
  return guarded(load());
}

async function load(): Promise<CipherProviders> {
  const [transit, dilation] = await Promise.all([platform.loadBulkCrypto(), platform.loadChaCha()]);
  return { transit: transit.name, dilation: dilation.name };
}
