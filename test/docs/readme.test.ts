/** The examples of the README do what it says. They run against the built packages, as a reader would run them. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launch, type Running, tail } from "../support/processes.ts";
import { ours, root } from "../support/programs.ts";
import { ourServers, type Servers } from "../support/servers.ts";

const readme = readFileSync(join(root, "README.md"), "utf8");
const examples = [...readme.matchAll(/^```ts\n(.*?)^```/gms)].map(([, code = ""]) => code);

let folder = "";
let servers: Servers;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "readme-"));
  mkdirSync(join(folder, "node_modules/@wormhole-ts"), { recursive: true });
  symlinkSync(join(root, "packages/wormhole"), join(folder, "node_modules/@wormhole-ts/wormhole"));
  copyFileSync(join(root, "README.md"), join(folder, "README.md"));
  servers = await ourServers.start();
});

afterAll(async () => {
  await servers.stop();
  rmSync(folder, { recursive: true });
});

/** Runs the example that has this in it, on our servers instead of those that it names. */
function example(mark: string): Running {
  const code = examples.find((each) => each.includes(mark)) ?? "";
  writeFileSync(join(folder, "example.ts"), code.replaceAll(/ws:[^"]+/g, servers.mailbox));
  return launch([process.execPath, "example.ts"], { cwd: folder });
}

it("two wormholes say hello to each other", async () => {
  const ended = await example("createWormhole").ended;
  expect(ended.stdout, tail(ended)).toBe("hello, bob\n");
  expect(ended.code).toBe(0);
});

it("a file is sent in three lines", async () => {
  const sending = example("sendPath");
  const code = await sending.says(/^(\d+-\S+)\n/m);
  const into = join(folder, "into");
  mkdirSync(into);
  const errand = { mailbox: servers.mailbox, relay: servers.relay, way: "direct", code } as const;
  const received = await launch(ours.receive(errand, true), { cwd: into }).ended;
  expect([(await sending.ended).code, received.code], tail(received)).toEqual([0, 0]);
  expect(readFileSync(join(into, "README.md"), "utf8")).toBe(readme);
});
