/**
 * ChaCha20-Poly1305 by the OpenSSL inside Node, called directly as a program in C calls it.
 *
 * Node's binary exports these functions to its native modules, and the optional peer koffi calls them with our own
 * memory. This provider is kept because it is by far the fastest on processors with AVX-512: libsodium does not use those
 * instructions, and node:crypto makes an object for each message and copies it twice. `npm run bench -- ciphers` compares
 * the three.
 *
 * C checks nothing, so all lengths are checked here. `chacha.node.ts` compares the results with the portable cipher's
 * before it uses them, and takes the next provider if anything fails.
 */
import { type BulkCipher, TAG_BYTES } from "./bulk.ts";
import { fresh } from "./fresh.node.ts";
import { KEY_LENGTH } from "./keys.ts";
import { loadOptional } from "./optional.node.ts";

const NONCE_BYTES = 12;

/** The last argument of `EVP_CipherInit_ex`. */
const [OPENS, SEALS] = [0, 1] as const;
/** `EVP_CTRL_AEAD_GET_TAG` and `EVP_CTRL_AEAD_SET_TAG` of OpenSSL's `evp.h`. */
const [GET_TAG, SET_TAG] = [0x10, 0x11] as const;

/** This provider cannot be used here. The loader of `chacha.node.ts` catches it, so it never leaves the library. */
class Unavailable extends Error {}

/**
 * Loads the provider.
 * @throws {Error} if koffi is not installed, or if the runtime has no such functions
 */
export async function loadOpenSslChaCha(): Promise<BulkCipher> {
  const openssl = await loadFunctions();
  return { name: "openssl", ...sealing(openssl), ...opening(openssl), fresh };
}

/** A function of C. koffi converts the arguments, and copies no memory. */
type CFunction = (...given: unknown[]) => unknown;

/** The functions of OpenSSL that are called here, by their names in C without `EVP_` and in the order of its arguments. */
interface OpenSsl {
  readonly newContext: CFunction;
  readonly chacha: CFunction;
  readonly init: CFunction;
  readonly update: CFunction;
  readonly final: CFunction;
  readonly control: CFunction;
}

/** The part of koffi that is used here. */
interface Koffi {
  /** `null` opens the program itself. */
  load(path: null): { func(name: string, result: string, parameters: readonly string[]): CFunction };
}

async function loadFunctions(): Promise<OpenSsl> {
  const koffi = (await loadOptional("koffi")) as Koffi;
  const binary = koffi.load(null);
  const any = "void *";
  return {
    newContext: binary.func("EVP_CIPHER_CTX_new", any, []),
    chacha: binary.func("EVP_chacha20_poly1305", any, []),
    init: binary.func("EVP_CipherInit_ex", "int", [any, any, any, any, any, "int"]),
    update: binary.func("EVP_CipherUpdate", "int", [any, any, any, any, "int"]),
    final: binary.func("EVP_CipherFinal_ex", "int", [any, any, any]),
    control: binary.func("EVP_CIPHER_CTX_ctrl", "int", [any, "int", "int", any]),
  };
}

/** Makes a context for one direction. It exists as long as the thread, and holds the last key that was used. */
function newContext({ newContext: create, chacha, init }: OpenSsl, direction: typeof SEALS | typeof OPENS): unknown {
  const [context, cipher] = [create(), chacha()];
  if (!context || !cipher) throw new Unavailable("OpenSSL has no ChaCha20-Poly1305.");
  must(init(context, cipher, null, null, null, direction));
  return context;
}

function sealing(openssl: OpenSsl): Pick<BulkCipher, "seal"> {
  const { init, update, final, control } = openssl;
  const context = newContext(openssl, SEALS);
  const { written, rest } = outputs();
  return {
    seal(target, plaintext, nonce, key) {
      checkLengths(plaintext, target, nonce, key);
      must(init(context, null, null, key, nonce, SEALS));
      must(update(context, target, written, plaintext, plaintext.length));
      must(final(context, rest, written));
      must(control(context, GET_TAG, TAG_BYTES, target.subarray(plaintext.length)));
    },
  };
}

function opening(openssl: OpenSsl): Pick<BulkCipher, "open"> {
  const { init, update, final, control } = openssl;
  const context = newContext(openssl, OPENS);
  const { written, rest } = outputs();
  return {
    open(target, box, nonce, key) {
      if (box.length < TAG_BYTES) return false;
      checkLengths(target, box, nonce, key);
      must(init(context, null, null, key, nonce, OPENS));
      must(control(context, SET_TAG, TAG_BYTES, box.subarray(target.length)));
      must(update(context, target, written, box, target.length));
      if (final(context, rest, written) === 1) return true;
      target.fill(0);
      return false;
    },
  };
}

/** Memory for outputs that are not needed: how many bytes were written, and the rest of the last block, which is empty. */
function outputs(): { written: Int32Array; rest: Uint8Array } {
  return { written: new Int32Array(1), rest: new Uint8Array(TAG_BYTES) };
}

function must(result: unknown): void {
  if (result !== 1) throw new Unavailable("OpenSSL refused a call.");
}

function checkLengths(plaintext: Uint8Array, box: Uint8Array, nonce: Uint8Array, key: Uint8Array): void {
  if (box.length !== plaintext.length + TAG_BYTES) throw new RangeError("a box is 16 bytes longer than its plaintext");
  if (nonce.length !== NONCE_BYTES || key.length !== KEY_LENGTH)
    throw new RangeError("a nonce has 12 bytes, and a key 32");
}
