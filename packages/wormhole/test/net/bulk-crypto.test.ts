import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { BulkCrypto } from "../../src/crypto/bulk.ts";
import { loadNativeCrypto } from "../../src/crypto/native.ts";
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
  const { loadNativeCrypto } = await import("../../src/crypto/native.ts");
  return loadNativeCrypto();
}

describe("the native ciphers", () => {
  it.each([0, 1, 15, 16, 17, 63, 64, 65, 16_384, 300_000])("seal %i bytes as the portable ones do", async (length) => {
    const native = await loadNativeCrypto();
    expect(native.name).toBe("native");
    const plaintext = noise(length);
    const [box, other, opened] = [new Uint8Array(length + 16), new Uint8Array(length + 16), new Uint8Array(length)];
    native.seal(box, plaintext, nonce, key);
    portable.seal(other, plaintext, nonce, key);
    expect(Buffer.compare(box, other)).toBe(0);
    expect([portable.open(opened, box, nonce, key), native.open(opened, box, nonce, key)]).toEqual([true, true]);
    expect(Buffer.compare(opened, plaintext)).toBe(0);
    box[length] = (box[length] ?? 0) ^ 1;
    expect([portable.open(opened, box, nonce, key), native.open(opened, box, nonce, key)]).toEqual([false, false]);
  });

  it("are not required: the portable cipher takes their place, with OpenSSL's SHA-256", async () => {
    const crypto = await withoutSodium();
    expect(crypto.name).toBe("portable");
    const box = new Uint8Array(21);
    crypto.seal(box, noise(5), nonce, key);
    expect(crypto.open(new Uint8Array(5), box, nonce, key)).toBe(true);
    expect(bytesToHex(crypto.sha256().digest())).toMatch(/^e3b0c442/);
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
