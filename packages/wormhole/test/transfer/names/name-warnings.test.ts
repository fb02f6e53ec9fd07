/** Names at which a person looks twice, and honest ones that need no question. */
import { describe, expect, it } from "vitest";
import type { NameWarning } from "../../../src/transfer/api.ts";
import { extensionOf, warningsOf } from "../../../src/transfer/names/name-warnings.ts";

/** Names without a warning. */
// biome-ignore format: a table
const honest = [
  "a", "photo.jpg", "report (final), 2nd.pdf", "archive.tar.gz", "app.apk", "big.bin", "data.json", "README.md", "Dockerfile", "notes.txt", "exe", "the exe", "a.exe.txt",
  "naïve.txt", "日本語。メモ.txt", "שלום.txt", "مرحبا.pdf", "می\u200cخواهم.pdf", "क\u094d\u200dष.txt", "کار\u200cها.pdf", "അവന\u0d4d\u200d.txt", "ᠮᠣᠩᠭᠣᠯ\u180eᠠ.txt", "〰\ufe0f.txt", "ខ្មែរ\u200bភាសា.txt", "ไทย\u200bไทย.txt", "ශ\u0dca\u200dරී.txt", "👨\u200d👩\u200d👧.jpg", "❤\ufe0f\u200d🔥.png", "❤️.png",
  "1\ufe0f\u20e3.txt", "葛\u{e0100}城.txt", "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}.png", "cafe\u0301.txt", "שָׁלוֹם.txt", "Việt Nam.txt", "ไฟล์.txt", "12:30:45.png", "aux.c", "a b.txt", "a  b.txt", "   indented.txt", "Rechnung   Mai.pdf", "trailing    ", "trail ", "dot.",
  "Shot 2026-11-27 12:30:45.png", "x".repeat(255), "Gro\udcdf.txt", "a\\b.txt", "no\u00a0break.txt", "\ue000.txt", "\u{1fae9}.txt", "it's \"quoted\".txt", "-rf", "C:x", "Makefile.txt",
  // What honest people send every day: a system does not run it when it is opened, or asks first.
  ...["js", "mjs", "ts", "py", "sh", "ps1", "rb", "pl", "php", "lua", "run", "deb", "rpm", "pkg", "dmg", "apk", "inf", "ini", "vsix", "xpi", "snap", "ipynb", "docm", "sql", "so", "dll"].map((extension) => `file.${extension}`),
  "Makefile", "makefile", "Justfile", "package.json", "package-lock.json", "Gemfile", "Rakefile", "Vagrantfile", "Jenkinsfile", "CMakeLists.txt", "crontab", "setup.py", "build.gradle", "install.sh", "company.com.pdf",
  "Icon\r", "two\nlines.pdf", "tab\there", "a\x7fb", "a\x85b", "a\u200bb", "\ufeffbom", "so\u00adft", "a\u2060b", "a\u2028b",
  "a\u200db", "photo\u200d.jpg", "a\u200cb.txt", "👨\u200d.jpg", "a\ufe0fb", "a\ufe0f\ufe0fb", "\u200d👨", "م\u200c\u200cم",
];

/** Names with warnings. */
// biome-ignore format: a table
const suspicious: readonly [warning: NameWarning, names: readonly string[]][] = [
  ["hidden", [".bashrc", ".profile", ".config", ".ssh", ".", "...", ".a.txt", ".gitconfig", ".\u202ea"]],
  ["executable", [
    ...["desktop", "exe", "bat", "cmd", "scr", "lnk", "app", "command", "jar", "msi", "vbs", "hta", "url"],
    ...["com", "pif", "cpl", "reg", "wsf", "jse", "chm", "msix", "appref-ms", "settingcontent-ms", "scf", "xll", "workflow", "terminal", "webloc", "inetloc"],
    ...["mobileconfig", "AppImage", "jnlp", "deskthemepack", "search-ms"],
  ].map((extension) => `file.${extension}`)],
  ["executable", ["PHOTO.JPG.EXE", "photo.jpg.exe", "a.exe.", "a.exe ", "a.exe. .", "a.exe\u00a0", "a.exe\u200b", "a.ex\u200be", "a.exe::$DATA", "a.exe:x", "a．exe", "a․exe", "a.ｅｘｅ", ".exe"]],
  ["executable", ["AGENTS.md", "agents.md", "CLAUDE.md", "GEMINI.md", "copilot-instructions.md", "node_modules", "autorun.inf", "desktop.ini", "authorized_keys", "AGENTS.md "]],
  ["executable", ["a.{20D04FE0-3AEA-1069-A2D8-08002B30309D}"]],
  ["misleading", ["\u202egpj.exe", "a\u202eb", "a\u2066b", "a\u061cb", "a\u180eb", "a\u{e0041}b", "a\u034fb", "a\ufff9b"]],
  ["misleading", ["\u2800", "a\u2800b", "a\u3164b", "a\u115fb", "a\u1160b", "a\uffa0b", "a\u17b4b", "a\u{1d159}b"]],
  ["misleading", ["🏴\u{e0061}\u{e0062}.txt", "photo.jpg \u200b .png", "\x1b[31mred", "a\x9b2Jb"]],
  ["misleading", [`a${"\u0301".repeat(100)}.txt`, `a${"\u0301".repeat(7)}`, `a${"\u0300\u0323\u0489".repeat(5)}`]],
  ["misleading", [`photo.jpg${" ".repeat(40)}.txt`, `photo.jpg${"\u00a0".repeat(4)}.txt`, `photo.jpg${"\u3000".repeat(3)}txt`, "photo.jpg .png", `photo${"\u2003".repeat(20)}.txt`, "photo.jpg    x", "photo.jpg\u00a0.png", `photo.jpg${"\u2800".repeat(30)}.exe`]],
  ["misleading", ["photo․exe", "photo．exe", "photo﹒scr"]],
  ["misleading", ["\udce2\udc80\udcaegpj.txt"]],
];

describe("a name has no warning if it is honest:", () => {
  it.each(honest.map((name) => [JSON.stringify(name).slice(0, 60), name]))("%s", (_, name) =>
    expect(warningsOf(name)).toEqual([]),
  );
});

describe.each(suspicious)("a name is called %s:", (warning, names) => {
  it.each(names.map((name) => [JSON.stringify(name).slice(0, 60), name]))("%s", (_, name) =>
    expect(warningsOf(name)).toContain(warning),
  );
});

it.each([
  ["example.com", []],
  ["stackoverflow.com", []],
  ["plugins.jar", []],
  ["dark.theme", []],
  ["Notes.app", ["executable"]],
  ["Mail.workflow", ["executable"]],
  ["a.{20D04FE0-3AEA-1069-A2D8-08002B30309D}", ["executable"]],
  ["node_modules", ["executable"]],
  ["autostart", ["executable"]],
  [".ssh", ["hidden"]],
])("a folder has the warnings of a folder: %s", (name, warnings) => {
  expect(warningsOf(name, "directory")).toEqual(warnings);
});

it("a name may have all warnings", () => {
  expect(warningsOf(".photo.jpg\u2800\u2800\u2800.exe")).toEqual(["hidden", "executable", "misleading"]);
});

it("the extension by which systems choose a program is shown without what hides it", () => {
  expect(["a.txt", "photo.jpg\u2800\u2800.EXE", "a.exe. ", "a.ex\u200be", "a", "a．exe"].map(extensionOf)).toEqual([
    "txt",
    "exe",
    "exe",
    "exe",
    "",
    "exe",
  ]);
});

it("a name is judged in a moment, however long it is", () => {
  const before = performance.now();
  for (const piece of [" ", ".", "\u0301", "a.", ". ", "\u200d", "👨\u200d"]) warningsOf(piece.repeat(200_000));
  expect(performance.now() - before).toBeLessThan(5000);
});
