/** Every link of every page: the file exists, and so does the heading. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { root } from "../support/programs.ts";

const pages = globSync(["*.md", "docs/*.md", "examples/**/*.md", "packages/*/*.md", "packages/*/src/**/*.md"], {
  cwd: root,
  exclude: ["**/node_modules/**"],
});
/** Pages of the packages are read outside of the repository, where a link has to be complete. */
const REPOSITORY = "https://github.com/wormhole-ts/wormhole-ts/blob/main/";

const read = (page: string) => readFileSync(join(root, page), "utf8");

/** The anchors that GitHub gives to the headings of a page. The second one of a name has a number. */
function anchors(page: string): string[] {
  const bases = [...read(page).matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, "")
      .replaceAll(" ", "-"),
  );
  return bases.map((base, index) => {
    const before = bases.slice(0, index).filter((other) => other === base).length;
    return before === 0 ? base : `${base}-${before}`;
  });
}

function isBroken(page: string, target: string): boolean {
  const local = target.startsWith(REPOSITORY) ? target.slice(REPOSITORY.length) : join(dirname(page), target);
  const [path = "", anchor] = (target.startsWith("#") ? page + target : local).split("#");
  if (!existsSync(join(root, path))) return true;
  return anchor !== undefined && !anchors(path).includes(anchor);
}

it.each(pages)("%s leads only to files and headings that exist", (page) => {
  const text = read(page).replace(/^```[\s\S]*?^```/gm, "");
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
  const ours = targets.filter((target) => target.startsWith(REPOSITORY) || !/^[a-z]+:/.test(target));
  expect(ours.filter((target) => isBroken(page, target))).toEqual([]);
});

it("each promise names the tables of tests that hold it", () => {
  const chapters = read("docs/promises.md").split(/^## /m).slice(1);
  expect(chapters.filter((chapter) => !/^Tests: \[.*\.test\.ts\)/m.test(chapter))).toEqual([]);
  expect(chapters).toHaveLength(13);
});
