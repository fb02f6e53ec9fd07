import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { apiPage, publicNames } from "../../scripts/api-docs.ts";

describe("docs/api.md", () => {
  it("is the page that `npm run docs` makes from the sources", () => {
    expect(readFileSync("docs/api.md", "utf8")).toBe(apiPage());
  });

  it.each(["index.d.ts", "node.d.ts", "testing.d.ts"])("documents every public name of %s", (entry) => {
    const silent = publicNames(entry).filter(({ doc }) => doc === "");
    expect(silent.map(({ name }) => name)).toEqual([]);
  });
});
