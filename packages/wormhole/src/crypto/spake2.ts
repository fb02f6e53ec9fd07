/**
 * SPAKE2 in its symmetric form on Ed25519: two sides that have the same short password agree on a strong key, and an
 * attacker in the middle gets one guess. Abdalla and Pointcheval, "Simple Password-Based Encrypted Key Exchange
 * Protocols" (2005), with the group, the encodings and the transcript of python-spake2's `SPAKE2_Symmetric`.
 */
import { ed25519 } from "@noble/curves/ed25519.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";

const Point = ed25519.Point;
type Point = InstanceType<typeof Point>;

/** The first byte of every message: `S` for symmetric. */
const SYMMETRIC = 0x53;
/** The blinding element: python-spake2's arbitrary element for the seed `symmetric`, whose logarithm is unknown. */
const S = Point.fromHex("6f00dae87c1be1a73b5922ef431cd8f57879569c222d22b1cd71e8546ab8e6f1");
/** A copy of the base point. The original makes a large table of multiples on first use, which costs more than it saves here. */
const B = Point.fromAffine(Point.BASE.toAffine());
const ORDER = Point.Fn.ORDER;

/** Bytes of randomness that {@link start} needs: enough that their remainder by the group's order has no bias. */
export const SPAKE2_ENTROPY = 64;

/** The state of one side between its own message and the peer's. Secret. */
export interface Spake2 {
  /** The secret number: 32 bytes, little-endian. */
  readonly scalar: Uint8Array;
  /** The password in UTF-8. */
  readonly password: Uint8Array;
  /** The message of this side, 33 bytes. */
  readonly message: Uint8Array;
}

/**
 * Begins an exchange: makes this side's message. `password` is UTF-8; `entropy` is {@link SPAKE2_ENTROPY} random bytes,
 * never used again.
 * @throws {TypeError} if `entropy` has another length
 */
export function start(password: Uint8Array, entropy: Uint8Array): Spake2 {
  if (entropy.length !== SPAKE2_ENTROPY) throw new TypeError(`entropy must be ${SPAKE2_ENTROPY} bytes`);
  const scalar = bigEndian(entropy) % ORDER;
  const element = times(B, scalar).add(times(S, passwordScalar(password)));
  return {
    scalar: littleEndianBytes(scalar),
    password,
    message: concatBytes(Uint8Array.of(SYMMETRIC), element.toBytes()),
  };
}

/**
 * Ends an exchange: returns the shared key, 32 bytes. `identity` is the UTF-8 of what both sides bind the key to, the
 * application id.
 *
 * Returns `undefined` for a message that no honest peer sends: of another length or form, this side's own, not canonical,
 * not on the curve, or outside the group of prime order.
 */
export function finish(ours: Spake2, message: Uint8Array, identity: Uint8Array): Uint8Array | undefined {
  const theirs = decode(message);
  if (!theirs || bytesToHex(message) === bytesToHex(ours.message)) return undefined;
  const scalar = bigEndian(ours.scalar.toReversed());
  const shared = times(theirs.subtract(times(S, passwordScalar(ours.password))), scalar);
  const [first, second] = inOrder(ours.message.subarray(1), message.subarray(1));
  return sha256(concatBytes(sha256(ours.password), sha256(identity), first, second, shared.toBytes()));
}

function decode(message: Uint8Array): Point | undefined {
  if (message.length !== 33 || message[0] !== SYMMETRIC) return undefined;
  let point: Point;
  try {
    point = Point.fromBytes(message.slice(1));
  } catch {
    return undefined;
  }
  return point.is0() || !point.isTorsionFree() ? undefined : point;
}

/** Returns the password as a number, like python-spake2's `password_to_scalar`. */
export function passwordScalar(password: Uint8Array): bigint {
  return bigEndian(hkdf(sha256, password, undefined, utf8ToBytes("SPAKE2 pw"), 48)) % ORDER;
}

/** Multiplies a point. Noble refuses the scalar 0, which only tests use. */
function times(point: Point, scalar: bigint): Point {
  return scalar === 0n ? Point.ZERO : point.multiply(scalar);
}

/** Puts two messages into an order that is the same at both sides: that of their bytes. */
function inOrder(a: Uint8Array, b: Uint8Array): [Uint8Array, Uint8Array] {
  return bytesToHex(a) < bytesToHex(b) ? [a, b] : [b, a];
}

function bigEndian(bytes: Uint8Array): bigint {
  let number = 0n;
  for (const byte of bytes) number = (number << 8n) | BigInt(byte);
  return number;
}

function littleEndianBytes(number: bigint): Uint8Array {
  const bytes = new Uint8Array(32);
  for (let i = 0; i < 32; i++, number >>= 8n) bytes[i] = Number(number & 255n);
  return bytes;
}
