/** Files and folders between two real processes. What each flag does is tested in packages/cli/test/commands. */
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { type Servers, startServers } from "./wormhole.ts";

let servers: Servers;
let here: string;
let there: string;
beforeAll(async () => {
  servers = await startServers();
});
afterAll(() => servers.close());
beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), "wormhole-program-"));
  [here, there] = [join(folder, "here"), join(folder, "there")];
  mkdirSync(here);
  mkdirSync(there);
  return () => rmSync(folder, { recursive: true, force: true });
});

const hash = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");

/** Sends a path of one folder, and receives it into the other. */
async function transfer(path: string) {
  const sender = servers.wormhole(["send", path], { cwd: here });
  const receiver = servers.wormhole(["receive", "--accept-file", await sender.code()], { cwd: there });
  const [sent, received] = await Promise.all([sender.outcome, receiver.outcome]);
  return { sent, received };
}

it("a file arrives in the working folder under its name, and is never replaced unasked", async () => {
  writeFileSync(join(here, "a b.bin"), randomBytes(3_000_000));
  const { sent, received } = await transfer("a b.bin");
  expect([sent.status, received.status]).toEqual([0, 0]);
  expect(readdirSync(there)).toEqual(["a b.bin"]);
  expect(hash(join(there, "a b.bin"))).toBe(hash(join(here, "a b.bin")));
  expect(received.stdout).toHaveLength(0);
  expect(received.stderr).toContain(`Received file written to: ${join(there, "a b.bin")}\n`);

  const before = hash(join(there, "a b.bin"));
  writeFileSync(join(here, "a b.bin"), "new");
  const again = await transfer("a b.bin");
  expect([again.sent.status, again.received.status]).toEqual([1, 1]);
  expect(again.received.stderr).toMatch(/ERROR: [^\n]*exist[^\n]*\n$/);
  expect([readdirSync(there), hash(join(there, "a b.bin"))]).toEqual([["a b.bin"], before]);
});

it("a folder arrives in the working folder under its name", async () => {
  mkdirSync(join(here, "d/e"), { recursive: true });
  writeFileSync(join(here, "d/e/2"), randomBytes(70_000));
  const { sent, received } = await transfer("d/");
  expect([sent.status, received.status]).toEqual([0, 0]);
  expect(hash(join(there, "d/e/2"))).toBe(hash(join(here, "d/e/2")));
});
