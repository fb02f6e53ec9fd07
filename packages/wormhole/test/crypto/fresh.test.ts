import { expect, it } from "vitest";
import { fresh } from "../../src/crypto/fresh.ts";

it.each([0, 1, 8191, 8192, 65_009, 10_000_000])("%i bytes are nobody else's", (length) => {
  const [one, other] = [fresh(length), fresh(length)];
  expect([one.length, one.byteOffset, one.buffer.byteLength]).toEqual([length, 0, length]);
  expect(one.constructor).toBe(Uint8Array);
  expect(one.buffer).not.toBe(other.buffer);
});
