/** Randomness comes from the platform, or the error says that the platform has none. */
import { afterEach, expect, it, vi } from "vitest";
import { systemRandom } from "../../src/crypto/system-random.ts";
import { createWormhole, TransitSender } from "../../src/index.ts";

afterEach(() => {
  vi.unstubAllGlobals();
});

it("random bytes have the length that is asked for, and differ", () => {
  expect(systemRandom(40)).toHaveLength(40);
  expect(systemRandom(40)).not.toEqual(systemRandom(40));
});

it.each([
  ["crypto", undefined],
  ["getRandomValues", {}],
])("a runtime without %s cannot make a wormhole, and the error names what is missing", (_, crypto) => {
  vi.stubGlobal("crypto", crypto);
  const make = () => createWormhole({ appId: "a", relayUrl: "ws://x" });
  expect(make).toThrow(expect.objectContaining({ code: "no-cipher" }));
  expect(make).toThrow(/getRandomValues/);
  expect(() => new TransitSender()).toThrow(/getRandomValues/);
});
