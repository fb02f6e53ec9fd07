/** docs/consumers.md: what it names as proof exists, and every row of `npm run consumers` is named. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ROWS } from "../../scripts/consumers/rows.ts";
import { root } from "../support/programs.ts";

const page = readFileSync(join(root, "docs/consumers.md"), "utf8");
/** The last cell of each row of a table. */
const proofs = [...page.matchAll(/^\|.*\| ([^|]+) \|$/gm)].map(([, cell = ""]) => cell);
const named = proofs.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name));
/** A row that is for Node and for a browser is named once. */
const names = ROWS.map(({ name }) => name.replace(/, for (?:Node|a browser)$/, ""));

it("every proof that the page names is a row of the table", () => {
  expect(named.filter((name) => !names.includes(name))).toEqual([]);
  expect(named.length).toBeGreaterThan(30);
});

it("every row of a runtime, an installer, a bundler and a test runner is named", () => {
  const rows = ROWS.filter(({ group }) => group !== "types");
  const missing = rows.filter(({ name }) => !named.includes(name.replace(/, for (?:Node|a browser)$/, "")));
  const others = ["npm install of the program", "npm install of both servers"];
  const variant = "esbuild to CommonJS, minified, with names kept, nothing external";
  expect(missing.map(({ name }) => name).filter((name) => !others.includes(name) && !name.startsWith(variant))).toEqual(
    [],
  );
});

it("every row of a table but its head has a proof", () => {
  expect(proofs.filter((cell) => !/`|\]\(|^Proved by$|^-+$/.test(cell))).toEqual([]);
});

it("the banner and the environment of the page are those that the rows use", () => {
  const rows = readFileSync(join(root, "scripts/consumers/rows.ts"), "utf8");
  for (const line of [
    "import { createRequire as makeRequire } from 'node:module'",
    "this.global[name] = globalThis[name];",
  ]) {
    expect(page).toContain(line);
    expect(rows).toContain(line);
  }
});
