/**
 * Names in offers that try to be stored elsewhere, as something else, or under a look that hides what they are. Each is
 * stored inside the chosen folder under a name that is told, or it is refused before a person is asked.
 */
import { readdirSync } from "node:fs";
import { basename } from "node:path";
import { expect, it } from "vitest";
import { printable } from "../../packages/wormhole/src/base/printable.ts";
import type { NameWarning } from "../../packages/wormhole/src/transfer/api.ts";
import { canonicalName } from "../../packages/wormhole/src/transfer/names/name-bytes.ts";
import { warningsOf } from "../../packages/wormhole/src/transfer/names/name-warnings.ts";
import { storableName } from "../../packages/wormhole/src/transfer/names/safe-name.ts";
import { follow, Pair } from "../../packages/wormhole/test/transfer/pair.ts";
import { sandbox } from "../../packages/wormhole/test/transfer/sandbox.ts";

/** A name, what is stored on POSIX and on Windows (null if refused), and the warnings about it. */
type Case = readonly [name: string, posix: string | null, windows: string | null, ...warnings: NameWarning[]];

// biome-ignore format: a table
const CASES: readonly Case[] = [
  ["../../etc/passwd", "passwd", "passwd"],
  ["/etc/cron.d/x", "x", "x"],
  ["..", null, null],
  ["a/..", null, null],
  ["", null, null],
  ["///", null, null],
  ["..\\..\\Windows\\System32\\evil.dll", "..\\..\\Windows\\System32\\evil.dll", ".._.._Windows_System32_evil.dll", "hidden"],
  ["C:\\autoexec.bat", "C:\\autoexec.bat", "C__autoexec.bat", "executable"],
  ["\\\\.\\PhysicalDrive0", "\\\\.\\PhysicalDrive0", "__._PhysicalDrive0"],
  ["\\\\server\\share\\x", "\\\\server\\share\\x", "__server_share_x"],
  ["report.pdf::$DATA", "report.pdf::$DATA", "report.pdf__$DATA"],
  ["CON", "CON", "CON_"],
  ["../NUL.txt", "NUL.txt", "NUL_.txt"],
  ["a\0.txt", "a_.txt", "a_.txt"],
  ["../\0", "_", "_"],
  [".ssh", ".ssh", ".ssh", "hidden"],
  ["../.bashrc", ".bashrc", ".bashrc", "hidden"],
  ["x/AGENTS.md", "AGENTS.md", "AGENTS.md", "executable"],
  ["\u202egpj.exe", "\u202egpj.exe", "\u202egpj.exe", "executable", "misleading"],
  [`photo.jpg${" ".repeat(200)}.exe`, `photo.jpg${" ".repeat(200)}.exe`, `photo.jpg${" ".repeat(200)}.exe`, "executable", "misleading"],
  [`photo.jpg${"\u2800".repeat(70)}.exe`, `photo.jpg${"\u2800".repeat(70)}.exe`, `photo.jpg${"\u2800".repeat(70)}.exe`, "executable", "misleading"],
  [`photo.jpg${"\u3164".repeat(300)}.scr`, `photo.jpg${"\u3164".repeat(80)}.scr`, `photo.jpg${"\u3164".repeat(242)}.scr`, "executable", "misleading"],
  ["\x1b]0;owned\x07", "\x1b]0;owned\x07", "_]0;owned_", "misleading"],
  ["\udcae\udcae/x", "x", "x"],
  ["\udce2\udc80\udcaecod.exe", "\u202ecod.exe", "\u202ecod.exe", "executable", "misleading"],
  ["\ud800/../\udc00", "_", "_"],
  ["x".repeat(100_000), "x".repeat(255), "x".repeat(255)],
];

const titled = CASES.map(([name, posix, windows, ...warnings]) => {
  return [JSON.stringify(name).slice(0, 50), { name, posix, windows, warnings }] as const;
});
const stored = titled.filter(([, { posix }]) => posix !== null);
const nameless = titled.filter(([, { posix }]) => posix === null);

// proves: transfer/safe-name
it.each(stored)("%s is stored inside the folder under a name that is told", (_, { name, posix, windows }) => {
  const expectations = [
    ["posix", posix],
    ["windows", windows],
  ] as const;
  for (const [platform, expected] of expectations) {
    const storable = storableName(name, platform);
    expect(storable.name).toBe(expected);
    expect(basename(storable.name)).toBe(storable.name);
    expect(storable.reason === undefined).toBe(canonicalName(name) === expected);
    expect(printable(storable.name)).not.toMatch(/[\p{Cc}\u202a-\u202e]/u);
  }
});

it.each(stored)("%s has its warnings", (_, { posix, warnings }) => {
  expect(warningsOf(posix ?? "")).toEqual(warnings);
});

it.each(nameless)("%s cannot be accepted as it is", async (_, { name }) => {
  expect(() => storableName(name, "posix")).toThrow(expect.objectContaining({ code: "name-refused" }));
  expect(() => storableName(name, "windows")).toThrow(expect.objectContaining({ code: "name-refused" }));
  const [inbox, pair] = [sandbox(), new Pair()];
  const stranger = pair.stranger("7-crossover-clockwork", "sender");
  const receiver = pair.receive("7-crossover-clockwork", { directory: inbox });
  const following = follow(receiver).catch(() => {});
  stranger.send({ offer: { file: { filename: name, filesize: 1 } } });
  await expect(receiver.done).rejects.toMatchObject({ code: "name-refused" });
  await following;
  expect(readdirSync(inbox)).toEqual([]);
});
