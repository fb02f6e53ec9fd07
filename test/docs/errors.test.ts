/** docs/errors.md has every code, and says of it what the library says. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { ERROR_FACTS } from "../../packages/wormhole/src/errors.ts";

const page = readFileSync("docs/errors.md", "utf8");
const source = readFileSync("packages/wormhole/src/errors.ts", "utf8");
const row = /^\| `([a-z-]+)` \| `(\w+Error)` \| `([a-z]+)` \| `([a-z-]+)` \| (.+) \|$/gm;
const rows = [...page.matchAll(row)].map(([, code, name, fault, retry]) => ({ code, name, fault, retry }));

/** The class of each code that has one, read from the sources. */
const classes = new Map(
  [...source.matchAll(/^export class (\w+) extends WormholeError \{\n(?:(?!^\}).*\n)*?\s+super\("([a-z-]+)"/gm)].map(
    ([, name = "", code = ""]) => [code, name],
  ),
);

for (const name of ["ServerError", "TransferError"]) {
  const [, union = ""] = new RegExp(`^export type ${name}Code =([^;]+);`, "m").exec(source) ?? [];
  for (const [, code = ""] of union.matchAll(/"([a-z-]+)"/g)) classes.set(code, name);
}
// Thrown by a call, too, which ends nothing.
classes.set("mailbox-full", "WormholeError");

it("the table of errors has the class, the fault and the advice of every code, in alphabetical order", () => {
  const facts = Object.entries(ERROR_FACTS).toSorted(([a], [b]) => (a < b ? -1 : 1));
  expect(rows).toEqual(
    facts.map(([code, { fault, retry }]) => ({ code, name: classes.get(code) ?? "WormholeError", fault, retry })),
  );
  expect(classes.size).toBeGreaterThan(15);
});

it("every fault of the table is explained", () => {
  for (const { fault } of rows) expect(page).toMatch(new RegExp(`^\\| \`${fault}\` \\| [a-z]`, "m"));
});
