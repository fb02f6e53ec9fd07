/** The end of the program: exit codes, signals, and pipes whose reader has gone. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listedNameplates } from "../support/nameplates.ts";
import { Run, type Servers, startServers } from "./wormhole.ts";

let servers: Servers;
beforeAll(async () => {
  servers = await startServers();
});
afterAll(() => servers.close());

describe("an error ends the program", () => {
  it.each([
    ["a mistake on the command line", 2, ["send", "--text", "x", "path"]],
    ["a server that cannot be reached", 1, ["send", "--text", "x", "--relay-url", "ws://127.0.0.1:9/v1"]],
  ])("%s: exit code %i, one line on stderr", async (_, status, args) => {
    const outcome = await new Run(args).outcome;
    expect(outcome).toEqual({
      status,
      stdout: Buffer.alloc(0),
      stderr: expect.stringMatching(/^(Sending[^\n]+\n)?ERROR: [^\n]+\n$/),
    });
  });
});

describe("a signal", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)(
    "%s ends a waiting sender with %i within five seconds, and its nameplate is released",
    async (signal, status) => {
      const sender = servers.wormhole(["send", "--text", "x"]);
      const [nameplate] = (await sender.code()).split("-");
      expect(await listedNameplates(servers.mailbox.url)).toContain(nameplate);
      const started = performance.now();
      sender.child.kill(signal);
      expect((await sender.outcome).status).toBe(status);
      expect(performance.now() - started).toBeLessThan(5_000);
      expect(await listedNameplates(servers.mailbox.url)).not.toContain(nameplate);
      expect(sender.stderr).not.toContain("ERROR");
    },
  );

  // The wait for the server after the first signal is tested in packages/cli/test/terminal/signals.test.ts.
  it("that comes twice ends a sender at once, although the server hangs", async () => {
    const server = new Run(["serve", "--mailbox-port", "0", "--relay-port", "0"]);
    const [, url = ""] = await server.says(/^mailbox (\S+)\n/, "stdout");
    const sender = new Run(["--relay-url", url, "send", "--text", "x"]);
    await sender.code();
    server.child.kill("SIGSTOP");
    const started = performance.now();
    sender.child.kill("SIGINT");
    await sender.says(/Stopping/);
    sender.child.kill("SIGINT");
    expect((await sender.outcome).status).toBe(130);
    expect(performance.now() - started).toBeLessThan(1_500);
    server.child.kill("SIGKILL");
    await server.outcome;
  });
});

it("a reader of stdout that has gone is not an error", async () => {
  const sender = servers.wormhole(["send", "--text", "hello"]);
  const receiver = servers.wormhole(["receive", await sender.code()]);
  receiver.child.stdout?.destroy();
  expect(await receiver.outcome).toMatchObject({ status: 0, stderr: expect.not.stringMatching(/EPIPE|ERROR/) });
});
