/** Names of bytes that are not UTF-8 survive as strings, in JSON, and on the disk. */
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeName, encodeName } from "../../../src/transfer/names/name-bytes.node.ts";
import { bytesOfName, canonicalName, nameOfBytes } from "../../../src/transfer/names/name-bytes.ts";
import { sandbox } from "../sandbox.ts";

describe("a name of bytes", () => {
  it.each<[string, readonly number[], string]>([
    ["ASCII", [0x61], "a"],
    ["UTF-8", [0xc3, 0xa9, 0xf0, 0x9f, 0x98, 0x80], "é😀"],
    ["a byte order mark", [0xef, 0xbb, 0xbf, 0x61], "\ufeffa"],
    ["Latin-1", [0x47, 0xdf, 0x2e], "G\udcdf."],
    ["a character that is cut off", [0xe2, 0x82], "\udce2\udc82"],
    ["an overlong slash", [0xc0, 0xaf], "\udcc0\udcaf"],
    ["an overlong euro", [0xf0, 0x82, 0x82, 0xac], "\udcf0\udc82\udc82\udcac"],
    ["a surrogate in UTF-8", [0xed, 0xa0, 0x80], "\udced\udca0\udc80"],
    ["beyond the last character", [0xf4, 0x90, 0x80, 0x80], "\udcf4\udc90\udc80\udc80"],
    ["a bad byte between good ones", [0xc3, 0xa9, 0xff, 0xc3, 0xa9], "é\udcffé"],
  ])("in %s is a string, and the same bytes again", (_, bytes, name) => {
    expect(nameOfBytes(Uint8Array.from(bytes))).toBe(name);
    expect([...bytesOfName(name)]).toEqual(bytes);
    expect(JSON.parse(JSON.stringify(name))).toBe(name);
  });

  it("keeps all its bytes, whatever they are", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect([...bytesOfName(nameOfBytes(bytes))]).toEqual([...bytes]);
        expect(canonicalName(nameOfBytes(bytes))).toBe(nameOfBytes(bytes));
      }),
      { numRuns: 2000 },
    );
  });

  it("has one string, even if its peer escapes valid characters", () => {
    expect(canonicalName("\udcc3\udca9")).toBe("é");
    expect(canonicalName("\udce2\udc80\udcaegpj")).toBe("\u202egpj");
    expect(canonicalName("\ud800")).toBe("\ufffd");
  });

  it.runIf(process.platform === "linux")("is stored and read byte for byte", () => {
    const folder = sandbox();
    for (const name of ["Gro\udcdf.txt", "é"]) writeFileSync(encodeName(join(folder, name)), "x");
    expect(readdirSync(Buffer.from(folder), { encoding: "buffer" }).map(decodeName).sort()).toEqual(
      ["Gro\udcdf.txt", "é"].sort(),
    );
    expect(encodeName("é")).toBe("é");
  });
});
