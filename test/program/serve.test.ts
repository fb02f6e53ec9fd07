/** `wormhole serve` as a process. Its flags and errors are tested in packages/cli/test/commands/serve.test.ts. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { listedNameplates } from "../support/nameplates.ts";
import { Run } from "./wormhole.ts";

const READY = /^mailbox (ws:\/\/127\.0\.0\.1:\d+\/v1)\nrelay (tcp:127\.0\.0\.1:\d+)\n$/;

it("serve prints two lines, keeps waiting codes over a restart with --data, and ends with 0 after a signal", async () => {
  const data = mkdtempSync(join(tmpdir(), "wormhole-serve-"));
  onTestFinished(() => rmSync(data, { recursive: true }));
  const first = new Run(["serve", "--mailbox-port", "0", "--relay-port", "0", "--data", data]);
  const [, url = ""] = await first.says(READY, "stdout");
  const sender = new Run(["--relay-url", url, "--transit-helper", "", "send", "--text", "hello"]);
  const code = await sender.code();
  first.child.kill("SIGINT");
  expect((await first.outcome).status).toBe(0);
  const second = new Run(["serve", "--mailbox-port", new URL(url).port, "--relay-port", "0", "--data", data]);
  await second.says(READY, "stdout");
  expect(await listedNameplates(url)).toContain(code.split("-")[0]);
  const receiver = new Run(["--relay-url", url, "--transit-helper", "", "receive", code]);
  expect((await receiver.outcome).stdout.toString()).toBe("hello");
  await sender.outcome;
  second.child.kill("SIGTERM");
  expect(await second.outcome).toMatchObject({ status: 0, stderr: expect.stringMatching(/\nStopped\.\n$/) });
});
