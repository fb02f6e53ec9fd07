/** Numbers of bytes, and counts with their nouns, as text. */
import { expect, it } from "vitest";
import { count, size } from "../../src/terminal/size.ts";

it.each([
  [0, "0 Bytes"],
  [1, "1 Byte"],
  [999, "999 Bytes"],
  [1000, "1.0 kB"],
  [999_949, "999.9 kB"],
  [999_950, "1.0 MB"],
  [3_000_000, "3.0 MB"],
  [1_073_741_824, "1.1 GB"],
  [Number.MAX_SAFE_INTEGER, "9.0 PB"],
])("%i bytes are %s, in decimal units", (bytes, text) => {
  expect(size(bytes)).toBe(text);
});

it("counts with the right plural", () => {
  expect(count(1, "file")).toBe("1 file");
  expect(count(0, "file")).toBe("0 files");
});
