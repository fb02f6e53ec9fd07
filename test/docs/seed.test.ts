/** docs/seed.md names a test for every promise of the API document: those tests are there, and its tables are whole. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { createWormhole } from "@wormhole-ts/wormhole";
import { inputWithCompletion } from "@wormhole-ts/wormhole/node";
import { MemoryMailboxServer } from "@wormhole-ts/wormhole/testing";
import { expect, it } from "vitest";
import { root } from "../support/programs.ts";

const page = readFileSync(join(root, "docs/seed.md"), "utf8");

const unit = "packages/wormhole/test/";
const FOLDERS: Readonly<Record<string, string>> = {
  session: `${unit}session`,
  dilation: `${unit}dilation`,
  journal: `${unit}journal`,
  tor: `${unit}tor`,
  transit: `${unit}transit`,
  transfer: `${unit}transfer`,
  library: "test/interop/library",
};

/** As the page shortens paths: `session/x.test.ts`. */
function full(path: string): string {
  const [first = "", ...rest] = path.split("/");
  return join(root, FOLDERS[first] ?? first, ...rest);
}

const references = [...page.matchAll(/`([\w/.-]+\.test\.ts)`\s+"([^"]+)"/g)].map(([, path = "", title = ""]) => ({
  path,
  title,
}));

/** All texts in a file of tests: titles are among them, and what they are made from. */
function texts(path: string): string[] {
  return readFileSync(full(path), "utf8").match(/"(?:[^"\\\n]|\\.)*"|`[^`]*`|'[^'\n]*'/g) ?? [];
}

/** Cells of the tables that have a column for tests. */
const rows = page
  .split("\n## ")
  .filter((section) => section.includes("| Proved by |"))
  .flatMap((section) => section.split("\n").filter((line) => line.startsWith("| ") && line.split("|").length === 5))
  .filter((line) => !line.includes("Proved by") && !line.startsWith("| It ended with") && !isEnding(line));

/** The table of endings is proved as a whole, by the test that it is written from. */
function isEnding(line: string): boolean {
  return /\| (?:the same error|`WormholeClosedError`).*\|$/.test(line);
}

it.each(references)("$path: $title", ({ path, title }) => {
  expect(existsSync(full(path)), path).toBe(true);
  expect(
    texts(path).some((text) => text.includes(title)),
    `${title}, in ${path}`,
  ).toBe(true);
});

it("every promise has a test, and no reference is missed", () => {
  expect(rows.length).toBeGreaterThan(60);
  expect(rows.filter((row) => !/`[\w/.-]+\.test\.ts` "/.test(row))).toEqual([]);
  expect(references).toHaveLength(page.split(".test.ts` ").length - 1);
});

it("every chapter of the document has a place", () => {
  const chapters = [...page.matchAll(/^## (.*)$/gm)].map(([, title]) => title);
  expect(chapters).toEqual([
    "Introduction and modes",
    "Application identifier and mailbox servers",
    "Parameters",
    "Codes",
    "The helper for typing a code",
    "Welcome",
    "Verifier and keys",
    "Events",
    "Sending data",
    "Closing",
    "Serialization and journaled mode",
    "Dilation",
    "Bytes and text",
    "The full list",
  ]);
});

it("the greeting is shown before the code is asked for", async () => {
  const server = new MemoryMailboxServer();
  server.welcome = { motd: "hello" };
  const platform = { openMessageSocket: server.openMessageSocket };
  await using wormhole = createWormhole({ appId: "x", relayUrl: "ws://memory/v1", platform });
  const stdout = new PassThrough();
  stdout.write(String((await wormhole.getWelcome()).motd));
  await inputWithCompletion(" Code: ", wormhole.inputCode(), { stdin: PassThrough.from(["7-a-b\n"]), stdout });
  stdout.end();
  expect(await text(stdout)).toBe("hello Code: ");
  expect(await wormhole.getCode()).toBe("7-a-b");
});
