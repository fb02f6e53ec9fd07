/** Providers that are installed and do not work are not trusted: the next one takes their place. */
import { afterEach, describe, expect, it, vi } from "vitest";
import type { BulkCipher, Hasher } from "../../src/crypto/bulk.ts";
import { portable, portableChaCha } from "../../src/crypto/portable.ts";
import { firstProven, provenHash } from "../../src/crypto/proven.ts";
import { cipherProviders } from "../../src/index.ts";

const flip = (target: Uint8Array, at: number) => {
  target[at] = (target[at] ?? 0) ^ 1;
};

/** Ways in which a provider can be wrong, as changes of a right one. */
const WRONG: Readonly<Record<string, (right: BulkCipher) => Partial<BulkCipher>>> = {
  "has no functions, as the empty module of a bundler": () => ({ seal: undefined as never, open: undefined as never }),
  "throws when it seals": () => ({
    seal() {
      throw new Error("not a function");
    },
  }),
  "seals nothing": () => ({ seal() {} }),
  "seals another text": (right) => ({
    seal(target, plaintext, nonce, key) {
      right.seal(target, plaintext, nonce, key);
      if (plaintext.length > 1000) flip(target, 20);
    },
  }),
  "opens nothing": () => ({ open: () => false }),
  "opens everything": (right) => ({
    open(target, box, nonce, key) {
      right.open(target, box, nonce, key);
      return true;
    },
  }),
  "opens to another text": (right) => ({
    open(target, box, nonce, key) {
      const opened = right.open(target, box, nonce, key);
      if (opened) flip(target, 0);
      return opened;
    },
  }),
  "allocates too little": () => ({ fresh: (length) => new Uint8Array(Math.max(0, length - 1)) }),
};

const CIPHERS = { secretbox: [portable, 24], ChaCha: [portableChaCha, 12] } as const;

describe.each(Object.entries(CIPHERS))("a provider of %s", (_, [reference, nonceBytes]) => {
  it.each(Object.entries(WRONG))("that %s is not used", async (_, change) => {
    const wrong = { ...reference, name: "wrong", ...change(reference) };
    const next = { ...reference, name: "next" };
    const loaders = [async () => wrong, async () => next];
    expect((await firstProven<BulkCipher>(loaders, reference, nonceBytes)).name).toBe("next");
  });

  it("that cannot be loaded is not used, and without any the portable one is", async () => {
    const missing = () => Promise.reject(new Error("not installed"));
    expect(await firstProven<BulkCipher>([missing, missing], reference, nonceBytes)).toBe(reference);
  });
});

describe("a hash", () => {
  const reference = () => portable.sha256();
  it.each<[string, () => Hasher]>([
    ["cannot be made", () => ({}) as Hasher],
    ["gives another digest", () => ({ update() {}, digest: () => new Uint8Array(32) })],
    ["gives nothing", () => ({ update() {}, digest: () => new Uint8Array(0) })],
  ])("that %s is not used", (_, hash) => {
    expect(provenHash(hash, reference)).toBe(reference);
  });

  it("that gives the same digests is used", () => {
    const hash = () => portable.sha256();
    expect(provenHash(hash, reference)).toBe(hash);
  });
});

describe("modules that a bundler has replaced with empty ones", () => {
  afterEach(() => {
    for (const name of ["sodium-native", "koffi"]) vi.doUnmock(name);
    vi.resetModules();
  });

  it("leave every cipher working", async () => {
    vi.resetModules();
    for (const name of ["sodium-native", "koffi"]) vi.doMock(name, () => ({ default: {} }));
    const { loadNativeCrypto } = await import("../../src/crypto/native.node.ts");
    const { loadNativeChaCha } = await import("../../src/crypto/chacha.node.ts");
    expect((await loadNativeCrypto()).name).toBe("portable");
    // Bun's node:crypto has no ChaCha20-Poly1305.
    expect((await loadNativeChaCha()).name).toMatch(/^(?:node|portable)$/);
  });
});

it("cipherProviders() names the providers in use", async () => {
  expect(await cipherProviders()).toEqual({
    transit: expect.stringMatching(/^(?:libsodium|portable)$/),
    dilation: expect.stringMatching(/^(?:openssl|libsodium|node|portable)$/),
  });
});
