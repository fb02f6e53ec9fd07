/** The purposes for which the library itself derives keys. */

/** The purpose for which the key of a dilation is derived. */
export const DILATION_KEY = "dilation-v1";

/**
 * Whether the library itself derives keys for this purpose. An application that had one of them could give it away, and with
 * it the verifier, the messages or the streams. Purposes are compared in NFC, as the derivation does.
 */
export function isInternal(purpose: string): boolean {
  const normal = purpose.normalize("NFC");
  return normal.startsWith("wormhole:") || normal === DILATION_KEY;
}
