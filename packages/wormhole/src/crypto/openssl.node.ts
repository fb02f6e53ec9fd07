import { type BulkCipher, TAG_BYTES } from "./bulk.ts";
import { fresh } from "./fresh.node.ts";

const KEY_BYTES = 32;
const NONCE_BYTES = 12;

/** `EVP_CTRL_AEAD_GET_TAG` and `EVP_CTRL_AEAD_SET_TAG` of OpenSSL's `evp.h`. */
const [GET_TAG, SET_TAG] = [0x10, 0x11] as const;

/**
 * ChaCha20-Poly1305 by the OpenSSL that is part of Node, called as a program in C calls it. On a processor with AVX-512 it
 * has twice the speed of any other way, with messages of 64 KiB: libsodium does not use those instructions, and Node's own
 * way makes an object for each message and copies it twice. Node's binary shows these functions to its native modules, and
 * koffi calls them with our memory.
 *
 * C checks nothing, so lengths are checked here. What holds a key is two contexts that live as long as the thread.
 *
 * @throws {Error} where koffi is not installed (it is optional), or the runtime has another library of ciphers
 */
export async function loadOpenSslChaCha(): Promise<BulkCipher> {
  const { default: koffi } = await import("koffi");
  const binary = koffi.load(null);
  const any = "void *";
  const create = binary.func("EVP_CIPHER_CTX_new", any, []);
  const chacha = binary.func("EVP_chacha20_poly1305", any, []);
  const init = binary.func("EVP_CipherInit_ex", "int", [any, any, any, any, any, "int"]);
  const update = binary.func("EVP_CipherUpdate", "int", [any, any, any, any, "int"]);
  const final = binary.func("EVP_CipherFinal_ex", "int", [any, any, any]);
  const control = binary.func("EVP_CIPHER_CTX_ctrl", "int", [any, "int", "int", any]);

  /** Where a function puts how much it has written: all of it, which we know. */
  const written = new Int32Array(1);
  /** Where the last function puts what is left over: nothing, in a cipher of streams. */
  const left = new Uint8Array(TAG_BYTES);

  function context(direction: typeof SEALS | typeof OPENS): unknown {
    const [made, cipher] = [create(), chacha()];
    if (!made || !cipher) throw new Error("OpenSSL has no ChaCha20-Poly1305.");
    must(init(made, cipher, null, null, null, direction));
    return made;
  }
  const [sealing, opening] = [context(SEALS), context(OPENS)];

  return {
    name: "openssl",
    seal(target, plaintext, nonce, key) {
      check(plaintext, target, nonce, key);
      must(init(sealing, null, null, key, nonce, SEALS));
      must(update(sealing, target, written, plaintext, plaintext.length));
      must(final(sealing, left, written));
      must(control(sealing, GET_TAG, TAG_BYTES, target.subarray(plaintext.length)));
    },
    open(target, box, nonce, key) {
      if (box.length < TAG_BYTES) return false;
      check(target, box, nonce, key);
      must(init(opening, null, null, key, nonce, OPENS));
      must(control(opening, SET_TAG, TAG_BYTES, box.subarray(target.length)));
      must(update(opening, target, written, box, target.length));
      if (final(opening, left, written) === 1) return true;
      target.fill(0);
      return false;
    },
    fresh,
  };
}

const [OPENS, SEALS] = [0, 1] as const;

function must(result: number): void {
  if (result !== 1) throw new Error("OpenSSL refused a call.");
}

function check(plaintext: Uint8Array, box: Uint8Array, nonce: Uint8Array, key: Uint8Array): void {
  if (box.length !== plaintext.length + TAG_BYTES) throw new RangeError("A box is 16 bytes longer than what is in it.");
  if (nonce.length !== NONCE_BYTES || key.length !== KEY_BYTES)
    throw new RangeError("A nonce has 12 bytes, and a key 32.");
}
