/**
 * Encrypts saved wormholes with NaCl's secretbox. The key is given, or scrypt derives it from a passphrase.
 *
 * The encrypted text is one line: a name with the version of the format, the kind of secret, the parameters of scrypt, and
 * the box.
 */
import { bytesToHex, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import type { SerializedWormhole } from "../../api.ts";
import { isBytes } from "../../base/bytes.ts";
import { KEY_LENGTH } from "../../crypto/keys.ts";
import { MAX_SCRYPT_WORK, passphraseKey, SALT_LENGTH, SCRYPT_WORK } from "../../crypto/passphrase.ts";
import { decrypt, encrypt, NONCE_LENGTH } from "../../crypto/secretbox.ts";
import { systemRandom } from "../../crypto/system-random.ts";
import { WormholeError } from "../../errors.ts";

const NAME = "wormhole-state-";
const FORMAT = "1";

/**
 * Encrypts a saved wormhole, so that it can be kept where others may read it.
 *
 * The state is copied at once, before anything is awaited.
 *
 * @param secret 32 random bytes, which suit a journal; or a passphrase, which costs a second and 128 MiB each time
 * @returns one line of ASCII text, for {@link decryptState}
 * @throws {TypeError} (the promise rejects) if `secret` is neither 32 bytes nor a passphrase
 *
 * @example
 * const journal = new CheckpointJournal(async () => {
 *   await writeFile("state", await encryptState(wormhole.serialize(), key));
 * });
 */
export async function encryptState(state: SerializedWormhole, secret: string | Uint8Array): Promise<string> {
  checkSecret(secret);
  const plaintext = utf8ToBytes(JSON.stringify(state));
  const salt = systemRandom(SALT_LENGTH);
  const how = typeof secret === "string" ? ["scrypt", String(SCRYPT_WORK), bytesToHex(salt)] : ["key"];
  const key = typeof secret === "string" ? await passphraseKey(secret, salt, SCRYPT_WORK) : secret;
  return [NAME + FORMAT, ...how, bytesToHex(encrypt(key, systemRandom(NONCE_LENGTH), plaintext))].join(" ");
}

/**
 * Decrypts a wormhole that {@link encryptState} has encrypted.
 *
 * @returns the state, for `restoreWormhole`
 * @throws {WormholeError} (the promise rejects) `bad-state` if the secret is wrong, or the text is damaged or of another
 *   version
 * @throws {TypeError} (the promise rejects) if `secret` is neither 32 bytes nor a passphrase
 *
 * @example
 * const wormhole = restoreWormhole(await decryptState(await readFile("state", "utf8"), key), { delegate });
 */
export async function decryptState(text: string, secret: string | Uint8Array): Promise<SerializedWormhole> {
  checkSecret(secret);
  const [name, kind, ...rest] = text.trim().split(" ");
  checkName(name);
  if (kind === "key" && rest.length === 1) return open(rest, secretKey(secret));
  if (kind !== "scrypt" || rest.length !== 3) throw damaged();
  const [work, salt, ...box] = rest;
  return open(box, await workedKey(secret, work, salt));
}

function checkSecret(secret: string | Uint8Array): void {
  const passphrase = typeof secret === "string" && secret.length > 0;
  const key = isBytes(secret) && secret.length === KEY_LENGTH;
  if (!passphrase && !key) throw new TypeError(`secret must be a passphrase, or a key of ${KEY_LENGTH} bytes`);
}

function checkName(name: string | undefined): void {
  if (name === NAME + FORMAT) return;
  if (!name?.startsWith(NAME)) throw bad("This is not an encrypted wormhole.");
  throw bad("This wormhole was encrypted by another version, in a format that this version cannot read.");
}

function secretKey(secret: string | Uint8Array): Uint8Array {
  if (typeof secret === "string") throw bad("This wormhole was encrypted with a key, not with a passphrase.");
  return secret;
}

/** Derives the key from a passphrase. Work and salt are not authenticated, so they are checked before any work is done. */
async function workedKey(secret: string | Uint8Array, work = "", salt = ""): Promise<Uint8Array> {
  if (typeof secret !== "string") throw bad("This wormhole was encrypted with a passphrase, not with a key.");
  const bytes = unhex(salt);
  if (!/^[1-9][0-9]?$/.test(work) || Number(work) > MAX_SCRYPT_WORK || bytes.length !== SALT_LENGTH) throw damaged();
  return passphraseKey(secret, bytes, Number(work));
}

function open([box = ""]: string[], key: Uint8Array): SerializedWormhole {
  const plaintext = decrypt(key, unhex(box));
  if (!plaintext) throw bad("The passphrase or key is wrong, or this encrypted wormhole is damaged.");
  return orDamaged(() => JSON.parse(new TextDecoder().decode(plaintext)) as SerializedWormhole);
}

function unhex(text: string): Uint8Array {
  return orDamaged(() => hexToBytes(text));
}

function orDamaged<T>(read: () => T): T {
  try {
    return read();
  } catch {
    throw damaged();
  }
}

function damaged(): WormholeError {
  return bad("This encrypted wormhole is damaged.");
}

function bad(message: string): WormholeError {
  return new WormholeError("bad-state", message);
}
