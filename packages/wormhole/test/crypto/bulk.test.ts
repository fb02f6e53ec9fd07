import { bytesToHex, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { BulkCrypto } from "../../src/crypto/bulk.ts";
import { loadNativeCrypto } from "../../src/crypto/native.ts";
import { portable } from "../../src/crypto/portable.ts";
import { noise } from "../transit/loopback.ts";
import { vectors } from "../vectors.ts";

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
  const { loadNativeCrypto } = await import("../../src/crypto/native.ts");
  return loadNativeCrypto();
}

/** Around every block of the cipher and the authenticator, and what a record and a file really have. */
const LENGTHS = [...[0, 1, 2, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 1_000], ...[16_384, 65_536, 300_000, 1_048_577]];
const sealed = (crypto: BulkCrypto, plaintext: Uint8Array) => {
  const box = new Uint8Array(plaintext.length + 16);
  crypto.seal(box, plaintext, nonce, key);
  return box;
};

describe("the native ciphers", () => {
  it.each(LENGTHS)("seal %i bytes as the portable ones do, and open what those have sealed", async (length) => {
    const native = await loadNativeCrypto();
    expect(native.name).toBe("native");
    const plaintext = noise(length);
    const box = sealed(native, plaintext);
    expect(Buffer.compare(box, sealed(portable, plaintext))).toBe(0);
    for (const crypto of [native, portable]) {
      const opened = new Uint8Array(length);
      expect(crypto.open(opened, box, nonce, key), crypto.name).toBe(true);
      expect(Buffer.compare(opened, plaintext), crypto.name).toBe(0);
    }
  });

  it.each(LENGTHS)("refuse, as the portable ones do, whatever was not sealed so: %i bytes", async (length) => {
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
        "nothing of a forgery is handed out",
      ).toBe(true);
    }
  });

  it("are not required: the portable secretbox takes their place, with OpenSSL's ChaCha and SHA-256", async () => {
    const crypto = await withoutSodium();
    expect(crypto.name).toBe("portable");
    const box = new Uint8Array(21);
    crypto.seal(box, noise(5), nonce, key);
    expect(crypto.open(new Uint8Array(5), box, nonce, key)).toBe(true);
    expect(bytesToHex(crypto.sha256().digest())).toMatch(/^e3b0c442/);
  });
});

describe("memory for what is given away", () => {
  it.each([0, 1, 8191, 8192, 65_009, 10_000_000])("is nobody else's: %i bytes", async (length) => {
    for (const crypto of [await loadNativeCrypto(), portable]) {
      const [one, other] = [crypto.fresh(length), crypto.fresh(length)];
      expect([one.length, one.byteOffset, one.buffer.byteLength], crypto.name).toEqual([length, 0, length]);
      expect(one.constructor).toBe(Uint8Array);
      expect(one.buffer).not.toBe(other.buffer);
    }
  });
});

describe("ChaCha20-Poly1305", () => {
  const chaNonce = nonce.subarray(0, 12);
  const boxed = (crypto: BulkCrypto, plaintext: Uint8Array) => {
    const box = new Uint8Array(plaintext.length + 16);
    crypto.sealChaCha(box, plaintext, chaNonce, key);
    return box;
  };
  const providers = async () => ({
    libsodium: await loadNativeCrypto(),
    OpenSSL: await withoutSodium(),
    JavaScript: portable,
  });

  it("is that of Python's dilation, the tag behind the ciphertext", async () => {
    const known = vectors<{ leader_to_follower_key: string }>("dilation_l2");
    for (const [name, crypto] of Object.entries(await providers())) {
      const box = new Uint8Array(17);
      crypto.sealChaCha(box, Uint8Array.of(0), new Uint8Array(12), hexToBytes(known.leader_to_follower_key));
      expect(bytesToHex(box), name).toBe("4881ee9f2e0546175cd360dd5db1cd7d66");
    }
  });

  it.each(LENGTHS)("is the same by libsodium, by OpenSSL and in JavaScript: %i bytes", async (length) => {
    const plaintext = noise(length);
    const box = boxed(portable, plaintext);
    for (const [name, crypto] of Object.entries(await providers())) {
      expect(Buffer.compare(boxed(crypto, plaintext), box), name).toBe(0);
      const opened = new Uint8Array(length);
      expect(crypto.openChaCha(opened, box, chaNonce, key), name).toBe(true);
      expect(Buffer.compare(opened, plaintext), name).toBe(0);
    }
  });

  it.each(LENGTHS)("is refused by each of them where it was not sealed so: %i bytes", async (length) => {
    const box = boxed(portable, noise(length));
    const flipped = (at: number) => box.map((byte, i) => (i === at ? byte ^ 0x40 : byte));
    const other = (bytes: Uint8Array) => bytes.map((byte) => byte ^ 1);
    for (const [name, crypto] of Object.entries(await providers())) {
      const target = new Uint8Array(length);
      for (const at of [0, length >> 1, length, length + 15]) {
        expect(crypto.openChaCha(target, flipped(at), chaNonce, key), `${name}, byte ${at}`).toBe(false);
      }
      expect(crypto.openChaCha(target, box, other(chaNonce), key), name).toBe(false);
      expect(crypto.openChaCha(target, box, chaNonce, other(key)), name).toBe(false);
      expect(
        target.every((byte) => byte === 0),
        `${name}: nothing of a forgery is handed out`,
      ).toBe(true);
    }
  });

  it("is refused by each of them where it is shorter than a tag", async () => {
    for (const [name, crypto] of Object.entries(await providers())) {
      for (const length of [0, 1, 15]) {
        expect(crypto.openChaCha(new Uint8Array(0), noise(length), chaNonce, key), `${name}, ${length}`).toBe(false);
      }
    }
  });

  it("is written into the middle of a larger array, and nowhere else", async () => {
    for (const [name, crypto] of Object.entries(await providers())) {
      const slab = new Uint8Array(30).fill(0xee);
      crypto.sealChaCha(slab.subarray(5, 24), noise(3), chaNonce, key);
      expect(slab.subarray(5, 24), name).toEqual(boxed(portable, noise(3)));
      expect([...slab.subarray(0, 5), ...slab.subarray(24)], name).toEqual(Array(11).fill(0xee));
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
