/** The bulk ciphers by libsodium, if the optional dependency `sodium-native` is installed. */
import type { BulkCipher } from "./bulk.ts";
import { fresh } from "./fresh.node.ts";
import { loadOptional } from "./optional.node.ts";

/** The functions of libsodium that are used here. They check every length, and write nothing for a box that does not open. */
interface Sodium {
  crypto_secretbox_easy(target: Uint8Array, plaintext: Uint8Array, nonce: Uint8Array, key: Uint8Array): void;
  crypto_secretbox_open_easy(target: Uint8Array, box: Uint8Array, nonce: Uint8Array, key: Uint8Array): boolean;
  crypto_aead_chacha20poly1305_ietf_encrypt(
    target: Uint8Array,
    plaintext: Uint8Array,
    data: null,
    secretNonce: null,
    nonce: Uint8Array,
    key: Uint8Array,
  ): number;
  /** Throws if the box does not open, unlike `crypto_secretbox_open_easy`. */
  crypto_aead_chacha20poly1305_ietf_decrypt(
    target: Uint8Array,
    secretNonce: null,
    box: Uint8Array,
    data: null,
    nonce: Uint8Array,
    key: Uint8Array,
  ): number;
}

/**
 * Loads transit's cipher, NaCl's secretbox.
 * @throws {Error} if libsodium is not installed, or has no build for this machine
 */
export async function loadSodiumSecretbox(): Promise<BulkCipher> {
  const sodium = await load();
  return {
    name: "libsodium",
    seal: (...given) => sodium.crypto_secretbox_easy(...given),
    open: (...given) => sodium.crypto_secretbox_open_easy(...given),
    fresh,
  };
}

/**
 * Loads dilation's cipher, ChaCha20-Poly1305.
 * @throws {Error} if libsodium is not installed, or has no build for this machine
 */
export async function loadSodiumChaCha(): Promise<BulkCipher> {
  const sodium = await load();
  return {
    name: "libsodium",
    seal: (target, plaintext, nonce, key) =>
      void sodium.crypto_aead_chacha20poly1305_ietf_encrypt(target, plaintext, null, null, nonce, key),
    open(target, box, nonce, key) {
      try {
        sodium.crypto_aead_chacha20poly1305_ietf_decrypt(target, null, box, null, nonce, key);
        return true;
      } catch {
        return false;
      }
    },
    fresh,
  };
}

async function load(): Promise<Sodium> {
  return (await loadOptional("sodium-native")) as Sodium;
}
