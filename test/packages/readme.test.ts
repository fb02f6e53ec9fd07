/** The page of each package on a registry: its examples run, and its command lines use options that exist. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { examplesOf, readerFolder, startInFolder } from "../support/example-runner.ts";
import { launch, tail } from "../support/processes.ts";
import { root } from "../support/programs.ts";
import { ourServers, type Servers } from "../support/servers.ts";

const PACKAGES = ["wormhole", "cli", "mailbox-server", "transit-relay"];
const pageOf = (name: string) => `packages/${name}/README.md`;
const textOf = (name: string) => readFileSync(join(root, pageOf(name)), "utf8");

let servers: Servers;

beforeAll(async () => {
  servers = await ourServers.start();
});

afterAll(async () => {
  await servers.stop();
});

/** What each example prints, by a word that is only in it. */
const EXAMPLES = [
  { name: "wormhole", mark: "hello, bob", prints: /^hello, bob\n$/ },
  { name: "wormhole", mark: "sendPath", prints: /kind: 'file'.*received\.json/s },
  { name: "wormhole", mark: "MemoryMailboxServer", prints: /^\d+-\w+-\w+\n$/ },
  { name: "mailbox-server", mark: "startMailboxServer", prints: /^ws:\/\/127\.0\.0\.1:\d+\/v1\n$/ },
  { name: "transit-relay", mark: "startTransitRelay", prints: /^tcp:127\.0\.0\.1:\d+\n$/ },
];

it.each(EXAMPLES)("the example of $name with $mark prints what it should", async ({ name, mark, prints }) => {
  const code = examplesOf(pageOf(name)).find((example) => example.includes(mark)) ?? "";
  const local = code.replaceAll("ws://127.0.0.1:4000/v1", servers.mailbox).replaceAll("127.0.0.1:4001", servers.relay);
  const folder = readerFolder("wormhole", "mailbox-server", "transit-relay");
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  const ended = await startInFolder(folder, local).ended;
  expect(ended.stdout, tail(ended)).toMatch(prints);
  expect(ended.code).toBe(0);
});

it("every example of a package is run", () => {
  expect(PACKAGES.flatMap((name) => examplesOf(pageOf(name)))).toHaveLength(EXAMPLES.length);
});

describe.each(PACKAGES)("packages/%s/README.md", (name) => {
  it("says how to install it, what its limits are, and how safe it is", () => {
    const { name: published }: { name: string } = JSON.parse(
      readFileSync(join(root, "packages", name, "package.json"), "utf8"),
    );
    expect(textOf(name)).toMatch(new RegExp(`^# ${published}$`, "m"));
    expect(textOf(name)).toMatch(new RegExp(`npm install .*${published}`));
    expect(textOf(name)).toMatch(/^## Limits$/m);
    expect(textOf(name)).toMatch(/^## Security$/m);
  });

  it("names only commands and options that exist", async () => {
    const blocks = [...textOf(name).matchAll(/^```sh\n(.*?)^```/gms)].flatMap(([, block = ""]) => block.split("\n"));
    for (const line of blocks) {
      const [, program = "", command] = /\b(wormhole(?:-mailbox-server|-transit-relay)?)(?: (\w+))?/.exec(line) ?? [];
      if (program === "") continue;
      const bin = join(root, "packages", name, "bin", `${program}.js`);
      const { stdout } = await launch([process.execPath, bin, ...(command ? [command] : []), "--help"]).ended;
      for (const [option] of line.matchAll(/(?<=\s)--[a-z-]+/g)) expect(stdout, line).toContain(option);
    }
  });
});
