/**
 * Archives that no honest program makes, or that were damaged on their way. Each is refused as a whole before anything of it
 * is unpacked. A new case is a line in a table. What honest archives may have is in `unpack.test.ts` of the library.
 */
import { randomBytes } from "node:crypto";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { TransferErrorCode } from "../../packages/wormhole/src/errors.ts";
import { maxFolders } from "../../packages/wormhole/src/transfer/zip/limits.ts";
import { unpack } from "../../packages/wormhole/src/transfer/zip/unpack.node.ts";
import { sandbox } from "../../packages/wormhole/test/transfer/sandbox.ts";
import {
  type Crafted,
  type CraftedEnd,
  craftZip,
  extraField,
  unicodePathField,
} from "../../packages/wormhole/test/transfer/zip/crafted-zip.ts";
import {
  type Archive,
  expectRefusal,
  pathsIn,
  unpackArchive,
} from "../../packages/wormhole/test/transfer/zip/unpacking.ts";

const file = (name: string | Buffer, fields: Partial<Crafted> = {}): Crafted => ({ name, content: "x", ...fields });

describe("an archive is refused as hostile, on every system, if it has", () => {
  // biome-ignore format: a table
  const HOSTILE: readonly [string, readonly Crafted[], RegExp][] = [
    ["a name with `..` at its start", [file("../victim")], /leads outside/],
    ["a name with `..` inside", [file("a"), file("b/../../victim")], /leads outside/],
    ["a name with `..` that stays inside", [file("a/../b")], /leads outside/],
    ["a folder named `../`", [{ name: "../" }], /leads outside/],
    ["a folder named `..`", [{ name: "a/.." }], /leads outside/],
    ["a name in a sibling folder with the same prefix", [file("../tree2/x")], /leads outside/],
    ["an absolute name", [file("/etc/passwd")], /leads outside/],
    ["an absolute name with two slashes", [file("//server/x")], /leads outside/],
    ["an absolute folder", [{ name: "/" }], /leads outside/],
    ["a second name in Unicode that leads outside", [file("a", { flags: 0, extra: unicodePathField(Buffer.from("a"), "../victim") })], /leads outside/],
    ["a second name in Unicode that is absolute", [file("a", { flags: 0, extra: unicodePathField(Buffer.from("a"), "/victim") })], /leads outside/],
    ["a symbolic link", [file("link", { content: "/etc/passwd", mode: 0o120777 })], /neither a file nor a folder/],
    ["a file through a link", [file("l", { content: "..", mode: 0o120777 }), file("l/victim")], /neither a file/],
    ["a link with the name of a folder", [file("l/", { content: "", mode: 0o120777 })], /neither a file/],
    ["a character device", [file("d", { mode: 0o020666 })], /neither a file/],
    ["a block device", [file("d", { mode: 0o060666 })], /neither a file/],
    ["a pipe", [file("p", { mode: 0o010666 })], /neither a file/],
    ["a socket", [file("s", { mode: 0o140666 })], /neither a file/],
    ["a name twice", [file("a"), file("a")], /'a' twice/],
    ["a name of bytes twice", [file(Buffer.from([0xe9]), { flags: 0 }), file(Buffer.from([0xe9]), { flags: 0 })], /twice/],
    ["a name twice, with and without the flag of UTF-8", [file("é"), file("é", { flags: 0 })], /twice/],
    ["a name twice, once in the field for Unicode", [file("é"), file("e", { flags: 0, extra: unicodePathField(Buffer.from("e"), "é") })], /twice/],
    ["a name twice, in two spellings", [file("a/b"), file("a/./b")], /twice/],
    ["a name twice, with two slashes", [file("a/b"), file("a//b")], /twice/],
    ["a folder twice", [{ name: "d/" }, { name: "d/" }], /twice/],
    ["the root twice", [{ name: "./" }, { name: "././" }], /twice/],
    ["a file where a folder is", [file("a/b"), file("a")], /twice/],
    ["a folder where a file is", [file("a"), file("a/b")], /twice/],
    ["a folder of a file's name", [file("a"), { name: "a/" }], /twice/],
    ["two names for one file", [file("good", { localName: "evil" })], /two different ways/],
    ["two methods for one file", [file("a", { localMethod: 8 })], /two different ways/],
    ["a NUL in a name", [file("a\0.txt")], /NUL/],
    ["a NUL and a path outside", [file("a\0/../../x")], /NUL/],
    ["an empty name", [file("")], /no name/],
    ["a folder with content", [file("d/")], /has content/],
    ["a folder with the name of a file", [{ name: "d", mode: 0o040755 }], /name of a file/],
    ["files that overlap", [file("a", { size: 40, compressedSize: 40 }), file("b")], /overlap/],
  ];

  // proves: transfer/archive-checked-first, transfer/archive-inside, transfer/plain-members
  it.each(HOSTILE)("%s", async (_, members, words) => {
    for (const platform of ["posix", "darwin", "windows"] as const) {
      await expectRefusal([file("honest"), ...members], words, { platform }, "name-refused");
    }
  });
});

const one = [file("a")];
const announced = { numfiles: 1, numbytes: 1 };

describe("an archive is refused as damaged if it has", () => {
  // biome-ignore format: a table
  const DAMAGED: readonly [string, Archive, RegExp?][] = [
    ["no bytes", Buffer.alloc(0), /end is missing/],
    ["random bytes", randomBytes(100_000), /end is missing/],
    ["a missing end", craftZip(one).subarray(0, -5), /end is missing/],
    ["other data after it", Buffer.concat([craftZip(one), Buffer.from("tail")]), /end is missing/],
    ["a second archive after it", Buffer.concat([craftZip(one), craftZip(one)])],
    ["an encrypted file", [file("a", { flags: 1, deflate: true })], /encrypted/],
    ["an unknown compression", [file("a", { method: 12, localMethod: 12 })], /unknown way/],
    ["a member at another position than stated", [file("a", { offset: 5 })], /stated position/],
    ["a member beyond the end", [file("a", { offset: 0xfffffff0 })], /stated position/],
    ["a member that is longer than the archive", [file("a", { size: 10_000, compressedSize: 10_000 })], /beyond its end/],
    ["a size that is missing", [file("a", { size: 0xffffffff })], /no size|more than/],
    ["a size of 2^62", [file("a", { size: 0xffffffff, extra: extraField(1, Buffer.from("0000000000000040", "hex")) })], /impossible size/],
    ["an extra field that is cut off", [file("a", { extra: Buffer.from("75700900", "hex") })], /cut off/],
  ];

  // proves: transfer/archive-checked-first
  it.each(DAMAGED)("%s", (_, archive, words = /cannot be unpacked/) =>
    expectRefusal(archive, words, announced, "damaged"),
  );
});

describe("the end of an archive is not believed if it says", () => {
  // biome-ignore format: a table
  const ENDS: readonly [string, CraftedEnd, RegExp][] = [
    ["more members than there are", { count: 3 }, /fewer entries/],
    ["65,535 members", { count: 0xffff }, /fewer entries/],
    ["fewer members than there are", { count: 1 }, /more entries/],
    ["no members", { count: 0 }, /more entries/],
    ["that the directory is empty", { count: 0, directorySize: 0 }, /not where its end says/],
    ["a directory that is too short", { directorySize: 46 }, /not where its end says/],
    ["a directory that is too long", { directorySize: 1000 }, /not where its end says/],
    ["another position", { shift: 1 }, /not where its end says/],
    ["a position after the end", { shift: 100_000 }, /not where its end says/],
    ["fewer members in the record for large archives", { zip64: true, count64: 1 }, /more entries/],
    ["no members in the record for large archives", { zip64: true, count64: 0 }, /more entries/],
    ["a billion members in the record for large archives", { zip64: true, count64: 1e9 }, /fewer entries/],
    ["more members than numbers can count", { zip64: true, count64: 2 ** 60 }, /impossible size/],
  ];

  // proves: transfer/archive-complete
  it.each(ENDS)("%s", (_, end, words) =>
    expectRefusal(craftZip([file("a"), file("b")], end), words, { numfiles: 2, numbytes: 2 }, "damaged"),
  );

  it("two different numbers of members", async () => {
    const archive = craftZip([file("a"), file("b")], { zip64: true });
    archive.writeUInt16LE(1, archive.length - 22 + 8);
    archive.writeUInt16LE(1, archive.length - 22 + 10);
    await expectRefusal(archive, /two different ends/, { numfiles: 2, numbytes: 2 }, "damaged");
  });
});

describe("an archive holds what was announced:", () => {
  const many = Array.from({ length: 200 }, (_, i) => file(`f${i}`));
  const zeros = { name: "zeros", content: Buffer.alloc(10 << 20), deflate: true };
  // biome-ignore format: a table
  const NUMBERS: readonly [string, readonly Crafted[], { numfiles?: number; numbytes?: number }, RegExp, TransferErrorCode?][] = [
    ["not far more files", many, { numfiles: 50 }, /more than the 50 files/],
    ["not one file less", many, { numfiles: 201 }, /200 of the 201 files/],
    ["not one file of 500", one, { numfiles: 500 }, /1 of the 500 files/],
    ["not an empty folder instead of a file", [{ name: "a/" }], { numfiles: 1 }, /0 of the 1 files/],
    ["not far more bytes", [zeros], { numbytes: 1000 }, /more than the 1000 bytes/],
    ["not far fewer bytes", one, { numbytes: 10_000_000 }, /1 of the 10000000 bytes/],
    ["not a file that is hidden by one whose path is too long", [file(`${"d/".repeat(3000)}f`), ...many], { numfiles: 202 }, /201 of the 202/],
    ["not folders without end", Array.from({ length: 30 }, (_, i) => file(`${"d/".repeat(1000)}${i}/${"e/".repeat(900)}f`)), { numfiles: 1 }, /more folders/],
    ["not listed folders without end", Array.from({ length: maxFolders(0) + 1 }, (_, i) => ({ name: `${i}/` })), { numfiles: 0 }, /more folders/],
  ];

  // proves: transfer/archive-limits, transfer/archive-complete, transfer/archive-checked-first
  it.each(NUMBERS)("%s", (_, members, limits, words, code = "damaged") => expectRefusal(members, words, limits, code));

  it.each([0, 1e9, Number.MAX_SAFE_INTEGER])(
    "folders without end are not held in memory, if %i files are announced",
    async (numfiles) => {
      const members = Array.from({ length: 240 }, (_, i) => ({ name: `${i}/${"a/".repeat(2000)}` }));
      const before = process.memoryUsage().heapUsed;
      await expectRefusal(members, numfiles === 0 ? /more folders/ : /0 of the \d+ files/, { numfiles }, "damaged");
      expect(process.memoryUsage().heapUsed - before).toBeLessThan(60_000_000);
    },
  );

  it("half a million folders in 2.6 MB are refused at once", async () => {
    const members = Array.from({ length: 240 }, (_, i) => ({ name: `${i}/${"a/".repeat(2000)}` }));
    const archive = craftZip(members);
    const before = performance.now();
    await expectRefusal(archive, /more folders/);
    expect(performance.now() - before).toBeLessThan(5000);
  });

  it("folders that the announced files may need are unpacked", async () => {
    const members = Array.from({ length: 3000 }, (_, i) => file(`a/${i}/b/c/f`));
    const { tree } = await unpackArchive(members);
    expect(pathsIn(tree)).toHaveLength(1 + 3000 * 4);
  });
});

describe("an archive bomb", () => {
  // proves: transfer/archive-limits
  it("of members that share one content is refused", async () => {
    const kernel = { name: "a", content: Buffer.alloc(1 << 20), deflate: true };
    await expectRefusal([kernel, { ...kernel, name: "a", offset: 0, borrowed: true }], /twice/);
    await expectRefusal(
      [kernel, { ...kernel, localName: "a", name: "b", offset: 0, borrowed: true }],
      /overlap|two different/,
    );
  });

  // proves: transfer/archive-limits
  it.each([100, 300_000])(
    "with a file of more than its stated %d bytes is stopped at the first excess byte",
    async (size) => {
      const folder = sandbox();
      const zeros = Buffer.alloc(50 << 20);
      writeFileSync(join(folder, "zip"), craftZip([{ name: "zeros", content: zeros, deflate: true, size }]));
      const limits = { numbytes: size, numfiles: 1, platform: "posix" } as const;
      await expect(unpack(join(folder, "zip"), join(folder, "tree"), limits)).rejects.toThrow(/'zeros' is damaged/);
      const written = existsSync(join(folder, "tree/zeros")) ? statSync(join(folder, "tree/zeros")).size : 0;
      expect(written).toBeLessThanOrEqual(size);
    },
  );
});

describe("a damaged file is not stored as if it were whole:", () => {
  it.each<[string, Partial<Crafted>]>([
    ["a wrong checksum", { crc: 1 }],
    ["too few bytes", { deflate: true, size: 900_000 }],
    ["data that is not deflated", { method: 8, localMethod: 8 }],
  ])("%s, small or large", async (_, fields) => {
    for (const content of ["small".repeat(10), "large".repeat(150_000)]) {
      const unpacking = unpackArchive([{ name: "f", content, ...fields }]);
      await expect(unpacking).rejects.toMatchObject({
        code: "damaged",
        message: expect.stringMatching(/'f' is damaged/),
      });
    }
  });
});
