/**
 * The packages in other people's projects: the rows of `npm run consumers` that need no registry. The others, with more tools,
 * are run by that command.
 */
import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openWorkshop } from "../../scripts/consumers/project.ts";
import { ROWS } from "../../scripts/consumers/rows.ts";
import { isInstalled } from "../../scripts/consumers/tools.ts";
import { ourServers, type Servers } from "../support/servers.ts";

/** Rows that are quick, and each of another kind. Tools that are not in the cache are left out. */
const SHORT = [
  /^typescript 7\.0/,
  /^typescript 5\.2: in a browser/,
  /^typescript 5\.9: (?:bytes|examples)/,
  /^Node 20$/,
  /^Node 26$/,
  /^esbuild, minified/,
  /^esbuild to CommonJS, minified/,
  /^rolldown/,
  /^webpack, for Node/,
];

const workshop = openWorkshop("checkout");
afterAll(() => rmSync(workshop.folder, { recursive: true }));

let servers: Servers;
beforeAll(async () => {
  servers = await ourServers.start();
});
afterAll(() => servers.stop());

// proves: api/compiles-everywhere
describe("the library in the project of another developer", () => {
  const rows = ROWS.filter(({ name }) => SHORT.some((pattern) => pattern.test(name)));
  for (const row of rows) {
    it.skipIf(!row.tools.every(isInstalled))(`${row.group}: ${row.name}`, { timeout: 60_000 }, () => {
      row.run({ workshop, env: { RELAY_URL: servers.mailbox } });
    });
  }

  it("has a row of each pattern", () => {
    expect(SHORT.filter((pattern) => !ROWS.some(({ name }) => pattern.test(name)))).toEqual([]);
  });
});
