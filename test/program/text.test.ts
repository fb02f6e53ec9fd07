/** Text between two real processes, by pipes. What each flag does is tested in packages/cli/test/commands. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Servers, startServers } from "./wormhole.ts";

let servers: Servers;
beforeAll(async () => {
  servers = await startServers();
});
afterAll(() => servers.close());

/** Characters that a careless program would change on the way. */
const TRICKY = "one\n\ttwo \\n \"three\" 'four' \u001b[31mfive\u0000 \ud83e\uddd9 e\u0301\r\n";

it("a text goes from one pipe to another byte for byte", async () => {
  const sender = servers.wormhole(["send", "--text", "-"], { input: TRICKY.repeat(5_000) });
  const receiver = servers.wormhole(["receive", await sender.code()]);
  expect(await receiver.outcome).toMatchObject({ status: 0, stdout: Buffer.from(TRICKY.repeat(5_000)) });
  expect(await sender.outcome).toMatchObject({ status: 0, stdout: Buffer.alloc(0) });
});

it("a code can come from a pipe", async () => {
  const sender = servers.wormhole(["send", "--text", "hello"]);
  const receiver = servers.wormhole(["receive"], { input: `${await sender.code()}\n` });
  expect((await receiver.outcome).stdout.toString()).toBe("hello");
});

it.runIf(process.platform === "linux").each([
  [">/dev/full", /standard output: there is no space left on the disk/],
  [">&-", /standard output: it is closed/],
])("a text that cannot be written with %s fails at both sides, in one sentence", async (redirection, words) => {
  const sender = servers.wormhole(["send", "--text", "the text"]);
  const within = ["sh", "-c", `exec "$0" "$@" ${redirection}`];
  const receiver = servers.wormhole(["receive", await sender.code()], { within });
  const received = await receiver.outcome;
  expect([received.status, received.stderr]).toEqual([1, expect.stringMatching(/^ERROR: [^\n]+\n$/)]);
  expect(received.stderr).toMatch(words);
  expect((await sender.outcome).status).toBe(1);
});

it.runIf(process.platform === "linux").each([
  ["</", /it is a folder/],
  ["<&-", /it is closed/],
])("standard input that cannot be read with %s is not sent as an empty text", async (redirection, words) => {
  const within = ["sh", "-c", `exec "$0" "$@" ${redirection}`];
  const { status, stderr } = await servers.wormhole(["send", "--text", "-"], { within }).outcome;
  expect([status, stderr]).toEqual([2, expect.stringMatching(words)]);
  expect(stderr).not.toContain("Wormhole code is");
});

it.runIf(process.platform === "linux")("code and text are hidden from lists of processes", async () => {
  const sender = servers.wormhole(["send", "--code", "78-top-secret", "--text", "confidential"]);
  await sender.code();
  const line = readFileSync(`/proc/${sender.child.pid}/cmdline`, "utf8");
  expect(line).not.toMatch(/78-top-secret|confidential/);
  sender.child.kill("SIGTERM");
  await sender.outcome;
});
