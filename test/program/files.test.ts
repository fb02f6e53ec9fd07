import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Run, type RunOptions, type Servers, startServers } from "./wormhole.ts";

let servers: Servers;
let folder: string;
let here: string;
let there: string;
beforeAll(async () => {
  servers = await startServers();
});
afterAll(() => servers.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wormhole-program-"));
  [here, there] = [join(folder, "here"), join(folder, "there")];
  mkdirSync(here);
  mkdirSync(there);
  return () => rmSync(folder, { recursive: true, force: true });
});

const hash = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");

function file(name: string, size = 100_000): string {
  writeFileSync(join(here, name), randomBytes(size));
  return name;
}

/** Sends from here to there. */
async function pass(what: string[], receiveArgs: string[] = ["--accept-file"], options: RunOptions = {}) {
  const sender = servers.wormhole(["send", ...what], { cwd: here });
  const receiver = servers.wormhole(["receive", ...receiveArgs, await sender.code()], { cwd: there, ...options });
  const [sent, received] = await Promise.all([sender.outcome, receiver.outcome]);
  return { sent, received };
}

async function bothFail(sender: Run, receiver: Run): Promise<void> {
  const [sent, received] = await Promise.all([sender.outcome, receiver.outcome]);
  expect(sent.status).toBe(1);
  expect(sent.stderr).toMatch(/\nERROR: [^\n]+\n$/);
  expect(received.status).toBe(1);
  expect(received.stderr).toMatch(/(^|\n)ERROR: [^\n]+\n$/);
}

describe("a file", () => {
  it.each([0, 1, 3_000_000])("of %i bytes arrives as it was, under its name", async (size) => {
    const { sent, received } = await pass([file("a b.bin", size)]);
    expect([sent.status, received.status]).toEqual([0, 0]);
    expect(hash(join(there, "a b.bin"))).toBe(hash(join(here, "a b.bin")));
    expect(readdirSync(there)).toEqual(["a b.bin"]);
    expect(sent.stderr).toMatch(/Sending .* file named 'a b\.bin'\n/);
    expect(sent.stderr).toMatch(/Confirmation received\. Transfer complete\.\n$/);
    expect(received.stderr).toContain(`written to: ${join(there, "a b.bin")}\n`);
    expect(received.stdout).toHaveLength(0);
  });

  it("draws nothing where there is no terminal", async () => {
    const { sent, received } = await pass([file("x")]);
    expect(sent.stderr + received.stderr).not.toMatch(/[\r\u001b%]/);
  });

  it("goes through the relay when nobody listens", async () => {
    const { sent } = await pass(["--no-listen", file("x")], ["--no-listen", "--accept-file"]);
    expect(sent).toMatchObject({ status: 0, stderr: expect.stringContaining("relay:tcp:127.0.0.1") });
  });

  it("needs no relay", async () => {
    const none = ["--transit-helper", ""];
    const { sent, received } = await pass([...none, file("x")], [...none, "--accept-file"]);
    expect([sent.status, received.status]).toEqual([0, 0]);
  });

  it("is asked about, and yes is the answer of a bare return", async () => {
    const { received } = await pass([file("x")], [], { input: "\n" });
    expect(received.status).toBe(0);
    expect(received.stderr).toMatch(/Receiving 100\.0 kB file named 'x' into: 'x'\nok\? \(Y\/n\): /);
  });

  it("is accepted unasked when the environment says so", async () => {
    const { received } = await pass([file("x")], [], { env: { WORMHOLE_ACCEPT_FILE: "1" } });
    expect(received).toMatchObject({ status: 0, stderr: expect.not.stringContaining("ok?") });
  });

  it.each([
    ["a no", "n\n"],
    ["the end of the input", ""],
  ])("is refused by %s, and both sides end", async (_, input) => {
    const sender = servers.wormhole(["send", file("x")], { cwd: here });
    const receiver = servers.wormhole(["receive", await sender.code()], { cwd: there, input });
    await bothFail(sender, receiver);
    expect(sender.stderr).toContain("rejected");
    if (input === "") expect(receiver.stderr).toContain("that means no");
    expect(readdirSync(there)).toEqual([]);
  });

  it("is refused by --only-text", async () => {
    const sender = servers.wormhole(["send", file("x")], { cwd: here });
    await bothFail(sender, servers.wormhole(["receive", "-t", "--accept-file", await sender.code()], { cwd: there }));
    expect(readdirSync(there)).toEqual([]);
  });
});

describe("where it goes", () => {
  it("never over something that is there", async () => {
    writeFileSync(join(there, "x"), "mine");
    const sender = servers.wormhole(["send", file("x")], { cwd: here });
    const receiver = servers.wormhole(["receive", "--accept-file", await sender.code()], { cwd: there });
    await bothFail(sender, receiver);
    expect(receiver.stderr).toMatch(/exist/);
    expect(readFileSync(join(there, "x"), "utf8")).toBe("mine");
    expect(readdirSync(there)).toEqual(["x"]);
  });

  it("over it if --overwrite says so", async () => {
    writeFileSync(join(there, "x"), "old");
    const { received } = await pass([file("x")], ["--accept-file", "--overwrite"]);
    expect(received.stderr).toContain("Overwriting 'x'\n");
    expect(hash(join(there, "x"))).toBe(hash(join(here, "x")));
  });

  it("to the name that -o gives, also if there is such a file", async () => {
    await pass([file("x")], ["--accept-file", "-o", "y"]);
    expect(hash(join(there, "y"))).toBe(hash(join(here, "x")));
    const { received } = await pass([file("z")], ["--accept-file", "-o", "y"]);
    expect(received).toMatchObject({ status: 0, stderr: expect.stringContaining("Overwriting 'y'\n") });
    expect(hash(join(there, "y"))).toBe(hash(join(here, "z")));
  });

  it("into the folder that -o gives, but not over what is in it", async () => {
    mkdirSync(join(there, "d"));
    const { received } = await pass([file("x")], ["--accept-file", "-o", "d"]);
    expect(received.stderr).toContain("into: 'd/x'");
    expect(hash(join(there, "d/x"))).toBe(hash(join(here, "x")));
    const sender = servers.wormhole(["send", "x"], { cwd: here });
    await bothFail(
      sender,
      servers.wormhole(["receive", "--accept-file", "-o", "d", await sender.code()], { cwd: there }),
    );
  });

  it("nowhere if there is no such folder, and both are told", async () => {
    const sender = servers.wormhole(["send", file("x")], { cwd: here });
    await bothFail(
      sender,
      servers.wormhole(["receive", "--accept-file", "-o", "no/y", await sender.code()], { cwd: there }),
    );
    expect(existsSync(join(there, "no"))).toBe(false);
  });
});

describe("a folder", () => {
  it("arrives with all that is in it", async () => {
    mkdirSync(join(here, "d/e"), { recursive: true });
    mkdirSync(join(here, "d/empty"));
    file("d/1", 5);
    file("d/e/2", 70_000);
    const { sent, received } = await pass(["d/"]);
    expect([sent.status, received.status]).toEqual([0, 0]);
    expect(hash(join(there, "d/1"))).toBe(hash(join(here, "d/1")));
    expect(hash(join(there, "d/e/2"))).toBe(hash(join(here, "d/e/2")));
    expect(readdirSync(join(there, "d/empty"))).toEqual([]);
    expect(sent.stderr).toContain("Sending directory named 'd' (2 files, 70.0 kB)\n");
  });

  it("is sent without what cannot be read, if that is wanted", async () => {
    mkdirSync(join(here, "d"));
    file("d/1", 5);
    const { symlinkSync } = await import("node:fs");
    symlinkSync("nowhere", join(here, "d/2"));
    const refused = await servers.wormhole(["send", "d"], { cwd: here }).outcome;
    expect(refused).toMatchObject({ status: 1, stderr: expect.stringMatching(/^ERROR: [^\n]+\n$/) });
    const { sent } = await pass(["--ignore-unsendable-files", "d"]);
    expect(sent.status).toBe(0);
    expect(readdirSync(join(there, "d"))).toEqual(["1"]);
  });
});

it("what is not there is not sent, and no code is given away", async () => {
  const { status, stderr } = await servers.wormhole(["send", "nothing"], { cwd: here }).outcome;
  expect(status).toBe(1);
  expect(stderr).toMatch(/^ERROR: [^\n]*nothing[^\n]*\n$/);
});
