/**
 * Places where another user of this computer, or a reader of a log, could find a secret: the words of a code, the content
 * of a transfer, or a key. A new place is a row.
 */
import { chmodSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { World } from "../../packages/cli/test/world.ts";
import { createWormhole } from "../../packages/wormhole/src/index.ts";
import { Pair } from "../../packages/wormhole/test/transfer/pair.ts";
import { startServers } from "../program/wormhole.ts";

const WORDS = /quixotic|wyvern/i;
const CONTENT = /treasure/i;
const CODE = "91-quixotic-wyvern";
const TEXT = "the treasure is under the tree";

/** A run of both programs in this process, with timing files. Returns everything that a place could show. */
async function transfer(receivedCode = CODE) {
  const world = new World();
  const timing = (name: string) => ["--dump-timing", world.at(name)];
  const sender = await world.wormhole(["send", "--code", CODE, "--text", TEXT, ...timing("sent")]);
  await sender.code();
  const receiver = await world.wormhole(["receive", "--exact-code", ...timing("received"), receivedCode]);
  const [sent, received] = await Promise.all([sender.outcome, receiver.outcome]);
  return { sent, received, timings: [world.at("sent"), world.at("received")] };
}

describe("after a transfer, no secret is in", () => {
  it("the timing files, and only their owner reads them", async () => {
    const { sent, received, timings } = await transfer();
    expect([sent.status, received.status]).toEqual([0, 0]);
    for (const path of timings) {
      expect(readFileSync(path, "utf8")).not.toMatch(WORDS);
      expect(readFileSync(path, "utf8")).not.toMatch(CONTENT);
      if (process.platform !== "win32") expect(statSync(path).mode & 0o077).toBe(0);
    }
  });

  it("what the receiver writes to standard error", async () => {
    const { received } = await transfer();
    expect(received.stderr).not.toMatch(WORDS);
    expect(received.stderr).not.toMatch(CONTENT);
  });

  it("the messages and the timing files after a wrong code", async () => {
    const { sent, received, timings } = await transfer("91-quixotic-reward");
    expect([sent.status, received.status]).toEqual([1, 1]);
    expect(received.stderr).not.toMatch(/quixotic|wyvern|reward/);
    expect(sent.stderr.slice(sent.stderr.indexOf("ERROR"))).not.toMatch(WORDS);
    for (const path of timings) expect(readFileSync(path, "utf8")).not.toMatch(/quixotic|wyvern|reward/);
  });
});

describe("a dump of an object has no key:", () => {
  const deep = (value: unknown) => inspect(value, { depth: 20, showHidden: true });

  it("a wormhole", async () => {
    const pair = new Pair();
    const [a, b] = [1, 2].map(() => createWormhole({ ...pair.options, appId: "example.org/dump" }));
    if (a === undefined || b === undefined) throw new Error("unreachable");
    for (const each of [a, b]) each.setCode(CODE);
    await Promise.all([a.getVerifier(), b.getVerifier()]);
    const key = Buffer.from(a.deriveKey("a purpose", 32));
    for (const text of [deep(a), JSON.stringify(a), String(a)]) {
      expect(text).not.toMatch(WORDS);
      expect(text).not.toContain(key.toString("hex"));
    }
    await Promise.all([a.close(), b.close()]);
  });

  it("the errors of a wrong code", async () => {
    const pair = new Pair();
    const sender = pair.sendText(TEXT, { code: CODE });
    await sender.code;
    const receiver = pair.receive("91-quixotic-reward");
    for (const side of [sender, receiver]) {
      const error: unknown = await side.done.catch((reason: unknown) => reason);
      expect(deep(error)).not.toMatch(/quixotic|wyvern|reward|treasure/);
    }
  });
});

describe.skipIf(process.platform !== "linux")("other users of a computer find no secret in", () => {
  /** A running sender whose code is in a file and whose text comes from its input. */
  async function running() {
    const folder = mkdtempSync(join(tmpdir(), "wormhole-secrets-"));
    writeFileSync(join(folder, "code"), `${CODE}\n`);
    chmodSync(join(folder, "code"), 0o600);
    const servers = await startServers();
    onTestFinished(() => servers.close());
    const args = ["send", "--code-file", join(folder, "code"), "--text", "-"];
    const run = servers.wormhole(args, { input: TEXT });
    onTestFinished(() => void run.child.kill("SIGKILL"));
    return run;
  }

  // biome-ignore format: a table
  const PLACES: readonly (readonly [place: string, read: (of: string) => string])[] = [
    ["the arguments of the process", (of) => readFileSync(`${of}/cmdline`, "latin1")],
    ["its environment", (of) => readFileSync(`${of}/environ`, "latin1")],
    ["its name", (of) => readFileSync(`${of}/comm`, "latin1")],
    ["the names of its threads", (of) => readdirSync(`${of}/task`).map((id) => readFileSync(`${of}/task/${id}/comm`, "latin1")).join()],
    ["the names of its open files", (of) => readdirSync(`${of}/fd`).map((fd) => readlinkSync(`${of}/fd/${fd}`)).join()],
  ];

  it.each(PLACES)("%s", async (_, read) => {
    const run = await running();
    await run.says(/Wormhole code is/);
    const shown = read(`/proc/${run.child.pid}`);
    expect(shown).not.toMatch(WORDS);
    expect(shown).not.toMatch(CONTENT);
  });
});
