/**
 * The handshake `Noise_NNpsk0_25519_ChaChaPoly_BLAKE2s` of the Noise specification (revision 34), with empty prologue and
 * empty payloads. After its two messages, two sides that share a secret have new keys, which protect what they send even
 * if the secret becomes known later.
 *
 *     -> psk, e
 *     <- e, ee
 */
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { blake2s } from "@noble/hashes/blake2.js";
import { hmac } from "@noble/hashes/hmac.js";
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { TAG_BYTES } from "./bulk.ts";
import { KEY_LENGTH } from "./keys.ts";
import { publicKey, shared } from "./x25519.ts";

/** The keys of the two directions, 32 bytes each. */
export interface NoiseKeys {
  readonly send: Uint8Array;
  readonly receive: Uint8Array;
}

/** The state that both sides have in common so far (section 5.2). Plain data. */
interface Symmetric {
  readonly chainingKey: Uint8Array;
  readonly hash: Uint8Array;
  readonly key: Uint8Array;
}

/** The state of an initiator that waits for the answer. Secret. */
export interface Initiation extends Symmetric {
  readonly privateKey: Uint8Array;
}

/** Bytes of each of the two messages: a public key and the tag of an empty payload. */
export const NOISE_MESSAGE = KEY_LENGTH + TAG_BYTES;
/** Bytes of randomness that each side needs: its ephemeral private key. */
export const NOISE_ENTROPY = KEY_LENGTH;

const NONCE_BYTES = 12;
const NAME = utf8ToBytes("Noise_NNpsk0_25519_ChaChaPoly_BLAKE2s");
const EMPTY = new Uint8Array(0);

/** Makes the initiator's message. `psk` and `entropy` have 32 bytes; `entropy` is random and never used again. */
export function initiate(psk: Uint8Array, entropy: Uint8Array): { state: Initiation; message: Uint8Array } {
  const ours = publicKey(entropy);
  const { symmetric, box } = seal(mixEphemeral(begin(psk), ours));
  return { state: { ...symmetric, privateKey: entropy }, message: concatBytes(ours, box) };
}

/** Makes the responder's answer and keys. Returns `undefined` if the message was not made with this `psk`. */
export function respond(
  psk: Uint8Array,
  message: Uint8Array,
  entropy: Uint8Array,
): { message: Uint8Array; keys: NoiseKeys } | undefined {
  if (message.length !== NOISE_MESSAGE) return undefined;
  const theirs = message.subarray(0, KEY_LENGTH);
  // The box is opened first, so that a program without the secret cannot cause the costly work on the curve.
  const opened = open(mixEphemeral(begin(psk), theirs), message.subarray(KEY_LENGTH));
  const secret = opened && shared(entropy, theirs);
  if (!opened || !secret) return undefined;
  const ours = publicKey(entropy);
  const { symmetric, box } = seal(mixKey(mixEphemeral(opened, ours), secret));
  const [receive, send] = split(symmetric);
  return { message: concatBytes(ours, box), keys: { send, receive } };
}

/** Returns the initiator's keys, or `undefined` if the answer was not made with the same `psk`. */
export function conclude(state: Initiation, message: Uint8Array): NoiseKeys | undefined {
  if (message.length !== NOISE_MESSAGE) return undefined;
  const theirs = message.subarray(0, KEY_LENGTH);
  const secret = shared(state.privateKey, theirs);
  const opened = secret && open(mixKey(mixEphemeral(state, theirs), secret), message.subarray(KEY_LENGTH));
  if (!opened) return undefined;
  const [send, receive] = split(opened);
  return { send, receive };
}

/** Begins with the protocol's name, the empty prologue and the secret (section 9.2). */
function begin(psk: Uint8Array): Symmetric {
  const name = blake2s(NAME);
  const [chainingKey, mixed, key] = derive(name, psk);
  return mixHash({ chainingKey, hash: blake2s(concatBytes(name, EMPTY)), key }, mixed);
}

/** Mixes in an ephemeral public key. With a psk, it goes into the key as well (section 9.2). */
function mixEphemeral(symmetric: Symmetric, ephemeral: Uint8Array): Symmetric {
  return mixKey(mixHash(symmetric, ephemeral), ephemeral);
}

/** `MixHash` (section 5.2). */
function mixHash(symmetric: Symmetric, data: Uint8Array): Symmetric {
  return { ...symmetric, hash: blake2s(concatBytes(symmetric.hash, data)) };
}

/** `MixKey` (section 5.2). */
function mixKey(symmetric: Symmetric, material: Uint8Array): Symmetric {
  const [chainingKey, key] = derive(symmetric.chainingKey, material);
  return { ...symmetric, chainingKey, key };
}

/** Returns the keys of the two directions, the initiator's first (`Split`, section 5.2). */
function split({ chainingKey }: Symmetric): readonly [initiators: Uint8Array, responders: Uint8Array] {
  const [initiators, responders] = derive(chainingKey, EMPTY);
  return [initiators, responders];
}

/** `EncryptAndHash` of an empty payload (section 5.2). Every key seals one message, so the nonce is always 0. */
function seal(symmetric: Symmetric): { symmetric: Symmetric; box: Uint8Array } {
  const box = cipher(symmetric).encrypt(EMPTY);
  return { symmetric: mixHash(symmetric, box), box };
}

/** `DecryptAndHash` of a box of {@link seal}, 16 bytes (section 5.2). */
function open(symmetric: Symmetric, box: Uint8Array): Symmetric | undefined {
  try {
    cipher(symmetric).decrypt(box);
    return mixHash(symmetric, box);
  } catch {
    return undefined;
  }
}

function cipher({ key, hash }: Symmetric) {
  return chacha20poly1305(key, new Uint8Array(NONCE_BYTES), hash);
}

/** HKDF with three outputs (section 4.3). With two outputs, the first two are the same. */
function derive(chainingKey: Uint8Array, material: Uint8Array): readonly [Uint8Array, Uint8Array, Uint8Array] {
  const temporary = hmac(blake2s, chainingKey, material);
  const first = hmac(blake2s, temporary, Uint8Array.of(1));
  const second = hmac(blake2s, temporary, concatBytes(first, Uint8Array.of(2)));
  return [first, second, hmac(blake2s, temporary, concatBytes(second, Uint8Array.of(3)))];
}
