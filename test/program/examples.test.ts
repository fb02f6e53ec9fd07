import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it, onTestFinished } from "vitest";
import { Store } from "../../examples/store.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

for (const name of ["wormhole", "mailbox-server"]) {
  if (!existsSync(`${root}/packages/${name}/dist/index.js`))
    throw new Error(
      `The examples run on the built packages, and ${name} is not built: run \`npm run build\` first, ` +
        "or `npx tsc -b packages/wormhole packages/mailbox-server`.",
    );
}

/** Milliseconds, for an example that hangs: they take some seconds. */
const DEADLINE = 110_000;

/** Runs an example as its header says. Fails if the example does. */
async function run(example: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [`examples/${example}/run.ts`], {
    cwd: root,
    timeout: DEADLINE,
  });
  return stdout.trim().split("\n");
}

it.concurrent("two programs that are never alive together complete a whole exchange", {
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

it.concurrent("a program that is killed at every step sees each event exactly once", { timeout: 120_000 }, async () => {
  const story = await run("killed-at-every-step");
  const [, kills, steps] =
    /^survived (\d+) kills at (\d+) steps; every event was seen exactly once$/.exec(story.at(-1) ?? "") ?? [];
  expect(Number(steps)).toBeGreaterThan(20);
  expect(Number(kills)).toBe(3 * Number(steps));
  const events = story.slice(0, -1).map((line) => line.split(" ")[0]);
  expect(events.join()).toBe("welcome,code,key,verifier,versions,message,message,message,closed");
});

it("a state lies in a file for its owner alone, whole at every moment", () => {
  const folder = mkdtempSync(join(tmpdir(), "store-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "state.json");
  const store = new Store<number>(path);
  expect(store.read()).toBeUndefined();
  // What a death in the middle of a write leaves, and somebody else could read.
  writeFileSync(`${path}.new`, "[1, 2", { mode: 0o666 });
  store.write(1);
  store.write(2);
  expect(store.read()).toBe(2);
  if (process.platform !== "win32") expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(["state.json"]);
  store.erase();
  expect(readdirSync(folder)).toEqual([]);
});
