/** What is published: every file that is needed, and none that is not. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { PACKAGES, pack, problems } from "../../scripts/packages.ts";

describe.each(PACKAGES)("the tarball of %s", (folder) => {
  const packed = pack(folder);

  it("has a page, a license and no source maps", () => {
    expect(packed.files).toEqual(expect.arrayContaining(["README.md", "LICENSE", "package.json"]));
    expect(packed.files.filter((file) => /\.map$|tsbuildinfo$|\.test\./.test(file))).toEqual([]);
  });

  it("has nothing wrong with its manifest and its types", async () => {
    expect(await problems(packed)).toEqual([]);
  });
});

it("the library has only modules whose sources exist", () => {
  const modules = pack("packages/wormhole").files.filter((file) => /^dist\/.*\.(?:js|d\.ts)$/.test(file));
  const source = (file: string) =>
    join("packages/wormhole", file.replace("dist/", "src/").replace(/\.(?:js|d\.ts)$/, ".ts"));
  expect(modules.filter((file) => !existsSync(source(file)))).toEqual([]);
  expect(modules.length).toBeGreaterThan(100);
});

it("the program is published once: as a bundle", () => {
  const { files } = pack("packages/cli");
  const other = files.filter(
    (file) => !/^(?:bin\/wormhole\.js|dist\/program\/(?:.*\.js|licenses\.txt)|[^/]+)$/.test(file),
  );
  expect(other).toEqual([]);
  expect(files).toContain("dist/program/main.js");
});

it("the program has the license of every package that is bundled into it", () => {
  const text = readFileSync("packages/cli/dist/program/licenses.txt", "utf8");
  const named = [...text.matchAll(/^(\S+) \d+\.\d+\.\d+ \(.+\)$/gm)].map(([, name]) => name);
  const bundled = ["@noble/ciphers", "@noble/curves", "@noble/hashes", "commander", "ws"];
  expect(named).toEqual(expect.arrayContaining(bundled));
  expect(text.match(/copyright/gi)?.length).toBeGreaterThanOrEqual(named.length);
});

it("a package whose types are missing is noticed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "broken-package-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const exports = { ".": { types: "./missing.d.ts", default: "./index.js" } };
  const manifest = { name: "broken", version: "1.0.0", type: "module", license: "MIT", files: ["index.js"], exports };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  writeFileSync(join(folder, "index.js"), "export {};\n");
  expect(await problems(pack(folder))).not.toEqual([]);
});
