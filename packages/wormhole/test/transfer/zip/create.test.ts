/** File systems with stricter rules than their system: another name is tried before a member is left out. */
import { expect, it } from "vitest";
import { withName } from "../../../src/transfer/zip/create.node.ts";
import { Tree, type TreeMember } from "../../../src/transfer/zip/tree.ts";

/** A file system that refuses names with the error codes of a real one. Returns what is stored, or undefined. */
function store(name: string, refuse: (stored: string) => string | undefined): { path?: string; tries: number } {
  const tree = new Tree(10);
  tree.addFolder([name], { mode: 0, modified: undefined });
  const [member] = tree.folders as TreeMember[];
  let tries = 0;
  const path =
    member &&
    withName("/in", member, "posix", (place) => {
      tries += 1;
      const code = refuse(place.slice("/in/".length));
      if (code !== undefined) throw Object.assign(new Error(code), { code });
      return place;
    });
  return path === undefined ? { tries } : { path, tries };
}

const windows = (name: string) => (/[:?]|\.$/.test(name) ? "EINVAL" : undefined);
const noCase = (taken: string) => (name: string) => (name.toLowerCase() === taken ? "EEXIST" : undefined);
const short = (limit: number) => (name: string) => (Buffer.byteLength(name) > limit ? "ENAMETOOLONG" : undefined);

// proves: transfer/names-told
it.each<[string, string, (name: string) => string | undefined, string | undefined]>([
  ["a disk of Windows", "12:30?.txt", windows, "/in/12_30_.txt"],
  [
    "a disk of Windows that has the other name, too",
    "a:b",
    (name) => windows(name) ?? noCase("a_b")(name),
    "/in/a_b (1)",
  ],
  ["a disk that ignores the case", "README", noCase("readme"), "/in/README (1)"],
  ["an encrypted disk", `${"語".repeat(80)}.txt`, short(143), `/in/${"語".repeat(38)}.txt`],
  ["a disk that refuses the bytes", "a\udcff", (name) => (name.isWellFormed() ? undefined : "EILSEQ"), "/in/a_"],
  ["a disk on which every name is too long", "a", () => "ENAMETOOLONG", undefined],
  ["a disk on which every name is invalid", "a:", () => "EINVAL", undefined],
  ["a disk on which every name is taken", "a", () => "EEXIST", undefined],
])("%s", (_, name, refuse, expected) => {
  const { path, tries } = store(name, refuse);
  expect(path).toBe(expected);
  expect(tries).toBeLessThanOrEqual(20);
});

it("errors that are not about the name end the transfer", () => {
  for (const code of ["ENOSPC", "EIO", "EACCES"]) expect(() => store("a", () => code)).toThrow(code);
});
