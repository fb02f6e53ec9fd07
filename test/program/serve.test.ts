import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { nameplates } from "./nameplates.ts";
import { Run } from "./wormhole.ts";

const ANY_PORTS = ["--mailbox-port", "0", "--relay-port", "0"];
const READY = /^mailbox (ws:\/\/127\.0\.0\.1:\d+\/v1)\nrelay (tcp:127\.0\.0\.1:\d+)\n$/;

it("serve prints two lines, serves a transfer, and ends cleanly with a signal", async () => {
  const server = new Run(["serve", ...ANY_PORTS]);
  const [, mailbox = "", relay = ""] = await server.says(READY, "stdout");
  const globals = ["--relay-url", mailbox, "--transit-helper", relay];
  const sender = new Run([...globals, "send", "--text", "hello"]);
  const receiver = new Run(["receive", ...globals, await sender.code()]);
  expect((await receiver.outcome).stdout.toString()).toBe("hello");
  expect(await sender.outcome).toMatchObject({ status: 0 });
  server.child.kill("SIGTERM");
  expect(await server.outcome).toMatchObject({ status: 0, stderr: "" });
});

it("serve --data keeps waiting codes over a restart, where only its user can read them", async () => {
  const folder = mkdtempSync(join(tmpdir(), "wormhole-serve-"));
  const data = join(folder, "deep", "data");
  const first = new Run(["serve", ...ANY_PORTS, "--data", data]);
  const [, url = ""] = await first.says(READY, "stdout");
  const sender = new Run(["--relay-url", url, "--transit-helper", "", "send", "--text", "hello"]);
  const code = await sender.code();
  first.child.kill("SIGINT");
  expect((await first.outcome).status).toBe(0);
  expect(statSync(data).mode & 0o077).toBe(0);
  const second = new Run(["serve", "--mailbox-port", new URL(url).port, "--relay-port", "0", "--data", data]);
  await second.says(READY, "stdout");
  expect(await nameplates(url)).toContain(code.split("-")[0]);
  const receiver = new Run(["--relay-url", url, "--transit-helper", "", "receive", code]);
  expect((await receiver.outcome).stdout.toString()).toBe("hello");
  second.child.kill("SIGTERM");
  await Promise.all([second.outcome, sender.outcome]);
  rmSync(folder, { recursive: true });
});

it("a port that is taken is said in one sentence, and nothing is left running", async () => {
  const first = new Run(["serve", ...ANY_PORTS]);
  const [, url = "", relay = ""] = await first.says(READY, "stdout");
  const taken = [
    ["--mailbox-port", new URL(url).port, "--relay-port", "0"],
    ["--mailbox-port", "0", "--relay-port", relay.split(":")[2] ?? ""],
  ];
  for (const ports of taken) {
    const { status, stdout, stderr } = await new Run(["serve", ...ports]).outcome;
    expect(status).toBe(1);
    expect(stdout).toHaveLength(0);
    expect(stderr).toMatch(/^ERROR: [^\n]+\n$/);
  }
  first.child.kill("SIGTERM");
  await first.outcome;
});
