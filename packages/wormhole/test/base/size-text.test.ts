/** Numbers of bytes for people. */
import { expect, it } from "vitest";
import { sizeText } from "../../src/base/size-text.ts";

it.each([
  [0, "0 bytes"],
  [1, "1 byte"],
  [999, "999 bytes"],
  [1000, "1.0 kB"],
  [8_000_398, "8.0 MB"],
  [999_949, "999.9 kB"],
  [999_950, "1.0 MB"],
  [2 ** 53 - 1, "9.0 PB"],
])("%d bytes are %s", (bytes, text) => {
  expect(sizeText(bytes)).toBe(text);
});
