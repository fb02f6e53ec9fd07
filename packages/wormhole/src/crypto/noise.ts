/**
 * The handshake `Noise_NNpsk0_25519_ChaChaPoly_BLAKE2s` of the Noise specification (revision 34), with empty prologue and
 * empty payloads: two messages, after which two sides that have the same secret have fresh keys that nobody else has.
 *
 *     -> psk, e
 *     <- e, ee
 */
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { blake2s } from "@noble/hashes/blake2.js";
import { hmac } from "@noble/hashes/hmac.js";
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { publicKey, shared } from "./x25519.ts";

/** The keys of the two directions, 32 bytes each. */
export interface NoiseKeys {
  readonly send: Uint8Array;
  readonly receive: Uint8Array;
}

/** What the two sides have in common so far: section 5.2. Plain data. */
interface Symmetric {
  readonly chainingKey: Uint8Array;
  readonly hash: Uint8Array;
  readonly key: Uint8Array;
}

/** An initiator who waits for the answer. */
export interface Initiation extends Symmetric {
  readonly privateKey: Uint8Array;
}

/** Bytes of each of the two messages: a public key, and the tag of an empty payload. */
export const NOISE_MESSAGE = 48;
/** Bytes of randomness that each side needs: its ephemeral private key. */
export const NOISE_ENTROPY = 32;

const KEY = 32;
const NONCE = 12;
const NAME = utf8ToBytes("Noise_NNpsk0_25519_ChaChaPoly_BLAKE2s");
const NOTHING = new Uint8Array(0);

/** The initiator's message. `psk` and `entropy` are 32 bytes; the latter is used once. */
export function initiate(psk: Uint8Array, entropy: Uint8Array): { state: Initiation; message: Uint8Array } {
  const ours = publicKey(entropy);
  const { symmetric, box } = seal(mixEphemeral(begin(psk), ours));
  return { state: { ...symmetric, privateKey: entropy }, message: concatBytes(ours, box) };
}

/** The responder's answer and keys; `undefined`, if the message was not made with this `psk`. */
export function respond(
  psk: Uint8Array,
  message: Uint8Array,
  entropy: Uint8Array,
): { message: Uint8Array; keys: NoiseKeys } | undefined {
  if (message.length !== NOISE_MESSAGE) return undefined;
  const theirs = message.subarray(0, KEY);
  // Whoever does not have the secret gets no more work out of us than this.
  const opened = open(mixEphemeral(begin(psk), theirs), message.subarray(KEY));
  const secret = opened && shared(entropy, theirs);
  if (!opened || !secret) return undefined;
  const ours = publicKey(entropy);
  const { symmetric, box } = seal(mixKey(mixEphemeral(opened, ours), secret));
  const [receive, send] = split(symmetric);
  return { message: concatBytes(ours, box), keys: { send, receive } };
}

/** The initiator's keys; `undefined`, if the answer is not from somebody with the same `psk`. */
export function conclude(state: Initiation, message: Uint8Array): NoiseKeys | undefined {
  if (message.length !== NOISE_MESSAGE) return undefined;
  const theirs = message.subarray(0, KEY);
  const secret = shared(state.privateKey, theirs);
  const opened = secret && open(mixKey(mixEphemeral(state, theirs), secret), message.subarray(KEY));
  if (!opened) return undefined;
  const [send, receive] = split(opened);
  return { send, receive };
}

/** The protocol's name, the empty prologue, and the secret (section 9.2). */
function begin(psk: Uint8Array): Symmetric {
  const name = blake2s(NAME);
  const [chainingKey, mixed, key] = derive(name, psk);
  return mixHash({ chainingKey, hash: blake2s(concatBytes(name, NOTHING)), key }, mixed);
}

/** An ephemeral public key; where there is a psk it goes into the key too (section 9.2). */
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

/** The keys of the two directions, the initiator's first (section 5.2, `Split`). */
function split({ chainingKey }: Symmetric): readonly [initiators: Uint8Array, responders: Uint8Array] {
  const [initiators, responders] = derive(chainingKey, NOTHING);
  return [initiators, responders];
}

/** `EncryptAndHash` of an empty payload. Every key seals one message, so the nonce is always the first. */
function seal(symmetric: Symmetric): { symmetric: Symmetric; box: Uint8Array } {
  const box = cipher(symmetric).encrypt(NOTHING);
  return { symmetric: mixHash(symmetric, box), box };
}

/** `DecryptAndHash` of what {@link seal} made, 16 bytes. */
function open(symmetric: Symmetric, box: Uint8Array): Symmetric | undefined {
  try {
    cipher(symmetric).decrypt(box);
    return mixHash(symmetric, box);
  } catch {
    return undefined;
  }
}

function cipher({ key, hash }: Symmetric) {
  return chacha20poly1305(key, new Uint8Array(NONCE), hash);
}

/** HKDF of section 4.3 with three outputs; with two they are the same. */
function derive(chainingKey: Uint8Array, material: Uint8Array): readonly [Uint8Array, Uint8Array, Uint8Array] {
  const temporary = hmac(blake2s, chainingKey, material);
  const first = hmac(blake2s, temporary, Uint8Array.of(1));
  const second = hmac(blake2s, temporary, concatBytes(first, Uint8Array.of(2)));
  return [first, second, hmac(blake2s, temporary, concatBytes(second, Uint8Array.of(3)))];
}
