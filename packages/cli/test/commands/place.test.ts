/** The place that `-o` names, and what is refused before a code is used. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { placeOf } from "../../src/commands/place.ts";
import { UsageError } from "../../src/usage-error.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wormhole-place-"));
  writeFileSync(join(folder, "file"), "");
  mkdirSync(join(folder, "dir"));
  symlinkSync("file", join(folder, "link"));
  symlinkSync("dir", join(folder, "dirlink"));
  symlinkSync("nowhere", join(folder, "dangling"));
  symlinkSync("/dev/null", join(folder, "devlink"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
});

describe("-o", () => {
  it("without a path chooses nothing", () => {
    expect(placeOf(undefined, {})).toBeUndefined();
  });

  it.each([
    ["file", { kind: "path", isFile: true }],
    ["new", { kind: "path", isFile: false }],
    ["dir/new", { kind: "path", isFile: false }],
    ["dir", { kind: "folder", isFile: false }],
    ["dir/", { kind: "folder", isFile: false }],
    ["dirlink", { kind: "folder", isFile: false }],
    // Naming a link does not ask for its replacement.
    ["link", { kind: "path", isFile: false, isSpecial: false }],
    ["dangling", { kind: "path", isFile: false, isSpecial: false }],
    ["devlink", { kind: "path", isFile: false, isSpecial: true }],
  ])("%s is %j", (name, expected) => {
    const path = join(folder, name);
    expect(placeOf(path, {})).toMatchObject({ ...expected, path });
  });

  it.each(["/dev/null", "/dev/stdout"])("%s is written to and never replaced", (path) => {
    expect(placeOf(path, {})).toMatchObject({ path, isFile: false });
  });

  it.skipIf(process.platform === "win32")("- is standard output", () => {
    expect(placeOf("-", {})).toMatchObject({ kind: "standard output", isFile: false });
    expect(placeOf("./-", {})).toMatchObject({ kind: "path", path: "./-" });
  });

  it.each([
    ["~/x", "HOME/x"],
    ["~", "HOME"],
    ["~other/x", undefined],
    ["a/~/x", undefined],
  ])("%s leads to: %s", (path, expected) => {
    const place = () => placeOf(path, { HOME: folder })?.path;
    if (expected === undefined) expect(place).toThrow(UsageError);
    else expect(place()).toBe(expected.replace("HOME", folder));
  });

  it.each(["", "no/", "no/x", "file/x", "file/", "dir/no/x", "dangling/x"])("%j is refused with a sentence", (name) => {
    expect(() => placeOf(name === "" ? "" : `${folder}/${name}`, {})).toThrow(UsageError);
  });

  it.skipIf(process.getuid?.() === 0)("a folder without the right to write is refused", () => {
    chmodSync(join(folder, "dir"), 0o555);
    expect(() => placeOf(join(folder, "dir", "x"), {})).toThrow(/EACCES/);
    expect(() => placeOf(join(folder, "dir"), {})).toThrow(/EACCES/);
  });
});
