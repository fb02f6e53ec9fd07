/** The Noise handshake, against the results of Python's noiseprotocol for fixed keys (test/vectors/dilation_l2.json). */
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { conclude, initiate, NOISE_MESSAGE, respond } from "../../src/crypto/noise.ts";
import { publicKey, shared } from "../../src/crypto/x25519.ts";
import { vectors } from "../vectors.ts";

interface Vectors {
  psk: string;
  leader_ephemeral_private: string;
  leader_ephemeral_public: string;
  follower_ephemeral_private: string;
  follower_ephemeral_public: string;
  dh_ee: string;
  leader_to_follower_key: string;
  follower_to_leader_key: string;
  symmetric_state_trace: { after: string; h: string; ck: string; k: string | null }[];
  conversation: { what: string; noise?: string }[];
}
const known = vectors<Vectors>("dilation_l2");
const psk = hexToBytes(known.psk);
const leader = hexToBytes(known.leader_ephemeral_private);
const follower = hexToBytes(known.follower_ephemeral_private);
const said = (what: string) => hexToBytes(known.conversation.find((one) => one.what.startsWith(what))?.noise ?? "");
const [first, second] = [said("noise handshake message 1"), said("noise handshake message 2")];
const flipped = (bytes: Uint8Array, bit: number) =>
  bytes.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
/** The canonical public keys of small order, which give zero with every private key (RFC 7748, section 6.1). */
const SMALL_ORDER = [
  "00".repeat(32),
  `01${"00".repeat(31)}`,
  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
  `ec${"ff".repeat(30)}7f`,
].map(hexToBytes);

afterEach(() => {
  vi.doUnmock("../../src/crypto/x25519.ts");
  vi.resetModules();
});

describe("X25519", () => {
  it("gives the vectors' public keys and their shared secret", () => {
    expect(bytesToHex(publicKey(leader))).toBe(known.leader_ephemeral_public);
    expect(bytesToHex(publicKey(follower))).toBe(known.follower_ephemeral_public);
    for (const [ours, theirs] of [
      [leader, publicKey(follower)],
      [follower, publicKey(leader)],
    ] as const) {
      expect(bytesToHex(shared(ours, theirs) ?? new Uint8Array())).toBe(known.dh_ee);
    }
  });

  it.each(SMALL_ORDER)("shares nothing with a key of small order: case %#", (theirs) => {
    expect(shared(leader, theirs)).toBeUndefined();
  });
});

describe("the Noise handshake", () => {
  it("has the messages and keys of Python's", () => {
    const { state, message } = initiate(psk, leader);
    expect(bytesToHex(message)).toBe(bytesToHex(first));
    const response = respond(psk, first, follower);
    expect(bytesToHex(response?.message ?? new Uint8Array())).toBe(bytesToHex(second));
    const keys = conclude(state, second);
    expect(keys && bytesToHex(keys.send)).toBe(known.leader_to_follower_key);
    expect(keys && bytesToHex(keys.receive)).toBe(known.follower_to_leader_key);
    expect(response?.keys).toEqual({ send: keys?.receive, receive: keys?.send });
  });

  it("has the state of Python's initiator after the first message", () => {
    const trace = known.symmetric_state_trace.find(({ after }) => after.endsWith("message 1 done"));
    const { state } = initiate(psk, leader);
    expect({ h: bytesToHex(state.hash), ck: bytesToHex(state.chainingKey), k: bytesToHex(state.key) }).toEqual({
      h: trace?.h,
      ck: trace?.ck,
      k: trace?.k,
    });
  });

  it("gives both sides the same keys for any randomness, and each direction its own", () => {
    const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(bytes, bytes, bytes, (psk, ours, theirs) => {
        const { state, message } = initiate(psk, ours);
        const response = respond(psk, message, theirs);
        const keys = response && conclude(state, response.message);
        expect(message).toHaveLength(NOISE_MESSAGE);
        expect(response?.message).toHaveLength(NOISE_MESSAGE);
        expect(keys?.send).toEqual(response?.keys.receive);
        expect(keys?.receive).toEqual(response?.keys.send);
        expect(keys?.send).not.toEqual(keys?.receive);
      }),
      { numRuns: 20 },
    );
  });

  it("refuses a first message with any bit changed", () => {
    for (let bit = 0; bit < NOISE_MESSAGE * 8; bit++) {
      expect(respond(psk, flipped(first, bit), follower), `bit ${bit}`).toBeUndefined();
    }
  });

  it("refuses an answer with any bit changed", () => {
    const { state } = initiate(psk, leader);
    for (let bit = 0; bit < NOISE_MESSAGE * 8; bit++) {
      expect(conclude(state, flipped(second, bit)), `bit ${bit}`).toBeUndefined();
    }
  });

  it("refuses messages that are too short or too long", () => {
    const { state } = initiate(psk, leader);
    for (const length of [0, 16, 31, 32, 47]) {
      expect(respond(psk, first.slice(0, length), follower), `${length} bytes`).toBeUndefined();
      expect(conclude(state, second.slice(0, length)), `${length} bytes`).toBeUndefined();
    }
    expect(respond(psk, Uint8Array.of(...first, 0), follower)).toBeUndefined();
    expect(conclude(state, Uint8Array.of(...second, 0))).toBeUndefined();
  });

  it("refuses a first message with a payload, though its tag is right", () => {
    const trace = known.symmetric_state_trace.find(({ after }) => after.startsWith("e (leader)"));
    const [key, hash] = [hexToBytes(trace?.k ?? ""), hexToBytes(trace?.h ?? "")];
    const sealed = (payload: Uint8Array) => chacha20poly1305(key, new Uint8Array(12), hash).encrypt(payload);
    const withPayload = (payload: Uint8Array) => Uint8Array.of(...publicKey(leader), ...sealed(payload));
    expect(withPayload(new Uint8Array(0))).toEqual(first);
    expect(respond(psk, withPayload(Uint8Array.of(1)), follower)).toBeUndefined();
  });

  it("refuses a peer with another secret, in both directions", () => {
    const other = flipped(psk, 0);
    expect(respond(other, first, follower)).toBeUndefined();
    const stranger = respond(other, initiate(other, leader).message, follower);
    expect(conclude(initiate(psk, leader).state, stranger?.message ?? second)).toBeUndefined();
  });

  it("refuses the answer to another message, and our own message sent back", () => {
    const { state, message } = initiate(psk, follower);
    expect(conclude(state, second)).toBeUndefined();
    expect(conclude(state, message)).toBeUndefined();
  });

  // Such a message needs the secret. It is made by the initiator's own code with another public key.
  it.each(SMALL_ORDER)("refuses a public key of small order, though its tag is right: case %#", async (theirs) => {
    vi.resetModules();
    vi.doMock("../../src/crypto/x25519.ts", () => ({ publicKey: () => theirs, shared }));
    const crafted = await import("../../src/crypto/noise.ts");
    const { message } = crafted.initiate(psk, leader);
    expect(message.subarray(0, 32)).toEqual(theirs);
    expect(respond(psk, message, follower)).toBeUndefined();
  });
});
