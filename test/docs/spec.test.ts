/** Each SPEC.md against the machines beside it and against the tests that claim to prove it, in both directions. */
import { execFileSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { root } from "../support/programs.ts";
import { marks } from "./marks.ts";

const library = join(root, "packages/wormhole/src");
const pages = globSync("*/SPEC.md", { cwd: library }).sort();
const node = join(root, "node_modules/.bin/node");

type Rows = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Every machine of the library, by name. */
async function machines(): Promise<Map<string, Rows>> {
  const found = new Map<string, Rows>();
  for (const file of globSync("**/*.ts", { cwd: library })) {
    const path = join(library, file);
    const names = [...readFileSync(path, "utf8").matchAll(/^export const (\w+) = machine</gm)].map(
      ([, name = ""]) => name,
    );
    if (names.length === 0) continue;
    const module: Record<string, { table: Rows }> = await import(pathToFileURL(path).href);
    for (const name of names) found.set(name, module[name]?.table ?? {});
  }
  return found;
}

/** The names in the first column of a section's table whose head is `head`. */
function column(section: string, head: string): string[] {
  const table = section.split(`\n| ${head} |`)[1]?.split("\n\n")[0] ?? "";
  return [...table.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, name = ""]) => name);
}

it("there is a specification for each big room", () => {
  expect(pages).toEqual(["dilation/SPEC.md", "session/SPEC.md", "transfer/SPEC.md", "transit/SPEC.md"]);
});

it("the drawings are those of the tables", () => {
  expect(execFileSync(node, ["scripts/diagrams.ts", "--check"], { cwd: root, encoding: "utf8" })).toContain(" 0 pages");
});

it("the drawings show every step that simulated sessions take", () => {
  const output = execFileSync(node, ["--import", "./test/simulation/hooks.ts", "test/docs/observed.ts"], {
    cwd: root,
    encoding: "utf8",
  });
  expect(output).toMatch(/^\d{2,} steps, 0 not drawn$/m);
});

/** The sections of a page that are about a machine, by its name. */
function machineSections(page: string): Map<string, string> {
  return new Map(
    page.split(/^## /m).flatMap((section) => {
      const machine = /^Machine `(\w+)`/.exec(section)?.[1];
      return machine === undefined ? [] : [[machine, section]];
    }),
  );
}

it("every machine has a section in one specification, with a drawing", async () => {
  const sections = pages.flatMap((name) => [...machineSections(readFileSync(join(library, name), "utf8"))]);
  expect(sections.map(([machine]) => machine).sort()).toEqual([...(await machines()).keys()].sort());
  for (const [machine, section] of sections) expect(section).toContain(`<!-- diagram: ${machine} -->\n\`\`\`mermaid`);
});

describe.each(pages)("%s", (name) => {
  const folder = basename(dirname(name));
  const page = readFileSync(join(library, name), "utf8");

  it.each([...machineSections(page)])("names every state and event of %s, and no others", async (machine, section) => {
    const table = (await machines()).get(machine) ?? {};
    expect(column(section, "State").sort()).toEqual(Object.keys(table).sort());
    expect(column(section, "Event").sort()).toEqual(Object.keys(Object.values(table)[0] ?? {}).sort());
  });

  it("has a test for every invariant, and an invariant for every test that claims one", () => {
    const invariants = column(page, "Name").map((invariant) => `${folder}/${invariant}`);
    expect(new Set(invariants).size).toBe(invariants.length);
    const claimed = [...marks().keys()].filter((mark) => mark.startsWith(`${folder}/`));
    expect(claimed.sort()).toEqual(invariants.sort());
  });
});
