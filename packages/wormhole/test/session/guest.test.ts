/** What an application does to the values that it gets and gives: it may erase, change and share them. */
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import type { DelegatedWormhole, JsonObject, Wormhole } from "../../src/index.ts";
import { decryptState, encryptState } from "../../src/index.ts";
import { bytes, CODE, text, World } from "./world.ts";

const VERSIONS = { list: [1, { deep: ["x"] }], "__proto__ ": {} };

/** Two deferred wormholes that have met. */
async function met(): Promise<{ world: World; a: Wormhole; b: Wormhole }> {
  const world = new World();
  world.server.welcome = { motd: "hello", list: ["a"] };
  const [a, b] = [world.wormhole({ versions: VERSIONS }), world.wormhole({ versions: VERSIONS })];
  for (const side of [a, b]) side.setCode(CODE);
  await b.getVersions();
  await a.getVersions();
  return { world, a, b };
}

/** Changes everything in a value that can be changed. */
function spoil(value: unknown): void {
  if (value instanceof Uint8Array) value.fill(0);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return;
  for (const member of Object.values(value)) spoil(member);
  for (const name of Object.keys(value)) Reflect.deleteProperty(value, name);
}

/** Messages travel in both directions, and derived keys are equal. */
async function works(a: Wormhole | DelegatedWormhole, b: Wormhole): Promise<void> {
  expect(a.deriveKey("example.com/k", 32)).toEqual(b.deriveKey("example.com/k", 32));
  a.sendMessage(bytes("still"));
  expect(text(await b.getMessage())).toBe("still");
}

const GETTERS: Readonly<Record<string, (wormhole: Wormhole) => Promise<unknown>>> = {
  getWelcome: (wormhole) => wormhole.getWelcome(),
  getUnverifiedKey: (wormhole) => wormhole.getUnverifiedKey(),
  getVerifier: (wormhole) => wormhole.getVerifier(),
  getVersions: (wormhole) => wormhole.getVersions(),
  "getMessage and sendMessage": async (wormhole) => {
    const message = bytes("to be erased");
    wormhole.sendMessage(message);
    spoil(message);
    return wormhole.getVerifier();
  },
  deriveKey: async (wormhole) => wormhole.deriveKey("example.com/k", 32),
};

describe("a value of a wormhole is a copy:", () => {
  // proves: api/copies
  it.each(Object.entries(GETTERS))("%s", async (_, get) => {
    const { a, b } = await met();
    const [first, same] = [await get(a), await get(a)];
    const before = structuredClone(first);
    expect(first).not.toBe(same);
    spoil(first);
    expect(same).toEqual(before);
    expect(await get(a)).toEqual(before);
    spoil(await get(b));
    if (get === GETTERS["getMessage and sendMessage"]) for (let n = 0; n < 3; n++) expect(text(await b.getMessage())).toBe("to be erased"); // biome-ignore format: one sentence
    await works(a, b);
    void a.close();
  });

  it("what a delegate, a welcomeHandler and an awaiting caller get", async () => {
    const world = new World();
    world.server.welcome = { motd: "hello", list: ["a"] };
    const seen: unknown[] = [];
    const welcomeHandler = (welcome: JsonObject) => spoil(welcome);
    const { wormhole: a } = world.delegated({ versions: VERSIONS, welcomeHandler }, ({ value }) => {
      if (typeof value === "object") seen.push(structuredClone(value));
      spoil(value);
    });
    const b = world.wormhole({ versions: VERSIONS });
    for (const side of [a, b]) side.setCode(CODE);
    b.sendMessage(bytes("hello"));
    await b.getVersions();
    await world.settle();
    expect(seen).toEqual([
      world.server.welcome,
      expect.any(Uint8Array),
      expect.any(Uint8Array),
      VERSIONS,
      bytes("hello"),
    ]);
    expect(seen[1]).not.toEqual(new Uint8Array(32));
    await works(a, b);
  });

  it("bytes fill a buffer of their own, so that `.buffer` is the value", async () => {
    const { a, b } = await met();
    a.sendMessage(bytes("hello"));
    const values = [await b.getUnverifiedKey(), await b.getVerifier(), await b.getMessage(), b.deriveKey("k", 5)];
    for (const { buffer, length } of values) expect(buffer.byteLength).toBe(length);
  });

  it("a Buffer that is given is copied, too", async () => {
    const { a, b } = await met();
    const message = Buffer.from("hello");
    a.sendMessage(message);
    message.fill(0);
    expect(text(await b.getMessage())).toBe("hello");
  });
});

describe("bytes of another realm, such as an iframe or a window of jsdom, are bytes:", () => {
  const foreign = (length: number): Uint8Array => runInNewContext(`new Uint8Array(${length}).fill(7)`);

  it("a message, and the secret of a saved state", async () => {
    const { a, b } = await met();
    const message = foreign(3);
    expect(message).not.toBeInstanceOf(Uint8Array);
    a.sendMessage(message);
    expect(await b.getMessage()).toEqual(new Uint8Array([7, 7, 7]));
    const state = new World().delegated().wormhole.serialize();
    expect(await decryptState(await encryptState(state, foreign(32)), new Uint8Array(32).fill(7))).toEqual(state);
  });

  it("memory that threads share is copied", async () => {
    const { a, b } = await met();
    a.sendMessage(new Uint8Array(new SharedArrayBuffer(2)));
    const message = await b.getMessage();
    expect(message.buffer).toBeInstanceOf(ArrayBuffer);
  });

  it.each([
    ["an ArrayBuffer", new ArrayBuffer(3)],
    ["a DataView", new DataView(new ArrayBuffer(3))],
    ["another typed array", new Uint16Array(3)],
    ["an imitation", { length: 3, [Symbol.toStringTag]: "Uint8Array" }],
    ["clamped bytes", new Uint8ClampedArray(3)],
  ])("%s is no message", async (_, value) => {
    const { a } = await met();
    expect(() => a.sendMessage(value as never)).toThrow(TypeError);
  });
});

describe("the purpose of a derived key", () => {
  it.each(["wormhole:verifier", "wormhole:phase:x", "wormhole:", "dilation-v1"])(
    "is not %s, because the library itself uses it",
    async (purpose) => {
      const { a } = await met();
      expect(() => a.deriveKey(purpose, 32)).toThrow(TypeError);
      expect(() => a.deriveKey(purpose, 32)).toThrow(/domain name/);
    },
  );

  it.each([
    "example.com/wormhole:verifier",
    "dilation-v2",
    "Wormhole:x",
    "lothar.com/wormhole/text-or-file-xfer/transit-key",
  ])("may be %s", async (purpose) => {
    const { a, b } = await met();
    expect(a.deriveKey(purpose, 32)).toEqual(b.deriveKey(purpose, 32));
  });
});

describe("closed", () => {
  it("resolves when this side has closed the wormhole", async () => {
    const { a } = await met();
    void a.close();
    expect(await a.closed).toBe("happy");
  });

  it("rejects with the error that ends the wormhole, although nothing waits for a message", async () => {
    const { world, a } = await met();
    world.server.say({ type: "error", error: "trouble", orig: {} });
    await expect(a.closed).rejects.toMatchObject({ code: "server-error" });
    await expect(a.close()).rejects.toBe(await a.closed.catch((error: unknown) => error));
  });

  it("closes nothing by itself", async () => {
    const { a, b } = await met();
    void a.closed;
    await works(a, b);
  });
});
