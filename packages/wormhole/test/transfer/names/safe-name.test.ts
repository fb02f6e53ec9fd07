/** Names that peers choose: every one that the system allows is kept, and what is changed is told. */
import { basename, dirname, resolve, win32 } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TransferError } from "../../../src/errors.ts";
import { bytesOfName } from "../../../src/transfer/names/name-bytes.ts";
import {
  foldName,
  keepName,
  type NamePlatform,
  numberName,
  shortenName,
} from "../../../src/transfer/names/name-rules.ts";
import { safeName, storableName } from "../../../src/transfer/names/safe-name.ts";

const platforms: readonly NamePlatform[] = ["posix", "darwin", "windows"];
const characters = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => String.fromCodePoint(from + i));

/** Names that every system allows. */
// biome-ignore format: a table
const plain = [
  "a", "a.txt", "report (final), 2nd.pdf", "naïve.txt", "Ωμέγα", "日本語.txt", "שלום", "😀.png", "❤️", "-rf", ".bashrc", "...a",
  "it's", "a b", " leading", "~", "~root", "$HOME", "CONSOLE", "console.log", "COM", "COM10", "LPT", "nul1", "auxiliary.c", "CONIN", "a.con",
  "__proto__", "constructor", "toString", "x".repeat(255), "é".repeat(127), "%2e%2e%2f", "a;b", "a&b", "#", "👨\u200d👩\u200d👧.jpg", "می\u200cخواهم.pdf",
  "\ufeffbom", "so\u00adft", "\ue000", "\u{1fae9}", "no\u00a0break", "\u202egpj.exe", "cafe\u0301", "e\u0301".repeat(80), "\u3164", "\ufffd",
];

/** Names that POSIX systems allow, and what becomes of them elsewhere. macOS keeps them if only Windows is named. */
// biome-ignore format: a table
const changed: readonly { readonly name: string; readonly darwin?: string; readonly windows: string }[] = [
  ...["\n", "\r", "\t", "\x1b", "\x01", "\x1f"].map((c) => ({ name: `a${c}b`, windows: "a_b" })),
  ...['"', "<", ">", "|", "?", "*", ":", "\\"].map((c) => ({ name: `a${c}b`, windows: "a_b" })),
  { name: "Icon\r", windows: "Icon_" },
  { name: "12:30:45.png", windows: "12_30_45.png" },
  { name: "C:x", windows: "C_x" }, { name: "x::$DATA", windows: "x__$DATA" },
  { name: "a\\..\\b", windows: "a_.._b" }, { name: "end\\", windows: "end_" }, { name: "..\\..\\x", windows: ".._.._x" }, { name: "\\\\?\\C:\\x", windows: "____C__x" },
  { name: "a.", windows: "a_" }, { name: "a ", windows: "a_" }, { name: "a. . .", windows: "a_____" }, { name: "...", windows: "___" }, { name: " ", windows: "_" },
  { name: "aux.c", windows: "aux_.c" }, { name: "NUL", windows: "NUL_" }, { name: "nul.tar.gz", windows: "nul_.tar.gz" }, { name: "COM¹.x", windows: "COM¹_.x" },
  { name: "con .txt", windows: "con _.txt" }, { name: "PRN ", windows: "PRN_" }, { name: "conin$", windows: "conin$_" }, { name: "LPT9.", windows: "LPT9_" },
  { name: "Gro\udcdf.txt", darwin: "Gro_.txt", windows: "Gro_.txt" }, { name: "\udcff", darwin: "_", windows: "_" },
];

/** Names that no system keeps, with what is stored on each. */
// biome-ignore format: a table
const cleaned: readonly [name: string, stored: string, reason: RegExp][] = [
  ["a\0b", "a_b", /NUL/], ["\0", "_", /NUL/], ["\ud800", "_", /half/], ["a\udc00b", "a_b", /half/], ["\udbffx", "_x", /half/],
  ["x".repeat(256), "x".repeat(255), /longer than 255/], [`${"x".repeat(360)}.txt`, `${"x".repeat(251)}.txt`, /longer than 255/],
  [`${"x".repeat(300)}.${"y".repeat(60)}`, "x".repeat(255), /longer than 255/],
];

/** Names with folders, of which the last component is used. */
// biome-ignore format: a table
const withFolders: readonly [string, string][] = [
  ["../x", "x"], ["../../../etc/passwd", "passwd"], ["/etc/passwd", "passwd"], ["a/b", "b"], ["./x", "x"], ["a/../../x", "x"], ["C:/Users/x", "x"],
  ["file:///etc/shadow", "shadow"], ["a\0b/c", "c"], ["dir/", "dir"], ["a//b//", "b"], ["\udcc0\udcaf/x", "x"],
];

/** Offers that name nothing. */
const nameless = ["", ".", "..", "/", "//", "../../..", "a/.", "a/..", "./", "../", "/."];

const devices = ["CON", "PRN", "AUX", "NUL", "CLOCK$", "CONIN$", "CONOUT$"].concat(
  Array.from("0123456789¹²³").flatMap((digit) => [`COM${digit}`, `LPT${digit}`]),
);

const titled = <T extends { name: string }>(cases: readonly T[]) =>
  cases.map((each) => [JSON.stringify(each.name), each] as const);

describe("a name", () => {
  // proves: transfer/names-kept
  it.each(
    plain.map((name) => [name.length > 60 ? `${name.slice(0, 3)}… of ${name.length}` : JSON.stringify(name), name]),
  )("is kept on every system: %s", (_, name) => {
    for (const platform of platforms) expect(storableName(name, platform)).toEqual({ name });
  });

  it.each(titled(changed))(
    "is kept where the system allows it, and changed with a reason elsewhere: %s",
    (_, { name, darwin, windows }) => {
      expect(storableName(name, "posix")).toEqual({ name });
      expect(storableName(name, "darwin")).toEqual(
        darwin === undefined ? { name } : { name: darwin, reason: expect.stringMatching(/^it /) },
      );
      expect(storableName(name, "windows")).toEqual({ name: windows, reason: expect.stringMatching(/^it /) });
    },
  );

  it.each(
    cleaned.map(
      ([name, ...rest]) => [name.length > 60 ? `${name.length} long` : JSON.stringify(name), name, ...rest] as const,
    ),
  )("that no system keeps is cleaned: %s", (_, name, stored, reason) => {
    for (const platform of platforms) {
      expect(storableName(name, platform)).toEqual({ name: stored, reason: expect.stringMatching(reason) });
    }
  });

  it("of 364 bytes, as macOS and Windows allow them, is shortened in whole characters and keeps its extension", () => {
    const name = `${"語".repeat(120)}.txt`;
    expect(storableName(name, "posix").name).toBe(`${"語".repeat(83)}.txt`);
    expect(storableName(name, "windows")).toEqual({ name });
    expect(bytesOfName(shortenName("😀".repeat(100), "posix")).length).toBe(252);
    expect(bytesOfName(shortenName("\udcff".repeat(300), "posix")).length).toBe(255);
  });

  it.each(devices)("of the device %s gets an underscore on Windows, in every spelling", (device) => {
    for (const name of [device, device.toLowerCase(), `${device}.txt`, `${device} .txt`, `${device}.tar.gz`]) {
      const stored = storableName(name, "windows").name;
      expect(stored).not.toBe(name);
      expect(storableName(stored, "windows")).toEqual({ name: stored });
    }
  });

  // proves: transfer/safe-name
  it.each(withFolders)("is the last component of %j, and it is told", (name, last) => {
    for (const platform of platforms) {
      expect(storableName(name, platform)).toEqual({ name: last, reason: "only its last component is used" });
    }
  });

  // proves: transfer/safe-name
  it.each(nameless)("is missing in %j, so the offer is refused", (name) => {
    for (const platform of platforms) {
      expect(() => storableName(name, platform)).toThrow(/^The name '.*' was refused: /);
      expect(() => storableName(name, platform)).toThrow(expect.objectContaining({ code: "name-refused" }));
    }
  });

  it("whose characters hide in escaped bytes is stored and judged as what it is", () => {
    expect(storableName("\udcc3\udca9", "posix").name).toBe("é");
    expect(storableName("\udce2\udc80\udcae", "darwin").name).toBe("\u202e");
  });

  it("is handled in a moment, however long it is", () => {
    const before = performance.now();
    for (const name of [
      ".".repeat(400_000),
      " ".repeat(400_000),
      "/".repeat(400_000),
      `${"../".repeat(100_000)}x`,
      `${". ".repeat(200_000)}x`,
    ]) {
      for (const platform of platforms) {
        try {
          storableName(name, platform);
        } catch (error) {
          expect(error).toBeInstanceOf(TransferError);
        }
      }
    }
    expect(performance.now() - before).toBeLessThan(3000);
  });

  // proves: transfer/safe-name
  it("stays inside the folder, whatever was offered", () => {
    // biome-ignore format: a table
    const piece = fc.constantFrom("..", ".", "/", "\\", "a", "C:", " ", "\0", "é", "\u202e", "\udcaf", "\udcc0", "\ud800", "NUL", "?", "x".repeat(250), ...characters(0, 0x20));
    fc.assert(
      fc.property(fc.array(piece), fc.constantFrom(...platforms), (pieces, platform) => {
        let name: string;
        try {
          name = storableName(pieces.join(""), platform).name;
        } catch (error) {
          expect(error).toBeInstanceOf(TransferError);
          return;
        }
        expect(storableName(name, platform)).toEqual({ name });
        expect(basename(name)).toBe(name);
        expect(dirname(resolve("/srv/in", name))).toBe("/srv/in");
        expect(bytesOfName(name).includes(0)).toBe(false);
        if (platform === "windows") {
          expect(win32.basename(name)).toBe(name);
          expect(win32.dirname(win32.resolve("C:\\in", name))).toBe("C:\\in");
          expect(name.length).toBeLessThanOrEqual(255);
        } else expect(bytesOfName(name).length).toBeLessThanOrEqual(255);
      }),
      { numRuns: 5000 },
    );
  });
});

describe("safeName", () => {
  it("is for every function that takes strings, so it replaces bytes that are not UTF-8", () => {
    expect(safeName("../Gro\udcdf.txt")).toBe("Gro_.txt");
    expect(safeName("é.txt")).toBe("é.txt");
    expect(() => safeName("..")).toThrow(TransferError);
  });
});

describe("a number", () => {
  it.each([
    ["a.txt", 2, "a (2).txt"],
    ["a", 3, "a (3)"],
    [".bashrc", 2, ".bashrc (2)"],
    ["a.tar.gz", 2, "a (2).tar.gz"],
    ["2026.11.27 minutes", 2, "2026.11.27 minutes (2)"],
    ["..x", 2, "..x (2)"],
    ["x".repeat(255), 12, `${"x".repeat(250)} (12)`],
  ])("is put before the extension of %s", (name, number, expected) => {
    for (const platform of platforms) expect(numberName(name, number, platform)).toBe(expected);
  });

  it("never makes a name that has to be changed", () => {
    const name = `${"x".repeat(100)} .${"é".repeat(8)}`.padStart(300, "語");
    for (const platform of platforms) {
      const numbered = numberName(keepName(name, platform).name, 2, platform);
      expect(keepName(numbered, platform)).toEqual({ name: numbered });
    }
  });
});

it("two names are one on macOS and Windows if they differ in case or composition", () => {
  for (const [a, b] of [
    ["A", "a"],
    ["é", "e\u0301"],
    ["É", "e\u0301"],
    ["Σ", "ς"],
    ["straße", "STRASSE"],
  ] as const) {
    // biome-ignore format: a table
    expect(foldName(a, "darwin"), a).toBe(foldName(b, "darwin"));
    expect(foldName(a, "windows"), a).toBe(foldName(b, "windows"));
    expect(foldName(a, "posix"), a).not.toBe(foldName(b, "posix"));
  }
});
