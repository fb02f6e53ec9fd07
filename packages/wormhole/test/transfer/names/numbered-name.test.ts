/** Other names for something whose own name is taken. */
import { expect, it } from "vitest";
import { bytesOfName } from "../../../src/transfer/names/name-bytes.ts";
import { numberedNames } from "../../../src/transfer/names/name-rules.ts";

const second = (name: string) => [...numberedNames(name, "posix")][1];

it.each([
  ["a.txt", "a (1).txt"],
  ["a", "a (1)"],
  ["a.tar.gz", "a (1).tar.gz"],
  ["2026.11.27 minutes", "2026.11.27 minutes (1)"],
  [".bashrc", ".bashrc (1)"],
  ["..x", "..x (1)"],
  ["a.", "a. (1)"],
  ["a (1).txt", "a (1) (1).txt"],
  ["ends\n", "ends\n (1)"],
  ["a.code-workspace", "a (1).code-workspace"],
  ["v1.2 final draft", "v1.2 final draft (1)"],
  ["メモ.日本", "メモ (1).日本"],
  ["a.tar", "a (1).tar"],
  ["backup.tar.zst", "backup (1).tar.zst"],
  ["Gro\udcdf.txt", "Gro\udcdf (1).txt"],
])("%j becomes %j", (name, expected) => {
  expect(second(name)).toBe(expected);
});

it.each(["x".repeat(255), `${"x".repeat(251)}.txt`, "語".repeat(85), "😀".repeat(63), "\udcff".repeat(255)])(
  "a name of 255 bytes is shortened by whole characters",
  (name) => {
    const shorter = second(name) ?? "";
    expect(bytesOfName(shorter).length).toBeLessThanOrEqual(255);
    expect(bytesOfName(shorter).length).toBeGreaterThan(250);
    expect(shorter).toMatch(/ \(1\)(\.txt)?$/);
    expect([...name].join("").startsWith([...shorter].slice(0, 50).join(""))).toBe(true);
  },
);

it("ends after a thousand names, all different", () => {
  expect(new Set(numberedNames("a", "posix")).size).toBe(1000);
});
