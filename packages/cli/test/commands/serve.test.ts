/** `wormhole serve`, with both servers on real sockets. */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { Run } from "../world.ts";

const ANY_PORTS = ["--mailbox-port", "0", "--relay-port", "0"];
const READY = /^mailbox (ws:\/\/127\.0\.0\.1:\d+\/v1)\nrelay (tcp:127\.0\.0\.1:\d+)\n$/;

async function serve(...args: string[]) {
  const run = new Run(["serve", ...args], {});
  const [, mailbox = "", relay = ""] = await run.says(READY, "stdout");
  return { run, mailbox, relay };
}

// proves: api/own-servers
it("serve prints two lines, serves a transfer, and ends with 0 after a signal", async () => {
  const { run, mailbox, relay } = await serve(...ANY_PORTS);
  expect(run.title).toBe("wormhole serve");
  const globals = ["--relay-url", mailbox, "--transit-helper", relay];
  const sender = new Run([...globals, "send", "--text", "hello"], {});
  const receiver = new Run(["receive", ...globals, await sender.code()], {});
  expect((await receiver.outcome).stdout).toBe("hello");
  expect((await sender.outcome).status).toBe(0);
  run.kill("SIGTERM");
  expect(await run.outcome).toMatchObject({ status: 0, stderr: "" });
});

it("serve --data keeps its folder to its user", async () => {
  const folder = mkdtempSync(join(tmpdir(), "wormhole-serve-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const data = join(folder, "deep", "data");
  const { run } = await serve(...ANY_PORTS, "--data", data);
  expect(statSync(data).mode & 0o077).toBe(0);
  expect(statSync(join(data, "mailbox.sqlite")).isFile()).toBe(true);
  run.kill("SIGINT");
  expect((await run.outcome).status).toBe(0);
});

it("a port that is taken is one error, and nothing is left running", async () => {
  const { run, mailbox, relay } = await serve(...ANY_PORTS);
  const taken = [
    ["--mailbox-port", new URL(mailbox).port, "--relay-port", "0"],
    ["--mailbox-port", "0", "--relay-port", relay.split(":")[2] ?? ""],
  ];
  for (const ports of taken) {
    const outcome = await new Run(["serve", ...ports], {}).outcome;
    expect(outcome).toMatchObject({ status: 1, stdout: "", stderr: expect.stringMatching(/^ERROR: [^\n]+\n$/) });
  }
  run.kill("SIGTERM");
  await run.outcome;
});
