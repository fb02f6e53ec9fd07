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
  const theirs = message.subarray(0, KEY);
  const greeted = open(mixEphemeral(begin(psk), theirs), message.subarray(KEY));
  const ours = publicKey(entropy);
  const secret = greeted && shared(entropy, theirs);
  if (!greeted || !secret) return undefined;
  const { symmetric, box } = seal(mixKey(mixEphemeral(greeted, ours), secret));
  const [receive, send] = derive(symmetric.chainingKey, NOTHING, 2) as [Uint8Array, Uint8Array];
  return { message: concatBytes(ours, box), keys: { send, receive } };
}

/** The initiator's keys; `undefined`, if the answer is not from somebody with the same `psk`. */
export function conclude(state: Initiation, message: Uint8Array): NoiseKeys | undefined {
  const theirs = message.subarray(0, KEY);
  const secret = shared(state.privateKey, theirs);
  const opened = secret && open(mixKey(mixEphemeral(state, theirs), secret), message.subarray(KEY));
  if (!opened) return undefined;
  const [send, receive] = derive(opened.chainingKey, NOTHING, 2) as [Uint8Array, Uint8Array];
  return { send, receive };
}

/** The protocol's name, the empty prologue, and the secret (section 9.2). */
function begin(psk: Uint8Array): Symmetric {
  const name = blake2s(NAME);
  const hash = blake2s(concatBytes(name, NOTHING));
  const [chainingKey, mixed, key] = derive(name, psk, 3) as [Uint8Array, Uint8Array, Uint8Array];
  return { chainingKey, hash: blake2s(concatBytes(hash, mixed)), key };
}

/** An ephemeral public key; where there is a psk it goes into the key too (section 9.2). */
function mixEphemeral(symmetric: Symmetric, ephemeral: Uint8Array): Symmetric {
  return mixKey(mixHash(symmetric, ephemeral), ephemeral);
}

function mixHash(symmetric: Symmetric, data: Uint8Array): Symmetric {
  return { ...symmetric, hash: blake2s(concatBytes(symmetric.hash, data)) };
}

function mixKey(symmetric: Symmetric, material: Uint8Array): Symmetric {
  const [chainingKey, key] = derive(symmetric.chainingKey, material, 2) as [Uint8Array, Uint8Array];
  return { ...symmetric, chainingKey, key };
}

/** An empty payload, sealed. Every key seals one message, so the nonce is always the first. */
function seal(symmetric: Symmetric): { symmetric: Symmetric; box: Uint8Array } {
  const box = chacha20poly1305(symmetric.key, new Uint8Array(12), symmetric.hash).encrypt(NOTHING);
  return { symmetric: mixHash(symmetric, box), box };
}

function open(symmetric: Symmetric, box: Uint8Array): Symmetric | undefined {
  try {
    const payload = chacha20poly1305(symmetric.key, new Uint8Array(12), symmetric.hash).decrypt(box);
    return payload.length === 0 ? mixHash(symmetric, box) : undefined;
  } catch {
    return undefined;
  }
}

/** HKDF of section 4.3. */
function derive(chainingKey: Uint8Array, material: Uint8Array, outputs: 2 | 3): Uint8Array[] {
  const temporary = hmac(blake2s, chainingKey, material);
  const all: Uint8Array[] = [];
  let last: Uint8Array = NOTHING;
  for (let n = 1; n <= outputs; n++) {
    last = hmac(blake2s, temporary, concatBytes(last, Uint8Array.of(n)));
    all.push(last);
  }
  return all;
}
