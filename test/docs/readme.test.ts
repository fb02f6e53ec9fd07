/** The examples of the README do what it says. They run against the built packages, as a reader would run them. */
import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { examplesOf, readerFolder, startInFolder } from "../support/example-runner.ts";
import { launch, tail } from "../support/processes.ts";
import { ours, root } from "../support/programs.ts";
import { ourServers, type Servers } from "../support/servers.ts";

const readme = readFileSync(join(root, "README.md"), "utf8");

let servers: Servers;

beforeAll(async () => {
  servers = await ourServers.start();
});

afterAll(async () => {
  await servers.stop();
});

/** The example that contains `mark`, with our servers instead of those that it names. */
function example(mark: string): string {
  const code = examplesOf("README.md").find((each) => each.includes(mark)) ?? "";
  return code.replaceAll(/ws:[^"]+/g, servers.mailbox);
}

// proves: api/quick-example
it("two wormholes say hello to each other", async () => {
  const ended = await startInFolder(readerFolder("wormhole"), example("createWormhole")).ended;
  expect(ended.stdout, tail(ended)).toBe("hello, bob\n");
  expect(ended.code).toBe(0);
});

it("a file is sent in three lines", async () => {
  const folder = readerFolder("wormhole");
  copyFileSync(join(root, "README.md"), join(folder, "README.md"));
  const sending = startInFolder(folder, example("sendPath"));
  const code = await sending.says(/^(\d+-\S+)\n/m);
  const into = join(folder, "into");
  mkdirSync(into);
  const conditions = { mailbox: servers.mailbox, relay: servers.relay, way: "direct", code } as const;
  const received = await launch(ours.receive(conditions, true), { cwd: into }).ended;
  expect([(await sending.ended).code, received.code], tail(received)).toEqual([0, 0]);
  expect(readFileSync(join(into, "README.md"), "utf8")).toBe(readme);
});

describe("the README", () => {
  it("has the two commands first", () => {
    const [see, test] = readme.matchAll(/^ {4}(npm .*)$/gm);
    expect([see?.[1], test?.[1]]).toEqual(["npm ci && npm run demo", "npm ci && npm test"]);
  });
});
