import { execFile } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { Store } from "../../examples/store.ts";
import { launch, type Running } from "../support/processes.ts";
import { ourServers, type Servers } from "../support/servers.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

for (const name of ["wormhole", "mailbox-server"]) {
  if (!existsSync(`${root}/packages/${name}/dist/index.js`))
    throw new Error(
      `The examples use the built packages, and ${name} is not built. Run \`npm run build\`, ` +
        "or `npx tsc -b packages/wormhole packages/mailbox-server`.",
    );
}

/** Ends an example that hangs. They take some seconds. */
const DEADLINE_MS = 110_000;

/** Runs an example as its header says, and returns its lines. Rejects if the example fails. */
async function run(example: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [`examples/${example}/run.ts`], {
    cwd: root,
    timeout: DEADLINE_MS,
  });
  return stdout.trim().split("\n");
}

it.concurrent("two programs that never run at the same time complete a whole exchange", {
  timeout: 120_000,
}, async () => {
  const story = await run("never-alive-together");
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

it.concurrent("a program that is killed at every step gets each event exactly once", { timeout: 120_000 }, async () => {
  const story = await run("killed-at-every-step");
  const [, kills, steps] =
    /^survived (\d+) kills at (\d+) steps; every event was seen exactly once$/.exec(story.at(-1) ?? "") ?? [];
  expect(Number(steps)).toBeGreaterThan(20);
  expect(Number(kills)).toBe(3 * Number(steps));
  const events = story.slice(0, -1).map((line) => line.split(" ")[0]);
  expect(events.join()).toBe("welcome,code,key,verifier,versions,message,message,message,closed");
});

it("a state is in a file that only its owner can read, and that is never incomplete", () => {
  const folder = mkdtempSync(join(tmpdir(), "store-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "state.json");
  const store = new Store<number>(path);
  expect(store.read()).toBeUndefined();
  // What a crash in the middle of a write leaves behind, readable for other users.
  writeFileSync(`${path}.new`, "[1, 2", { mode: 0o666 });
  store.write(1);
  store.write(2);
  expect(store.read()).toBe(2);
  if (process.platform !== "win32") expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(["state.json"]);
  store.erase();
  expect(readdirSync(folder)).toEqual([]);
});

describe("examples of dilation, run twice against `wormhole serve`", () => {
  let servers: Servers;
  beforeAll(async () => {
    servers = await ourServers.start();
  });
  afterAll(() => servers.stop());

  const start = (example: string, args: string[], input = ""): Running =>
    launch([process.execPath, `examples/dilation/${example}.ts`, ...args], {
      cwd: root,
      input,
      env: { WORMHOLE_RELAY_URL: servers.mailbox, WORMHOLE_TRANSIT_HELPER: `tcp:${servers.relay}` },
    });
  const codeOf = (running: Running) => running.says(/^The code is (\S+)$/m);

  it("chat: each side shows the lines of the other, and both end after the last line", async () => {
    const alice = start("chat", [], "hello\n\u001b[2Jhow are you?\n");
    const bob = start("chat", [await codeOf(alice)], "fine\n");
    const [a, b] = await Promise.all([alice.ended, bob.ended]);
    expect([a.code, b.code], a.stderr + b.stderr).toEqual([0, 0]);
    expect(a.stdout).toBe("> fine\n");
    expect(b.stdout).toMatch(/^> hello\n> (?!\u001b).*how are you\?\n$/);
  });

  it("pipe: the output is the input of the other side", async () => {
    const text = Array.from({ length: 300_000 }, (_, n) => `line ${n}\n`).join("");
    const out = start("pipe", [], text);
    const into = start("pipe", [await codeOf(out)]);
    const [sent, received] = await Promise.all([out.ended, into.ended]);
    expect([sent.code, received.code], sent.stderr + received.stderr).toEqual([0, 0]);
    expect(received.stdout === text).toBe(true);
  });

  it("drop folder: a new file on one side is copied to the other, once, and replaces nothing", async () => {
    const folder = mkdtempSync(join(tmpdir(), "drop-folder-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const here = (name: string) => join(folder, "here", name);
    const there = (name: string) => join(folder, "there", name);
    mkdirSync(here(""));
    writeFileSync(here("old.txt"), "was here before");
    const alice = start("drop-folder", [here("")]);
    const bob = start("drop-folder", [there(""), await codeOf(alice)]);
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
