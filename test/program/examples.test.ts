/** The programs in `examples/` do what their headers promise. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { Store } from "../../examples/store.ts";
import { type ExampleOptions, runExample, startExample } from "../support/example-runner.ts";
import type { Running } from "../support/processes.ts";
import { ourServers, type Servers } from "../support/servers.ts";

/** For an example that hangs: they take some seconds. */
const DEADLINE = { seconds: 110 };

// proves: api/messages-wait
it.concurrent("two programs that never run at the same time complete an exchange", {
  timeout: 120_000,
}, async () => {
  const story = await runExample("never-alive-together/run", DEADLINE);
  const after = (start: string) =>
    story.filter((line) => line.startsWith(start)).map((line) => line.slice(start.length));
  expect(after("alice says: ")).toHaveLength(3);
  expect(after("bob hears: ")).toEqual(after("alice says: "));
  expect(after("bob says: ")).toHaveLength(3);
  expect(after("alice hears: ")).toEqual(after("bob says: "));
  expect([after("alice is done: "), after("bob is done: ")]).toEqual([["happy"], ["happy"]]);
  expect(after("-- ").slice(0, 4)).toEqual(["alice lives", "bob lives", "alice lives", "bob lives"]);
  expect(story.at(-1)).toBe(`${after("-- ").length} lives, never two at a time`);
});

// proves: api/journaled
it.concurrent("a program that is killed at every step receives each event exactly once", {
  timeout: 120_000,
}, async () => {
  const story = await runExample("killed-at-every-step/run", DEADLINE);
  const [, kills, steps] =
    /^survived (\d+) kills at (\d+) steps; every event was seen exactly once$/.exec(story.at(-1) ?? "") ?? [];
  expect(Number(steps)).toBeGreaterThan(20);
  expect(Number(kills)).toBe(3 * Number(steps));
  const events = story.slice(0, -1).map((line) => line.split(" ")[0]);
  expect(events.join()).toBe("welcome,code,key,verifier,versions,message,message,message,closed");
});

it("a saved state is readable by its owner only, and complete at every moment", () => {
  const folder = mkdtempSync(join(tmpdir(), "store-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "state.json");
  const store = new Store<number>(path);
  expect(store.read()).toBeUndefined();
  // A crash in the middle of a write leaves an incomplete file, which other users could read.
  writeFileSync(`${path}.new`, "[1, 2", { mode: 0o666 });
  store.write(1);
  store.write(2);
  expect(store.read()).toBe(2);
  if (process.platform !== "win32") expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(["state.json"]);
  store.erase();
  expect(readdirSync(folder)).toEqual([]);
});

describe("examples of dilation, run by two people against `wormhole serve`", () => {
  let servers: Servers;
  beforeAll(async () => {
    servers = await ourServers.start();
  });
  afterAll(() => servers.stop());

  const start = (example: string, options: ExampleOptions): Running =>
    startExample(`dilation/${example}`, {
      ...options,
      env: { WORMHOLE_RELAY_URL: servers.mailbox, WORMHOLE_TRANSIT_HELPER: `tcp:${servers.relay}` },
    });
  const codeOf = (running: Running) => running.says(/^The code is (\S+)$/m);

  it("chat: each side prints the lines of the other, and ends when both have finished", async () => {
    const alice = start("chat", { input: "hello\n\u001b[2Jhow are you?\n" });
    const bob = start("chat", { args: [await codeOf(alice)], input: "fine\n" });
    const [a, b] = await Promise.all([alice.ended, bob.ended]);
    expect([a.code, b.code], a.stderr + b.stderr).toEqual([0, 0]);
    expect(a.stdout).toBe("> fine\n");
    expect(b.stdout).toMatch(/^> hello\n> (?!\u001b).*how are you\?\n$/);
  });

  // proves: api/standard-streams
  it("pipe: the output equals the input", async () => {
    const text = Array.from({ length: 300_000 }, (_, n) => `line ${n}\n`).join("");
    const out = start("pipe", { input: text });
    const into = start("pipe", { args: [await codeOf(out)] });
    const [sent, received] = await Promise.all([out.ended, into.ended]);
    expect([sent.code, received.code], sent.stderr + received.stderr).toEqual([0, 0]);
    expect(received.stdout === text).toBe(true);
  });

  // proves: api/drop-folder
  it("drop-folder: a new file on either side is copied to the other once, and replaces none there", async () => {
    const folder = mkdtempSync(join(tmpdir(), "drop-folder-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const here = (name: string) => join(folder, "here", name);
    const there = (name: string) => join(folder, "there", name);
    mkdirSync(here(""));
    writeFileSync(here("old.txt"), "was here before");
    const alice = start("drop-folder", { args: [here("")] });
    const bob = start("drop-folder", { args: [there(""), await codeOf(alice)] });
    for (const side of [alice, bob]) await side.says(/\[connected/);

    const large = Buffer.alloc(5_000_000, "0123456789");
    writeFileSync(here("large.bin"), large);
    await bob.says(/^received large\.bin$/m);
    expect(readFileSync(there("large.bin")).equals(large)).toBe(true);
    writeFileSync(there("back.txt"), "and back");
    await alice.says(/^received back\.txt$/m);
    expect(readFileSync(here("back.txt"), "utf8")).toBe("and back");

    writeFileSync(here("note.txt"), "alice's");
    writeFileSync(there("note.txt"), "bob's");
    await Promise.all([alice, bob].map((side) => side.says(/^received note \(2\)\.txt$/m)));
    expect([here, there].map((in_) => readFileSync(in_("note.txt"), "utf8"))).toEqual(["alice's", "bob's"]);
    expect([here, there].map((in_) => readFileSync(in_("note (2).txt"), "utf8"))).toEqual(["bob's", "alice's"]);

    process.kill(alice.pid, "SIGINT");
    const [a, b] = await Promise.all([alice.ended, bob.ended]);
    expect([a.code, b.code], a.stderr + b.stderr).toEqual([0, 0]);
    const both = ["back.txt", "large.bin", "note (2).txt", "note.txt"];
    expect([readdirSync(here("")).sort(), readdirSync(there("")).sort()]).toEqual([[...both, "old.txt"], both]);
  });
});
