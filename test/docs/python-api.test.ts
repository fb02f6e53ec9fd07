/** docs/python-api.md: every promise has a test that proves it, and its tables are those that `npm run docs` writes. */
import { readFileSync } from "node:fs";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { createWormhole } from "@wormhole-ts/wormhole";
import { inputWithCompletion } from "@wormhole-ts/wormhole/node";
import { MemoryMailboxServer } from "@wormhole-ts/wormhole/testing";
import { expect, it } from "vitest";
import { pythonApiPage, withProofs } from "../../scripts/python-api.ts";
import { marks } from "./marks.ts";

const page = readFileSync(pythonApiPage, "utf8");
const names = [...page.matchAll(/^\| `([\w-]+)` \|.*\|.*\|.*\|$/gm)].map(([, name = ""]) => name);

it("every promise has a test, and every mark names a promise", () => {
  const claimed = [...marks().keys()].flatMap((mark) => (mark.startsWith("api/") ? mark.slice("api/".length) : []));
  expect(names.length).toBeGreaterThan(90);
  expect(claimed.sort()).toEqual(names.toSorted());
});

it("the last column is the one that `npm run docs` writes", () => {
  expect(page).toBe(withProofs(page));
});

it("every chapter of the Python document has a place", () => {
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

// proves: api/welcome-before-code
it("the greeting can be shown before the code is asked for", async () => {
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
