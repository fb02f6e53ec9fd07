/** ChaCha20-Poly1305 by each provider, and the choice between the providers. */
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { BulkCipher } from "../../src/crypto/bulk.ts";
import { noise } from "../transit/loopback.ts";
import { vectors } from "../vectors.ts";

/** The providers, fastest first, and the module that each needs. Without its module, the next one is taken. */
const PROVIDERS = { openssl: "koffi", libsodium: "sodium-native", node: "node:crypto", portable: "" };
type Provider = keyof typeof PROVIDERS;
const names = Object.keys(PROVIDERS) as Provider[];

const [key, nonce] = [noise(32), noise(12)];

afterEach(() => {
  for (const module of Object.values(PROVIDERS)) if (module) vi.doUnmock(module);
  vi.resetModules();
});

/** Loads the cipher on a machine that lacks these modules. */
async function without(...missing: string[]): Promise<BulkCipher> {
  vi.resetModules();
  for (const module of missing) {
    vi.doMock(module, async () => {
      if (!module.startsWith("node:")) throw new Error("not installed");
      return {
        ...(await vi.importActual<object>(module)),
        createCipheriv: unknownCipher,
        createDecipheriv: unknownCipher,
      };
    });
  }
  const { loadNativeChaCha } = await import("../../src/crypto/chacha.node.ts");
  return loadNativeChaCha();
}

function unknownCipher(): never {
  throw new Error("Unknown cipher");
}

/** Loads the cipher on a machine that has no provider faster than this one. */
function by(provider: Provider): Promise<BulkCipher> {
  const faster = names.slice(0, names.indexOf(provider));
  return without(...faster.map((name) => PROVIDERS[name]));
}

const boxed = (cipher: BulkCipher, plaintext: Uint8Array) => {
  const box = new Uint8Array(plaintext.length + 16);
  cipher.seal(box, plaintext, nonce, key);
  return box;
};

/** Lengths around every block of the cipher and the authenticator, and those of real messages and records. */
const LENGTHS = [...[0, 1, 2, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 1_000], ...[16_384, 65_519, 300_000, 1_048_577]];

describe.each(names)("ChaCha20-Poly1305 by %s", (provider) => {
  it("is taken if there is no faster provider", async () => {
    expect((await by(provider)).name).toBe(provider);
  });

  it("is the cipher of Python's dilation, with the tag after the ciphertext", async () => {
    const known = vectors<{ leader_to_follower_key: string }>("dilation_l2");
    const box = new Uint8Array(17);
    (await by(provider)).seal(box, Uint8Array.of(0), new Uint8Array(12), hexToBytes(known.leader_to_follower_key));
    expect(bytesToHex(box)).toBe("4881ee9f2e0546175cd360dd5db1cd7d66");
  });

  it.each(LENGTHS)("gives the same boxes as the portable one: %i bytes", async (length) => {
    const [cipher, plaintext] = [await by(provider), noise(length)];
    const box = boxed(await by("portable"), plaintext);
    expect(Buffer.compare(boxed(cipher, plaintext), box)).toBe(0);
    const opened = new Uint8Array(length);
    expect(cipher.open(opened, box, nonce, key)).toBe(true);
    expect(Buffer.compare(opened, plaintext)).toBe(0);
  });

  it.each(LENGTHS)("refuses every changed box, and leaves nothing of it in the target: %i bytes", async (length) => {
    const cipher = await by(provider);
    const box = boxed(cipher, noise(length));
    const flipped = (at: number) => box.map((byte, i) => (i === at ? byte ^ 0x40 : byte));
    const other = (bytes: Uint8Array) => bytes.map((byte) => byte ^ 1);
    const target = new Uint8Array(length);
    for (const at of [0, length >> 1, length, length + 15]) {
      expect(cipher.open(target, flipped(at), nonce, key), `byte ${at}`).toBe(false);
    }
    expect(cipher.open(target, box, other(nonce), key)).toBe(false);
    expect(cipher.open(target, box, nonce, other(key))).toBe(false);
    expect(target.every((byte) => byte === 0)).toBe(true);
    expect(cipher.open(target, box, nonce, key), "after all the refusals").toBe(true);
  });

  it("refuses a box that is shorter than a tag", async () => {
    const cipher = await by(provider);
    for (const length of [0, 1, 15]) expect(cipher.open(new Uint8Array(0), noise(length), nonce, key)).toBe(false);
  });

  it("writes into the middle of a larger array, and nowhere else", async () => {
    const [cipher, slab] = [await by(provider), new Uint8Array(30).fill(0xee)];
    cipher.seal(slab.subarray(5, 24), noise(3), nonce, key);
    expect(slab.subarray(5, 24)).toEqual(boxed(cipher, noise(3)));
    expect([...slab.subarray(0, 5), ...slab.subarray(24)]).toEqual(Array(11).fill(0xee));
  });

  it("seals and opens messages with different keys in turn", async () => {
    const [cipher, messages] = [await by(provider), [1, 70, 0, 65_519, 5].map((length) => noise(length))];
    const keys = messages.map(() => noise(32));
    const boxes = messages.map((message, i) => {
      const box = new Uint8Array(message.length + 16);
      cipher.seal(box, message, nonce, keys[i] as Uint8Array);
      return box;
    });
    for (const [i, box] of boxes.entries()) {
      const opened = new Uint8Array(box.length - 16);
      expect(cipher.open(opened, box, nonce, keys[i] as Uint8Array)).toBe(true);
      expect(Buffer.compare(opened, messages[i] as Uint8Array)).toBe(0);
    }
  });
});

describe("OpenSSL, called as from C", () => {
  it("is never called with memory of the wrong length", async () => {
    const cipher = await by("openssl");
    const wrong = [
      { box: 20, plaintext: 5 },
      { box: 22, plaintext: 5 },
      { nonce: 11 },
      { nonce: 24 },
      { key: 31 },
      { key: 33 },
    ].map((lengths) => ({ box: 21, plaintext: 5, nonce: 12, key: 32, ...lengths }));
    for (const lengths of wrong) {
      const [box, plaintext] = [new Uint8Array(lengths.box), new Uint8Array(lengths.plaintext)];
      const given = [noise(lengths.nonce), noise(lengths.key)] as const;
      expect(() => cipher.seal(box, plaintext, ...given), JSON.stringify(lengths)).toThrow(RangeError);
      expect(() => cipher.open(plaintext, box, ...given), JSON.stringify(lengths)).toThrow(RangeError);
    }
  });

  it.each<[string, Record<string, unknown>]>([
    ["has no such functions", {}],
    ["makes no context", { EVP_CIPHER_CTX_new: null }],
    ["has no such cipher", { EVP_chacha20_poly1305: null }],
    ["refuses it", { EVP_CipherInit_ex: 0 }],
    ["does nothing", { EVP_CipherInit_ex: 1 }],
  ])("is not used if it %s", async (_, changed) => {
    const results = Object.keys(changed).length > 0 ? { ...WORKS, ...changed } : {};
    vi.resetModules();
    vi.doMock("koffi", () => ({ default: { load: () => ({ func: (name: string) => functionOf(results, name) }) } }));
    const { loadNativeChaCha } = await import("../../src/crypto/chacha.node.ts");
    expect((await loadNativeChaCha()).name).toBe("libsodium");
  });
});

/** The result of each function if all goes well. */
const WORKS: Record<string, unknown> = {
  EVP_CIPHER_CTX_new: {},
  EVP_chacha20_poly1305: {},
  EVP_CipherInit_ex: 1,
  EVP_CipherUpdate: 1,
  EVP_CipherFinal_ex: 1,
  EVP_CIPHER_CTX_ctrl: 1,
};

function functionOf(results: Record<string, unknown>, name: string): () => unknown {
  if (!(name in results)) throw new Error(`Cannot find function '${name}' in shared library`);
  return () => results[name];
}
