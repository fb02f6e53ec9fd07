/** The folder of test vectors: its index is complete, and no file lies there unused. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { vectors } from "./vectors.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const files = readdirSync(`${root}test/vectors`).filter((file) => file !== "index.json");

/** The text of all tests, of all packages. */
function tests(): string {
  const folders = readdirSync(`${root}packages`).map((name) => `packages/${name}/test`);
  const sources = [...folders, "test"].flatMap((folder) =>
    readdirSync(root + folder, { recursive: true, encoding: "utf8" }).map((file) => `${root}${folder}/${file}`),
  );
  return sources.flatMap((file) => (file.endsWith(".ts") ? readFileSync(file, "utf8") : [])).join("\n");
}

it("the index has one entry for each file of vectors, with a description", () => {
  const index = vectors<{ files: { file: string; about: string }[] }>("index").files;
  expect(index.map(({ file }) => file)).toEqual(files.sort());
  expect(index.filter(({ about }) => about.length < 20)).toEqual([]);
});

it("each file of vectors is read by a test", () => {
  const text = tests();
  const isRead = (file: string) =>
    text.includes(`vectors/${file}`) || new RegExp(`vectors<[^()]*>\\(\\s*"${file.slice(0, -5)}"`).test(text);
  expect(files.filter((file) => !isRead(file))).toEqual([]);
});
