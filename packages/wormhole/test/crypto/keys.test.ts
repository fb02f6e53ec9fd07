/** Derived keys and encrypted bodies, compared with test/vectors/keys.json and secretbox.json. */
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import { deriveKey, phaseKey, verifier } from "../../src/crypto/keys.ts";
import { decrypt, encrypt } from "../../src/crypto/secretbox.ts";
import { vectors } from "../vectors.ts";

interface Keys {
  derive_key: { key: string; purpose_utf8: string; length: number; derived: string; note: string }[];
  phase_keys: { shared_key: string; side: string; phase: string; phase_key: string }[];
  verifier_display: { shared_key: string; verifier: string };
}
interface Boxes {
  boxes: { label: string; key: string; nonce: string; plaintext: string; body: string }[];
  must_fail: { label: string; key: string; body: string }[];
}
const keys = vectors<Keys>("keys");
const boxes = vectors<Boxes>("secretbox");

// proves: api/derived-keys
describe("keys that are derived from the shared key", () => {
  it.each(keys.derive_key)("$purpose_utf8, $length bytes $note", ({ key, purpose_utf8, length, derived }) => {
    expect(bytesToHex(deriveKey(hexToBytes(key), purpose_utf8, length))).toBe(derived);
  });

  it.each(keys.phase_keys)("phase $phase of side $side", ({ shared_key, side, phase, phase_key }) => {
    expect(bytesToHex(phaseKey(hexToBytes(shared_key), side, phase))).toBe(phase_key);
  });

  // proves: api/verifier
  it("the verifier that people compare", () => {
    const { shared_key, verifier: shown } = keys.verifier_display;
    expect(bytesToHex(verifier(hexToBytes(shared_key)))).toBe(shown);
  });
});

describe("bodies of encrypted phases", () => {
  it.each(boxes.boxes)("$label", ({ key, nonce, plaintext, body }) => {
    expect(bytesToHex(encrypt(hexToBytes(key), hexToBytes(nonce), hexToBytes(plaintext)))).toBe(body);
    expect(bytesToHex(decrypt(hexToBytes(key), hexToBytes(body)) ?? new Uint8Array(1))).toBe(plaintext);
  });

  it.each(boxes.must_fail)("is refused: $label", ({ key, body }) => {
    expect(decrypt(hexToBytes(key), hexToBytes(body))).toBeUndefined();
  });
});
