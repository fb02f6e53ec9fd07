/** SPAKE2, compared with test/vectors/spake2.json, and the messages that it must refuse. */
import { ed25519 } from "@noble/curves/ed25519.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import { finish, passwordScalar, type Spake2, start } from "../../src/crypto/spake2.ts";
import { vectors } from "../vectors.ts";

interface Side {
  password_hex: string;
  id_symmetric_hex: string;
  entropy64?: string;
  scalar_le: string;
  pw_scalar_le: string;
  message: string;
  key: string;
}
interface Vectors {
  params: { name: string; seed_utf8: string; element: string }[];
  password_to_scalar: { password_hex: string; scalar_decimal: string }[];
  exchanges: { label: string; alice: Side; bob: Side; keys_equal: boolean }[];
  upstream_compat: { scalar1_le: string; scalar2_le: string; message1: string; message2: string; key: string };
  finish_cases: {
    label: string;
    our_entropy64: string;
    our_message: string;
    inbound: string;
    result: string;
    key?: string;
  }[];
}
const data = vectors<Vectors>("spake2");
const control = data.finish_cases[0];

/** The state of a side whose scalar was recorded without its entropy. */
function withScalar(scalar: string, message: string, password: Uint8Array): Spake2 {
  return { scalar: hexToBytes(scalar), message: hexToBytes(message), password };
}

describe("SPAKE2, compared with python-spake2", () => {
  it.each(data.password_to_scalar)("turns a password into the number $scalar_decimal", (vector) => {
    expect(passwordScalar(hexToBytes(vector.password_hex))).toBe(BigInt(vector.scalar_decimal));
  });

  it.each(data.exchanges)("agrees with a recorded exchange: $label", ({ alice, bob, keys_equal }) => {
    for (const [mine, theirs] of [
      [alice, bob],
      [bob, alice],
    ] as const) {
      const password = hexToBytes(mine.password_hex);
      const side = mine.entropy64
        ? start(password, hexToBytes(mine.entropy64))
        : withScalar(mine.scalar_le, mine.message, password);
      expect(bytesToHex(side.scalar)).toBe(mine.scalar_le);
      expect(bytesToHex(side.message)).toBe(mine.message);
      const key = finish(side, hexToBytes(theirs.message), hexToBytes(mine.id_symmetric_hex));
      expect(key && bytesToHex(key)).toBe(mine.key);
    }
    expect(alice.key === bob.key).toBe(keys_equal);
  });

  it("agrees with the constants in the tests of the Python, Rust and Go libraries", () => {
    const { scalar1_le, message1, message2, key } = data.upstream_compat;
    const side = withScalar(scalar1_le, message1, utf8ToBytes("password"));
    expect(bytesToHex(finish(side, hexToBytes(message2), new Uint8Array()) ?? new Uint8Array())).toBe(key);
  });

  it("blinds with the element that is derived from the seed", () => {
    const element = data.params.find(({ seed_utf8 }) => seed_utf8 === "symmetric")?.element;
    expect(bytesToHex(arbitraryElement("symmetric"))).toBe(element);
    // With scalar zero a message is the blinding alone.
    const message = start(utf8ToBytes("p"), new Uint8Array(64)).message;
    const blinding = ed25519.Point.fromHex(element ?? "").multiply(passwordScalar(utf8ToBytes("p")));
    expect(bytesToHex(message)).toBe(`53${blinding.toHex()}`);
  });

  it("refuses too little entropy", () => {
    expect(() => start(utf8ToBytes("p"), new Uint8Array(63))).toThrow(TypeError);
  });
});

describe("the message of a peer", () => {
  const password = utf8ToBytes("4-purple-sausages");
  const ours = (): Spake2 => start(password, hexToBytes(control?.our_entropy64 ?? ""));
  /** Cases that python-spake2 accepts, and that no honest peer sends. */
  const STRICTER = [
    "33-byte element (one trailing zero byte)",
    "identity, non-canonical y = p+1",
    "identity with sign bit set",
  ];

  it.each(data.finish_cases)("$label: $result by python-spake2", ({ label, our_message, inbound, result, key }) => {
    expect(bytesToHex(ours().message)).toBe(our_message);
    const got = finish(ours(), hexToBytes(inbound), utf8ToBytes("lothar.com/wormhole/text-or-file-xfer"));
    const accepted = result === "accepted" && !STRICTER.includes(label);
    expect(got && bytesToHex(got)).toBe(accepted ? key : undefined);
  });

  it("is refused if it is one of the eight points of small order, or the sum of one and an honest point", () => {
    const honest = ed25519.Point.BASE.multiply(12345n);
    for (const hex of SMALL_ORDER) {
      expect(finish(ours(), hexToBytes(`53${hex}`), new Uint8Array()), hex).toBeUndefined();
      const torsion = ed25519.Point.fromBytes(hexToBytes(hex), true);
      if (torsion.is0()) continue;
      const mixed = concatBytes(Uint8Array.of(0x53), honest.add(torsion).toBytes());
      expect(finish(ours(), mixed, new Uint8Array()), `honest plus ${hex}`).toBeUndefined();
    }
  });

  it("is refused if its encoding is not canonical", () => {
    for (const hex of [
      "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", // y = p + 1
      "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", // y = p
      "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
      "0100000000000000000000000000000000000000000000000000000000000080", // the identity, signed
      "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", // y = p + 3
      "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ]) {
      expect(finish(ours(), hexToBytes(`53${hex}`), new Uint8Array()), hex).toBeUndefined();
    }
  });

  it("is refused with any other length or first byte", () => {
    const good = start(utf8ToBytes("x"), new Uint8Array(64).fill(9)).message;
    for (const length of [0, 1, 2, 31, 32, 34, 64]) {
      const message = new Uint8Array(length);
      message.set(good.subarray(0, Math.min(length, 33)));
      expect(finish(ours(), message, new Uint8Array()), `${length} bytes`).toBeUndefined();
    }
    for (let first = 0; first < 256; first++) {
      if (first === 0x53) continue;
      expect(finish(ours(), concatBytes(Uint8Array.of(first), good.subarray(1)), new Uint8Array())).toBeUndefined();
    }
  });
});

/** The torsion group of edwards25519: orders 1, 2, 4, 4, 8, 8, 8, 8. */
const SMALL_ORDER = [
  "0100000000000000000000000000000000000000000000000000000000000000",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0000000000000000000000000000000000000000000000000000000000000080",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
];

/** Derives an element as python-spake2 does: the first point at or after a hashed y with an even x, times the cofactor. */
function arbitraryElement(seed: string): Uint8Array {
  const { Fp } = ed25519.Point;
  const hashed = hkdf(sha256, utf8ToBytes(seed), undefined, utf8ToBytes("SPAKE2 arbitrary element"), 48);
  let y = BigInt(`0x${bytesToHex(hashed)}`) % Fp.ORDER;
  for (; ; y = (y + 1n) % Fp.ORDER) {
    const encoded = Fp.toBytes(y);
    try {
      const point = ed25519.Point.fromBytes(encoded).clearCofactor();
      if (!point.is0()) return point.toBytes();
    } catch {
      // No point has this y.
    }
  }
}
