/** Names that peers choose: which ones are kept, which are shortened, and which are refused. */
import { basename, dirname, join, resolve, win32 } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TransferError } from "../../../src/errors.ts";
import { safeName, safePath } from "../../../src/transfer/files/safe-name.ts";

const characters = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => String.fromCodePoint(from + i));

/** Names that are kept. */
// biome-ignore format: a table
const plain = [
  "a", "a.txt", "report (final), 2nd.pdf", "naïve.txt", "Ωμέγα", "日本語.txt", "שלום", "😀.png", "❤️", "-rf", ".bashrc", "...a",
  "it's", '"quoted"', "a b", " leading", "~", "~root", "$HOME", "a*b?", "<a>|b", "CONSOLE", "console.log", "COM", "COM10", "LPT",
  "nul1", "auxiliary.c", "__proto__", "constructor", "toString", "x".repeat(255), "é".repeat(127), "%2e%2e%2f", "a;b", "a&b", "#",
];

/** Names with folders, of which the last component is used. */
// biome-ignore format: a table
const withFolders: [string, string][] = [
  ["../x", "x"], ["../../../etc/passwd", "passwd"], ["/etc/passwd", "passwd"], ["a/b", "b"], ["..\\x", "x"], ["C:\\x", "x"],
  ["\\\\server\\share", "share"], ["\\\\?\\C:\\x", "x"], ["\\\\.\\PhysicalDrive0", "PhysicalDrive0"], ["\\??\\x", "x"], ["a\\..\\b", "b"], ["./x", "x"],
  ["a/../../x", "x"], ["C:/Users/x", "x"], ["file:///etc/shadow", "shadow"], ["a\0b/c", "c"],
];

const devices = ["CON", "PRN", "AUX", "NUL", "CLOCK$", "CONIN$", "CONOUT$"].concat(
  Array.from("0123456789¹²³").flatMap((digit) => [`COM${digit}`, `LPT${digit}`]),
);

/** Names that are refused on every system. */
// biome-ignore format: a table
const refused: string[] = [
  ...["", ".", "..", "/", "a/", "\\", "a\\", "../../..", "a/.", "a/..", "a\\..", "..\\"],
  ...["a:b", "C:x", "x:$DATA", "x::$DATA", "12:30.png", ":", "a/b:c"],
  ...["a.", "a ", "a..", "a. ", "a .", "...", " ", "a. . .", "a/b "],
  ...["x".repeat(256), "é".repeat(128), "😀".repeat(64), "日".repeat(86)],
  ...[...characters(0, 0x1f), ...characters(0x7f, 0x9f)].flatMap((c) => [`a${c}b`, c, `${c}a`]),
  ...[...characters(0x200b, 0x200f), ...characters(0x202a, 0x202e), ...characters(0x2066, 0x2069)].map((c) => `a${c}b`),
  ...["\u2060", "\ufeff", "\u061c", "\u180e", "\u2028", "\u2029", "\u{e0041}", "\ud800", "\udc00", "\ue000", "\u{f0000}", "\uffff", "\u0378"].map((c) => `a${c}b`),
  ...devices.flatMap((device) => [device, device.toLowerCase(), `${device}.txt`, `${device} .txt`, `${device}.tar.gz`, `x/${device}`]),
];

describe("safeName", () => {
  it("is tested with at least 400 names", () =>
    expect(plain.length + withFolders.length + refused.length).toBeGreaterThan(400));

  it.each(plain.map((name) => [name.length > 100 ? `${name.slice(0, 3)}… of ${name.length} characters` : name, name]))(
    "keeps %s",
    (_, name) => expect(safeName(name)).toBe(name),
  );

  // proves: transfer/safe-name
  it.each(withFolders)("uses the last component of %j", (name, last) => expect(safeName(name)).toBe(last));

  // proves: transfer/safe-name
  it("refuses each of the other names, with a reason", () => {
    for (const name of refused) {
      expect(() => safeName(name), JSON.stringify(name)).toThrow(TransferError);
      expect(() => safeName(name), JSON.stringify(name)).toThrow(/^The name '.*' was refused: [^\n\x1b]+\.$/u);
    }
  });

  it("composes letters and accents, so that two spellings become one name", () => {
    expect(safeName("e\u0301")).toBe("é");
    expect(safeName("\u212b")).toBe("Å");
  });

  // proves: transfer/safe-name
  it("returns one component inside the folder for any input, and keeps its own results", () => {
    const alphabet = fc.constantFrom(
      ...Array.from("/\\.:ab~ \0\n"),
      "..",
      "../",
      "é",
      "e\u0301",
      "\u202e",
      "CON",
      "\ud800",
      "😀",
    );
    const name = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(alphabet).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(name, (untrusted) => {
        let safe: string;
        try {
          safe = safeName(untrusted);
        } catch (error) {
          expect(error).toBeInstanceOf(TransferError);
          return;
        }
        expect(safeName(safe)).toBe(safe);
        expect(basename(safe)).toBe(safe);
        expect(win32.basename(safe)).toBe(safe);
        expect(dirname(resolve("/srv/in", safe))).toBe("/srv/in");
        expect(win32.dirname(win32.resolve("C:\\in", safe))).toBe("C:\\in");
      }),
      { numRuns: 5000 },
    );
  });
});

describe("safePath", () => {
  it.each([
    ["a", ["a"]],
    ["a/b/c.txt", ["a", "b", "c.txt"]],
    ["a/", ["a"]],
    ["./", []],
    [".", []],
    ["./a/./b", ["a", "b"]],
    ["a\\b", ["a", "b"]],
    ["aux.c", ["aux.c"]],
    ["log 12:30/x.", ["log 12:30", "x."]],
    ["e\u0301/x", ["é", "x"]],
    ["__proto__/toString", ["__proto__", "toString"]],
  ])("turns %j into %j", (path, names) => expect(safePath(path, { portable: false })).toEqual(names));

  // biome-ignore format: a table
  const refusedPaths = [
    "", "/", "/etc/passwd", "//x", "\\x", "C:x", "C:\\x", "c:/x", "..", "../x", "a/..", "a/../b", "..\\x", "a\\..\\..\\x", "a//b", "a//",
    "a/\0", "a\0/b", "a\nb", "a/\x1b[2J", "\ud800",
  ].map((path) => [JSON.stringify(path), path] as const);

  // proves: transfer/archive-inside
  it.each<readonly [string, string]>([
    ...refusedPaths,
    ["a path of 65 levels", `${"a/".repeat(64)}b`],
    ["a path of 4,222 bytes", `${`${"x".repeat(200)}/`.repeat(21)}y`],
    ["a name of 256 characters", "x".repeat(256)],
  ])("refuses %s everywhere", (_, path) => {
    expect(() => safePath(path, { portable: false })).toThrow(TransferError);
    expect(() => safePath(path, { portable: true })).toThrow(TransferError);
  });

  it.each(["aux.c", "a/12:30", "a./b", "x/\u202ey"])("refuses %j where names must be portable", (path) => {
    expect(() => safePath(path, { portable: true })).toThrow(TransferError);
  });

  // proves: transfer/archive-inside
  it("returns a path inside the folder for any input", () => {
    const piece = fc.constantFrom("..", ".", "/", "\\", "a", "C:", "b c", "\0", "...", "é");
    fc.assert(
      fc.property(fc.array(piece), fc.boolean(), (pieces, portable) => {
        let names: readonly string[];
        try {
          names = safePath(pieces.join(""), { portable });
        } catch (error) {
          expect(error).toBeInstanceOf(TransferError);
          return;
        }
        expect(join("/in", ...names)).toBe(["/in", ...names].join("/"));
        expect(safePath(names.join("/") || ".", { portable })).toEqual(names);
      }),
      { numRuns: 5000 },
    );
  });
});
