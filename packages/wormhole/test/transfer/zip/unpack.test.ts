/** Unpacking received archives: of other programs and of our own. Those of attackers are in `test/hostile/`. */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { openSource } from "../../../src/transfer/source.node.ts";
import type { ZipLimits } from "../../../src/transfer/zip/check.node.ts";
import { vectors } from "../../vectors.ts";
import { gather, sandbox } from "../sandbox.ts";
import { craftZip, timeField, unicodePathField } from "./crafted-zip.ts";
import { pathsIn, snapshot, unpackArchive } from "./unpacking.ts";

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
    const { tree } = await unpackArchive(Buffer.from(zip_hex, "hex"), { numbytes, numfiles });
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
    utimesSync(join(root, "large"), 2_000_000_000, 1_000_000_000);
    const source = await openSource(root);
    const { offer, pieces } = source.offerTo({ "wormhole-ts": {} });
    if (offer.kind !== "directory") throw new Error("A folder is offered as something else");
    const { numbytes, numfiles } = offer;
    const { tree } = await unpackArchive(await gather(pieces()), { numbytes, numfiles });
    await source.close();
    expect(snapshot(tree)).toEqual(snapshot(root));
    expect(statSync(join(tree, "large")).mtimeMs).toBe(1_000_000_000_000);
  });

  it("without members become an empty folder", async () => {
    expect(pathsIn((await unpackArchive([])).tree)).toEqual([]);
  });
});

describe("an archive is accepted", () => {
  it("with `./` as the root and before names", async () => {
    const { tree } = await unpackArchive([{ name: "./" }, { name: "./a/./b", content: "x" }]);
    expect(readFileSync(join(tree, "a/b"), "utf8")).toBe("x");
  });

  it("with folders that have an entry or not, before or after their members", async () => {
    const { tree } = await unpackArchive([
      { name: "a/b/c", content: "x" },
      { name: "a/", mode: 0o040700 },
      { name: "z/" },
    ]);
    expect(pathsIn(tree)).toEqual(["a/", "a/b/", "a/b/c", "z/"]);
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
    const { tree } = await unpackArchive(members);
    for (const { name, content } of members) {
      expect(Buffer.compare(readFileSync(join(tree, name)), Buffer.from(content))).toBe(0);
    }
  });

  it("after other data, with a comment, and with the records for large archives", async () => {
    const members = [{ name: "a", content: "x" }];
    for (const end of [
      { prefix: Buffer.from("#!/bin/sh\n") },
      { comment: Buffer.from("PK\x05\x06 and more") },
      { zip64: true },
    ]) {
      const { tree } = await unpackArchive(craftZip(members, end), { numbytes: 1, numfiles: 1 });
      expect(pathsIn(tree), JSON.stringify(end)).toEqual(["a"]);
    }
  });

  it("with names that are special in JavaScript", async () => {
    const names = ["__proto__", "constructor", "toString", "hasOwnProperty"];
    const { tree } = await unpackArchive(names.map((name) => ({ name, content: name })));
    for (const name of names) expect(readFileSync(join(tree, name), "utf8")).toBe(name);
  });

  it("with slightly more than was announced, as from a program that counts before it packs", async () => {
    const members = [
      { name: "log", content: "x".repeat(60_000) },
      { name: "new", content: "" },
    ];
    expect(pathsIn((await unpackArchive(members, { numbytes: 10, numfiles: 1 })).tree)).toEqual(["log", "new"]);
  });

  it("with a log that was shortened while an old program packed it", async () => {
    const { tree } = await unpackArchive([{ name: "log", content: "x" }], { numbytes: 60_000 });
    expect(pathsIn(tree)).toEqual(["log"]);
  });
});

describe("permissions of files", () => {
  // proves: transfer/plain-members
  it.each([
    ["private", 0o100600, 0o600],
    ["read-only", 0o100444, 0o444],
    ["private and read-only", 0o100400, 0o400],
    ["executable", 0o100755, 0o755],
    ["executable by the owner", 0o100700, 0o700],
    ["open to all", 0o100666, 0o666],
    ["open to the group", 0o100660, 0o660],
    ["closed to the owner but still readable", 0o100044, 0o444],
    ["closed to everyone", 0o100000, 0o400],
    ["with set-user-id", 0o104755, 0o755],
    ["with set-group-id", 0o102755, 0o755],
    ["sticky", 0o101777, 0o777],
    ["unknown", 0, 0o666],
  ])("that are %s (%o) become %o", async (_, mode, expected) => {
    withUmask(0);
    const large = "0123456789".repeat(30_000);
    const { tree } = await unpackArchive([
      { name: "f", content: "x", mode },
      { name: "large", content: large, mode },
    ]);
    expect(statSync(join(tree, "f")).mode & 0o7777).toBe(expected);
    expect(statSync(join(tree, "large")).mode & 0o7777).toBe(expected);
  });
});

describe("permissions of folders", () => {
  // proves: transfer/modes-kept
  it.each([
    ["private", 0o040700, 0o700],
    ["read-only", 0o040555, 0o555],
    ["private and read-only", 0o040500, 0o500],
    ["for a group", 0o040750, 0o750],
    ["closed to the owner but still readable", 0o040077, 0o577],
    ["closed to everyone", 0o040000, 0o500],
    ["sticky, with set-group-id", 0o043777, 0o777],
    ["unknown", 0, 0o777],
  ])("that are %s (%o) become %o, with a file in them", async (_, mode, expected) => {
    withUmask(0);
    const { tree } = await unpackArchive([
      { name: "a/d/", mode },
      { name: "a/d/e/f", content: "x" },
    ]);
    expect(pathsIn(tree)).toEqual(["a/", "a/d/", "a/d/e/", "a/d/e/f"]);
    expect(statSync(join(tree, "a/d")).mode & 0o7777).toBe(expected);
    expect(statSync(join(tree, "a/d/e")).mode & 0o7777).toBe(0o777);
  });

  it("respect the umask", async () => {
    withUmask(0o027);
    const { tree } = await unpackArchive([
      { name: "d/", mode: 0o041000 },
      { name: "e/", mode: 0o040777 },
      { name: "e/f", content: "x", mode: 0o100777 },
    ]);
    expect(statSync(join(tree, "d")).mode & 0o7777).toBe(0o500);
    expect(statSync(join(tree, "e")).mode & 0o7777).toBe(0o750);
    expect(statSync(join(tree, "e/f")).mode & 0o7777).toBe(0o750);
    expect(statSync(tree).mode & 0o7777).toBe(0o750);
  });

  it("of the root leave it movable", async () => {
    const { tree } = await unpackArchive([{ name: "./", mode: 0o040500 }, { name: "f" }]);
    expect(statSync(tree).mode & 0o7777).toBe(0o700);
  });
});

// proves: transfer/modes-kept
describe("times", () => {
  const seconds = (tree: string, path: string) => statSync(join(tree, path)).mtimeMs / 1000;
  const dosTime = [(12 << 11) | (34 << 5) | 28, (28 << 9) | (2 << 5) | 29] as const;
  const local = new Date(2008, 1, 29, 12, 34, 56).getTime() / 1000;

  it("of files and of folders with something in them arrive", async () => {
    const { tree } = await unpackArchive([
      { name: "d/", dosTime },
      { name: "d/e/f", content: "x", dosTime },
      { name: "g", content: "x", dosTime, extra: timeField(1_234_567_891) },
      { name: "h/", extra: timeField(-5) },
    ]);
    expect(["d", "d/e/f", "g", "h"].map((path) => seconds(tree, path))).toEqual([local, local, 1_234_567_891, -5]);
  });

  it.each([
    ["zeros", [0, 0]],
    ["the first second of 1980", [0, 33]],
    ["a month that does not exist", [0, (28 << 9) | (13 << 5) | 1]],
    ["an hour that does not exist", [24 << 11, (28 << 9) | 33]],
  ] as const)("of %s are unknown", async (_, unknown) => {
    const { tree } = await unpackArchive([{ name: "f", content: "x", dosTime: unknown }]);
    expect(Math.abs(seconds(tree, "f") - Date.now() / 1000)).toBeLessThan(60);
  });
});

/** Names in a folder, and what they become; the same everywhere if there is only one. */
interface NameCase {
  readonly names: readonly (string | Buffer)[];
  readonly posix?: readonly string[];
  readonly darwin?: readonly string[];
  readonly windows?: readonly string[];
}

/**
 * Everything arrives beside its neighbour, under its own name or under one that is told. A name that is short enough for
 * Windows is shortened again by the file system of this computer.
 */
// biome-ignore format: a table
const NAMES: readonly NameCase[] = [
  { names: ["plain", "naïve é 😀", "-rf", "it's", "#", "~", "%2e"] },
  { names: [".hidden", "...", "..a"], windows: [".hidden", "___", "..a"] },
  { names: ["Icon\r"], windows: ["Icon_"] },
  { names: ["two\nlines.pdf", "tab\there", "\x1b[31mred"], windows: ["two_lines.pdf", "tab_here", "_[31mred"] },
  { names: ["del\x7f", "next\u0085line"] },
  { names: ["a\\b.txt", "end\\", "a\\..\\b", "x\\y\\"], windows: ["a_b.txt", "end_", "a_.._b", "x_y_"] },
  { names: ["system\\x2dfoo.service"], windows: ["system_x2dfoo.service"] },
  { names: ["C:x", "C:", "a:b", "12:30:45.png"], windows: ["C_x", "C_", "a_b", "12_30_45.png"] },
  { names: ["C:/x", "\\\\server\\x"], posix: ["C:/", "C:/x", "\\\\server\\x"], darwin: ["C:/", "C:/x", "\\\\server\\x"], windows: ["C_/", "C_/x", "__server_x"] },
  { names: ["..\\victim", "..\\..\\x"], windows: [".._victim", ".._.._x"] },
  { names: ["What?.mp3", "a<b>.txt", "x|y", 'q"q', "a*b", "a>b"], windows: ["What_.mp3", "a_b_.txt", "x_y", "q_q", "a_b", "a_b (1)"] },
  { names: ["aux.c", "NUL", "com1.txt", "LPT¹", "con.tar.gz", "aux"], windows: ["aux_.c", "NUL_", "com1_.txt", "LPT¹_", "con_.tar.gz", "aux_"] },
  { names: ["trail ", "dot.", "both. ."], windows: ["trail_", "dot_", "both___"] },
  { names: ["👨\u200d👩\u200d👧.jpg", "می\u200cخواهم.pdf", "\ufeffbom", "so\u00adft", "\ue000", "\u{1fae9}", "\u202egpj.exe"] },
  { names: ["café", "cafe\u0301"], darwin: ["café", "cafe\u0301 (1)"], windows: ["café", "cafe\u0301 (1)"] },
  { names: ["Readme", "README"], darwin: ["Readme", "README (1)"], windows: ["Readme", "README (1)"] },
  { names: ["DSC1.JPG", "DSC1.jpg", "dsc1.jpg"], darwin: ["DSC1.JPG", "DSC1 (1).jpg", "dsc1 (2).jpg"], windows: ["DSC1.JPG", "DSC1 (1).jpg", "dsc1 (2).jpg"] },
  { names: ["Foo/a", "foo/b", "foo/c"], posix: ["Foo/", "Foo/a", "foo/", "foo/b", "foo/c"],
    darwin: ["Foo/", "Foo/a", "foo (1)/", "foo (1)/b", "foo (1)/c"], windows: ["Foo/", "Foo/a", "foo (1)/", "foo (1)/b", "foo (1)/c"] },
  { names: ["a?b", "a*b", "a_b"], windows: ["a_b (1)", "a_b (2)", "a_b"] },
  { names: ["a (1)", "A", "a"], darwin: ["a (1)", "A", "a (2)"], windows: ["a (1)", "A", "a (2)"] },
  { names: ["straße", "STRASSE"], darwin: ["straße", "STRASSE (1)"], windows: ["straße", "STRASSE (1)"] },
  { names: [Buffer.from("Gro\xdf.txt", "latin1")], posix: ["Gro\udcdf.txt"], darwin: ["Gro_.txt"], windows: ["Gro_.txt"] },
  { names: [Buffer.from("\xe9/\xe8", "latin1")], posix: ["\udce9/", "\udce9/\udce8"], darwin: ["_/", "_/_"], windows: ["_/", "_/_"] },
  { names: [Buffer.from([0xed, 0xa0, 0x80])], posix: ["\udced\udca0\udc80"], darwin: ["___"], windows: ["___"] },
  { names: ["x".repeat(255), "語".repeat(85)] },
  { names: [`${"語".repeat(100)}.txt`], posix: [`${"語".repeat(83)}.txt`], darwin: [`${"語".repeat(83)}.txt`], windows: [`${"語".repeat(38)}.txt`] },
  { names: ["x".repeat(300), "x".repeat(301)], posix: ["x".repeat(255), `${"x".repeat(251)} (1)`], darwin: ["x".repeat(255), `${"x".repeat(251)} (1)`], windows: ["x".repeat(255), `${"x".repeat(251)} (1)`] },
  { names: ["a//b", "c/./d"], posix: ["a/", "a/b", "c/", "c/d"], darwin: ["a/", "a/b", "c/", "c/d"], windows: ["a/", "a/b", "c/", "c/d"] },
];

describe.each(["posix", "darwin", "windows"] as const)("on %s, names", (platform) => {
  const shown = ({ names }: NameCase) =>
    names.map((name) => (name.length > 50 ? `${name.length} long` : JSON.stringify(String(name)))).join(", ");

  // proves: transfer/names-kept, transfer/names-told
  // The names are stored on this computer under the rules of another one, which works on Linux.
  it.runIf(process.platform === "linux").each(NAMES.map((each) => [shown(each), each] as const))(
    "%s arrive, or it is told",
    async (_, { names, ...stored }) => {
      const flags = names.some((name) => typeof name !== "string") ? { flags: 0 } : {};
      const members = [{ name: "neighbour", content: "x" }, ...names.map((name) => ({ name, content: "x", ...flags }))];
      const { tree, leftOut, renamed } = await unpackArchive(members, { platform });
      const expected = stored[platform] ?? names.map(String);
      expect(pathsIn(tree)).toEqual(["neighbour", ...expected].sort());
      expect(leftOut).toEqual([]);
      const paths = new Set(expected);
      for (const { path, storedAs } of renamed) {
        expect(paths.has(storedAs) || paths.has(`${storedAs}/`), storedAs).toBe(true);
        expect(path).not.toBe(storedAs);
      }
      if (stored[platform] === undefined) expect(renamed).toEqual([]);
    },
  );
});

it("a name without the flag of UTF-8 keeps its bytes, unless it brings its own name in Unicode", async () => {
  const raw = Buffer.from([0x82, 0x2e, 0x74]);
  const members = [
    { name: raw, content: "x", flags: 0 },
    { name: Buffer.from("old"), content: "x", flags: 0, extra: unicodePathField(Buffer.from("old"), "é/new") },
    { name: Buffer.from("renamed"), content: "x", flags: 0, extra: unicodePathField(Buffer.from("other"), "stale") },
    { name: Buffer.from("empty"), content: "x", flags: 0, extra: unicodePathField(Buffer.from("empty"), "") },
  ];
  const { tree } = await unpackArchive(members, { numfiles: 4, numbytes: 4 });
  expect(pathsIn(tree)).toEqual(["\udc82.t", "empty", "renamed", "é/", "é/new"].sort());
});

describe("trees", () => {
  it.each([65, 200, 1000])("of %d levels are unpacked", async (levels) => {
    const path = "d/".repeat(levels);
    const { tree, leftOut } = await unpackArchive([{ name: `${path}f`, content: "x" }]);
    expect(leftOut).toEqual([]);
    expect(readFileSync(join(tree, path, "f"), "utf8")).toBe("x");
  });

  // proves: transfer/names-told
  it("lose only the members whose path is too long, and list each of them", async () => {
    const long = `${"x".repeat(200)}/`.repeat(21);
    const nearlyLong = `${"y".repeat(200)}/`.repeat(20);
    const names = [`${long}a`, `${long}b`, `${nearlyLong}${"c".repeat(60)}`, "kept", "d/kept"];
    const { tree, leftOut } = await unpackArchive(names.map((name) => ({ name, content: "x" })));
    expect(pathsIn(tree).filter((path) => path.endsWith("kept"))).toEqual(["d/kept", "kept"]);
    const missing = leftOut.map(({ path }) => path);
    expect(missing).toEqual(expect.arrayContaining([`${long}a`, `${long}b`, `${nearlyLong}${"c".repeat(60)}`]));
    expect(new Set(leftOut.map(({ reason }) => reason)).size).toBeGreaterThan(1);
  });

  it("of thousands of names that become one are unpacked quickly", async () => {
    const names = Array.from({ length: 5000 }, (_, i) => `${"x".repeat(260)}${i}.txt`);
    const { tree, renamed } = await unpackArchive(names.map((name) => ({ name, content: "" })));
    expect(new Set(pathsIn(tree)).size).toBe(5000);
    expect(renamed).toHaveLength(5000);
  });
});

it("unpacking stops when the signal aborts", async () => {
  const reason = new Error("enough");
  await expect(unpackArchive([{ name: "a" }], { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});
