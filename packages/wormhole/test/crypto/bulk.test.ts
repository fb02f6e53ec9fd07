/** The ciphers and hashes of bulk data: the native providers give the same results as the portable one. */
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { BulkCrypto } from "../../src/crypto/bulk.ts";
import { loadNativeCrypto } from "../../src/crypto/native.node.ts";
import { portable } from "../../src/crypto/portable.ts";
import { noise } from "../transit/loopback.ts";

const [key, nonce] = [noise(32), noise(24)];

afterEach(() => {
  vi.doUnmock("sodium-native");
  vi.resetModules();
});

async function withoutSodium(): Promise<BulkCrypto> {
  vi.resetModules();
  vi.doMock("sodium-native", () => {
    throw new Error("not installed");
  });
  const { loadNativeCrypto } = await import("../../src/crypto/native.node.ts");
  return loadNativeCrypto();
}

/** Lengths around every block of the cipher and the authenticator, and those of real records and files. */
const LENGTHS = [...[0, 1, 2, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 1_000], ...[16_384, 65_536, 300_000, 1_048_577]];
const sealed = (crypto: BulkCrypto, plaintext: Uint8Array) => {
  const box = new Uint8Array(plaintext.length + 16);
  crypto.seal(box, plaintext, nonce, key);
  return box;
};

describe("the native secretbox", () => {
  it.each(LENGTHS)("seals %i bytes as the portable one does, and each opens the other's boxes", async (length) => {
    const native = await loadNativeCrypto();
    expect(native.name).toBe("libsodium");
    const plaintext = noise(length);
    const box = sealed(native, plaintext);
    expect(Buffer.compare(box, sealed(portable, plaintext))).toBe(0);
    for (const crypto of [native, portable]) {
      const opened = new Uint8Array(length);
      expect(crypto.open(opened, box, nonce, key), crypto.name).toBe(true);
      expect(Buffer.compare(opened, plaintext), crypto.name).toBe(0);
    }
  });

  it.each(LENGTHS)("refuses every changed box, as the portable one does: %i bytes", async (length) => {
    const box = sealed(portable, noise(length));
    const flipped = (at: number) => box.map((byte, i) => (i === at ? byte ^ 0x40 : byte));
    const other = (bytes: Uint8Array) => bytes.map((byte) => byte ^ 1);
    for (const crypto of [await loadNativeCrypto(), portable]) {
      const target = new Uint8Array(length);
      for (const at of [0, 15, 16, 16 + (length >> 1), length + 15].filter((at) => at < box.length)) {
        expect(crypto.open(target, flipped(at), nonce, key), `${crypto.name}, byte ${at}`).toBe(false);
      }
      expect(crypto.open(target, box, other(nonce), key), crypto.name).toBe(false);
      expect(crypto.open(target, box, nonce, other(key)), crypto.name).toBe(false);
      expect(
        target.every((byte) => byte === 0),
        "nothing of a forgery is in the target",
      ).toBe(true);
    }
  });

  it("is optional: the portable one takes its place, with OpenSSL's SHA-256", async () => {
    const crypto = await withoutSodium();
    expect(crypto.name).toBe("portable");
    const box = new Uint8Array(21);
    crypto.seal(box, noise(5), nonce, key);
    expect(crypto.open(new Uint8Array(5), box, nonce, key)).toBe(true);
    expect(bytesToHex(crypto.sha256().digest())).toMatch(/^e3b0c442/);
  });
});

describe("fresh memory", () => {
  it.each([0, 1, 8191, 8192, 65_009, 10_000_000])("is shared with nothing else: %i bytes", async (length) => {
    for (const crypto of [await loadNativeCrypto(), portable]) {
      const [one, other] = [crypto.fresh(length), crypto.fresh(length)];
      expect([one.length, one.byteOffset, one.buffer.byteLength], crypto.name).toEqual([length, 0, length]);
      expect(one.constructor).toBe(Uint8Array);
      expect(one.buffer).not.toBe(other.buffer);
    }
  });
});

describe.each(["native", "portable"])("SHA-256 by the %s provider", (name) => {
  it("is fed piece by piece", async () => {
    const hash = (name === "native" ? await loadNativeCrypto() : portable).sha256();
    hash.update(utf8ToBytes("a"));
    hash.update(utf8ToBytes("bc"));
    expect(bytesToHex(hash.digest())).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  });
});
