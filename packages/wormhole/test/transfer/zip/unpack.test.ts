/** Unpacking received archives: of other programs, of our own, and of attackers. */
import { createHash, randomBytes } from "node:crypto";
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { TransferError } from "../../../src/errors.ts";
import { openSource } from "../../../src/transfer/source.node.ts";
import type { ZipLimits } from "../../../src/transfer/zip/check.node.ts";
import { unpack } from "../../../src/transfer/zip/unpack.node.ts";
import { vectors } from "../../vectors.ts";
import { gather, sandbox } from "../sandbox.ts";
import { type Crafted, craftZip } from "./crafted-zip.ts";

const plenty: ZipLimits = { numbytes: 2 ** 40, numfiles: 1_000_000, portable: false };

/** Returns type, permissions and hash of everything below a folder. */
function snapshot(root: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const { mode } = lstatSync(path);
    const content = entry.isFile() ? createHash("sha256").update(readFileSync(path)).digest("hex").slice(0, 8) : "";
    found[relative(root, path)] = `${mode.toString(8)} ${content}`;
  }
  return found;
}

/** Unpacks an archive. Returns the folder to which it was unpacked. */
async function unpackBytes(bytes: Uint8Array, limits: Partial<ZipLimits> = {}) {
  const folder = sandbox();
  mkdirSync(join(folder, "private"));
  writeFileSync(join(folder, "private", "zip"), bytes);
  const tree = join(folder, "private", "tree");
  await unpack(join(folder, "private", "zip"), tree, { ...plenty, ...limits });
  return tree;
}

/** Expects that an archive is refused, that nothing of it is unpacked, and that nothing outside is touched. */
async function expectRefusal(bytes: Uint8Array, words: RegExp, limits: Partial<ZipLimits> = {}) {
  const folder = sandbox();
  mkdirSync(join(folder, "private"));
  writeFileSync(join(folder, "victim"), "precious");
  writeFileSync(join(folder, "private", "zip"), bytes);
  const before = snapshot(folder);
  const tree = join(folder, "private", "tree");
  const error = await unpack(join(folder, "private", "zip"), tree, { ...plenty, ...limits }).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(TransferError);
  expect((error as Error).message).toMatch(words);
  expect((error as Error).message).not.toMatch(/[\p{Cc}\u202a-\u202e]/u);
  expect(snapshot(folder)).toEqual(before);
}

const umask = process.umask();
const withUmask = (mask: number) => {
  process.umask(mask);
  onTestFinished(() => void process.umask(umask));
};

describe("archives of other programs", () => {
  const { zips } = vectors<{ zips: { program: string; zip_hex: string; offer: { directory: ZipLimits } }[] }>(
    "directory_zip",
  );
  it.each(zips)("of $program are unpacked", async ({ program, zip_hex, offer }) => {
    const { numbytes, numfiles } = offer.directory;
    const tree = await unpackBytes(Buffer.from(zip_hex, "hex"), { numbytes, numfiles });
    expect(readFileSync(join(tree, "a.txt"), "utf8")).toBe("hello");
    expect(readFileSync(join(tree, "empty"), "utf8")).toBe("");
    expect(readFileSync(join(tree, "sub/b.txt"), "utf8")).toBe("world");
    expect(statSync(join(tree, "run.sh")).mode & 0o777).toBe(0o755 & ~umask);
    expect(statSync(join(tree, "a.txt")).mode & 0o777).toBe(0o640 & ~umask);
    // The other two programs lose empty folders.
    expect(existsSync(join(tree, "emptydir"))).toBe(program.includes("git HEAD"));
  });
});

describe("our own archives", () => {
  it("are unpacked to the same files and folders", async () => {
    const root = join(sandbox(), "root");
    mkdirSync(join(root, "sub/hollow"), { recursive: true });
    writeFileSync(join(root, "large"), randomBytes(700_000));
    writeFileSync(join(root, "sub/é 😀 12:30 aux.c"), "x", { mode: 0o755 });
    for (let i = 0; i < 2000; i++) writeFileSync(join(root, `sub/${i}`), String(i));
    const source = await openSource(root);
    const tree = await unpackBytes(await gather(source.offerTo({}).pieces()));
    await source.close();
    expect(snapshot(tree)).toEqual(snapshot(root));
  });

  it("without members become an empty folder", async () => {
    expect(readdirSync(await unpackBytes(craftZip([])))).toEqual([]);
  });
});

describe("an archive is accepted", () => {
  it("with `./` as the root and before names", async () => {
    const tree = await unpackBytes(craftZip([{ name: "./" }, { name: "./a/./b", content: "x" }]));
    expect(readFileSync(join(tree, "a/b"), "utf8")).toBe("x");
  });

  it("with folders that have an entry or not, before or after their members", async () => {
    const tree = await unpackBytes(
      craftZip([{ name: "a/b/c", content: "x" }, { name: "a/", mode: 0o040700 }, { name: "z/" }]),
    );
    expect(snapshot(tree)).toMatchObject({ "a/b/c": expect.anything(), z: expect.anything() });
    expect(statSync(join(tree, "a")).mode & 0o777).toBe(0o700);
  });

  it("with members that are deflated or stored, small or large", async () => {
    const large = "0123456789".repeat(100_000);
    const members = [false, true].flatMap((deflate) => [
      { name: `small-${deflate}`, content: "hello", deflate },
      { name: `empty-${deflate}`, content: "", deflate },
      { name: `large-${deflate}`, content: large, deflate },
      { name: `noise-${deflate}`, content: randomBytes(600_000), deflate },
    ]);
    const tree = await unpackBytes(craftZip(members));
    for (const { name, content } of members) {
      expect(Buffer.compare(readFileSync(join(tree, name)), Buffer.from(content))).toBe(0);
    }
  });

  it("after other data, and with names in the old code page", async () => {
    const members = [{ name: Buffer.from([0x82]), content: "x", flags: 0 }];
    expect(readdirSync(await unpackBytes(craftZip(members, { prefix: Buffer.from("#!/bin/sh\n") })))).toEqual(["é"]);
  });

  it("with names that are special in JavaScript", async () => {
    const names = ["__proto__", "constructor", "toString", "hasOwnProperty"];
    const tree = await unpackBytes(craftZip(names.map((name) => ({ name, content: name }))));
    for (const name of names) expect(readFileSync(join(tree, name), "utf8")).toBe(name);
  });

  it("with slightly more than was announced, as from a program that counts before it packs", async () => {
    const bytes = craftZip([
      { name: "log", content: "x".repeat(60_000) },
      { name: "new", content: "" },
    ]);
    expect(readdirSync(await unpackBytes(bytes, { numbytes: 10, numfiles: 1 })).sort()).toEqual(["log", "new"]);
  });
});

describe("permissions", () => {
  // proves: transfer/plain-members
  it.each([
    [0o104755, 0o755],
    [0o102755, 0o755],
    [0o101777, 0o777],
    [0o100000, 0o600],
    [0o100777, 0o777],
    [0o100044, 0o644],
    [0, 0o666],
  ])("%o are changed to %o", async (mode, expected) => {
    withUmask(0);
    const tree = await unpackBytes(craftZip([{ name: "f", content: "x", mode }]));
    expect(statSync(join(tree, "f")).mode & 0o7777).toBe(expected);
  });

  it("of folders keep them usable, and respect the umask", async () => {
    withUmask(0o027);
    const tree = await unpackBytes(
      craftZip([
        { name: "d/", mode: 0o041000 },
        { name: "e/", mode: 0o040777 },
        { name: "e/f", mode: 0o100777 },
      ]),
    );
    expect(statSync(join(tree, "d")).mode & 0o7777).toBe(0o700);
    expect(statSync(join(tree, "e")).mode & 0o7777).toBe(0o750);
    expect(statSync(join(tree, "e/f")).mode & 0o7777).toBe(0o750);
    expect(statSync(tree).mode & 0o7777).toBe(0o750);
  });
});

const file = (name: string | Buffer, fields: Partial<Crafted> = {}): Crafted => ({ name, content: "x", ...fields });

describe("an archive is refused, with nothing unpacked, if it has", () => {
  // proves: transfer/archive-checked-first, transfer/archive-inside, transfer/plain-members
  it.each<[string, Crafted[], RegExp]>([
    ["a name with `..` at its start", [file("../victim")], /leads outside/],
    ["a name with `..` inside", [file("a"), file("b/../../victim")], /leads outside/],
    ["a name with `..` in the form of Windows", [file("..\\victim")], /leads outside/],
    ["a folder named `../`", [{ name: "../" }], /leads outside/],
    ["a name in a sibling folder with the same prefix", [file("../tree2/x")], /leads outside/],
    ["an absolute name", [file("/etc/passwd")], /leads outside/],
    ["an absolute name of Windows", [file("C:\\x")], /leads outside/],
    ["the name of a network share", [file("\\\\server\\x")], /leads outside/],
    ["a symbolic link", [file("link", { content: "/etc/passwd", mode: 0o120777 })], /neither a file nor a folder/],
    ["a file through a link", [file("l", { content: "..", mode: 0o120777 }), file("l/victim")], /neither a file/],
    ["a character device", [file("d", { mode: 0o020666 })], /neither a file/],
    ["a block device", [file("d", { mode: 0o060666 })], /neither a file/],
    ["a pipe", [file("p", { mode: 0o010666 })], /neither a file/],
    ["a socket", [file("s", { mode: 0o140666 })], /neither a file/],
    ["a name twice", [file("a"), file("a")], /'a' twice/],
    ["a name twice, in two spellings", [file("a/b"), file("a/./b")], /twice/],
    ["a name twice, composed differently", [file("\u00e9"), file("e\u0301")], /twice/],
    ["a folder twice", [{ name: "d/" }, { name: "d/" }], /twice/],
    ["a file where a folder is", [file("a/b"), file("a")], /twice/],
    ["a folder where a file is", [file("a"), file("a/b")], /twice/],
    ["a folder of a file's name", [file("a"), { name: "a/" }], /twice/],
    ["two names for one file", [file("good", { localName: "evil" })], /two different ways/],
    ["two methods for one file", [file("a", { localMethod: 8 })], /two different ways/],
    ["a NUL in a name", [file("a\0.txt")], /control characters/],
    ["an escape in a name", [file("\x1b[2J")], /control characters/],
    ["an empty name", [file("")], /empty/],
    ["the root as a file", [file("a/..")], /leads outside/],
    ["a folder with content", [file("d/")], /has content/],
    ["a folder with the name of a file", [{ name: "d", mode: 0o040755 }], /name of a file/],
    ["an encrypted file", [file("a", { flags: 1, deflate: true })], /encrypted/],
    ["an unknown compression", [file("a", { method: 12, localMethod: 12 })], /unknown way/],
    ["a name that is too long", [file("x".repeat(256))], /longer/],
    ["a path that is too deep", [file(`${"d/".repeat(64)}f`)], /too long/],
  ])("%s", (_, members, words) => expectRefusal(craftZip([file("honest"), ...members]), words));

  it.each<[string, Crafted[], RegExp]>([
    ["names that differ only in case", [file("Readme"), file("README")], /'README' twice/],
    ["files in folders that differ only in case", [file("src/a"), file("SRC/a")], /'SRC\/a' twice/],
    ["folders that differ only in case", [{ name: "src/" }, { name: "SRC/" }], /'SRC' twice/],
    ["the name of a Windows device", [file("sub/aux.c")], /Windows device/],
  ])("%s, if names must be portable", async (_, members, words) => {
    const archive = craftZip(members);
    await expectRefusal(archive, words, { portable: true });
    await unpackBytes(archive, { portable: false });
  });

  it.each([
    ["no bytes", Buffer.alloc(0)],
    ["random bytes", randomBytes(100_000)],
    ["a missing end", craftZip([file("a")]).subarray(0, -5)],
    ["other data after it", Buffer.concat([craftZip([file("a")]), Buffer.from("tail")])],
    ["fewer members than stated", craftZip([file("a")], { count: 3 })],
    ["a member at another position than stated", craftZip([file("a", { offset: 5 })])],
    ["a member beyond the end", craftZip([file("a", { offset: 0xfffffff0 })])],
    ["a member that is longer than the archive", craftZip([file("a", { size: 10_000, compressedSize: 10_000 })])],
  ])("%s", (_, bytes) => expectRefusal(bytes, /cannot be unpacked/));
});

describe("an archive bomb or a damaged archive", () => {
  // proves: transfer/archive-limits
  it("of files that overlap is refused", async () => {
    const kernel = { name: "a", content: Buffer.alloc(1 << 20), deflate: true };
    await expectRefusal(craftZip([kernel, { ...kernel, name: "a", offset: 0, borrowed: true }]), /twice/);
    const quoted = craftZip([kernel, { ...kernel, localName: "a", name: "b", offset: 0, borrowed: true }]);
    await expectRefusal(quoted, /overlap|two different/);
    await expectRefusal(craftZip([file("a", { size: 40, compressedSize: 40 }), file("b")]), /overlap/);
  });

  // proves: transfer/archive-limits, transfer/archive-checked-first
  it("with more bytes than announced is refused before anything is unpacked", async () => {
    const zeros = Buffer.alloc(10 << 20);
    const bomb = craftZip([{ name: "zeros", content: zeros, deflate: true }]);
    await expectRefusal(bomb, /more than the 1000 bytes/, { numbytes: 1000 });
  });

  // proves: transfer/archive-limits
  it("with more files than announced is refused", async () => {
    const many = craftZip(Array.from({ length: 200 }, (_, i) => file(`f${i}`)));
    await expectRefusal(many, /more than the 50 files/, { numfiles: 50 });
  });

  // proves: transfer/archive-limits
  it.each([100, 300_000])(
    "with a file of more than its stated %d bytes is stopped at the first excess byte",
    async (size) => {
      const folder = sandbox();
      const zeros = Buffer.alloc(50 << 20);
      writeFileSync(join(folder, "zip"), craftZip([{ name: "zeros", content: zeros, deflate: true, size }]));
      const limits = { ...plenty, numbytes: size };
      await expect(unpack(join(folder, "zip"), join(folder, "tree"), limits)).rejects.toThrow(/'zeros' is damaged/);
      const written = existsSync(join(folder, "tree/zeros")) ? statSync(join(folder, "tree/zeros")).size : 0;
      expect(written).toBeLessThanOrEqual(size);
    },
  );

  it.each([
    ["a wrong checksum", { crc: 1 }],
    ["too few bytes", { deflate: true, size: 900_000 }],
    ["data that is not deflated", { method: 8, localMethod: 8 }],
  ])("with %s is refused, small or large", async (_, fields) => {
    for (const content of ["small".repeat(10), "large".repeat(150_000)]) {
      await expect(unpackBytes(craftZip([{ name: "f", content, ...fields }]))).rejects.toThrow(/'f' is damaged/);
    }
  });

  it("that claims four billion members is refused at its end", async () => {
    await expectRefusal(craftZip([file("a")], { count: 0xffff }), /damaged/);
  });
});

it("unpacking stops when the signal aborts", async () => {
  const reason = new Error("enough");
  const bytes = craftZip([file("a")]);
  await expect(unpackBytes(bytes, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});
