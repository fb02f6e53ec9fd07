/** Runs of the program that end with an error before a transfer begins. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { startMailboxServer } from "@wormhole-ts/mailbox-server";
import { describe, expect, it, onTestFinished } from "vitest";
import { errorLine, Run, World } from "./world.ts";

describe("a mistake on the command line ends with 2, before anything is connected", () => {
  it.each([
    [["send", "--text", "x", "path"]],
    [["send"]],
    [["send", "--code", "7-a-b", "--code-length", "3"]],
    [["send", "--code-length", "many", "--text", "x"]],
    [["send", "--text", "x", "--transit-helper", "nonsense"]],
    [["--transit-helper", "tcp:host", "send", "--text", "x"]],
    [["send", "--launch-tor", "--tor-control-port", "tcp:127.0.0.1:9051", "--text", "x"]],
    [["receive", "--tor", "--listen", "7-a-b"]],
    [["receive", "7-a-b", "8-c-d"]],
    [["receive", "7-a-b", "--code", "8-c-d"]],
    [["receive", "-0", "7-a-b"]],
    [["receive", "--allocate", "7-a-b"]],
    [["receive", "7-a-b", "-c", "3"]],
    [["receive"]],
    [["receive", "wormhole-transfer:7-a-b?role=leader"]],
    [["receive", "wormhole-transfer:7-a-b?rendezvous=ws%3A%2F%2Fhost", "--relay-url", "ws://127.0.0.1:9/v1"]],
    [["serve", "--data", "x", "--memory"]],
    [["timing", "-", "-"]],
    [["fetch"]],
    [[]],
  ])("%j", async (args) => {
    const world = new World();
    const { status, stdout, stderr } = await (await world.wormhole(args)).outcome;
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).not.toMatch(/ {4}at /);
    expect(stderr).toMatch(args.length === 0 ? /Usage:/ : /^ERROR: /);
    expect(world.mailbox.received).toEqual([]);
  });
});

describe("a mailbox server that cannot be used has an error of its own", () => {
  const sending = (url: string) => new Run(["--relay-url", url, "send", "--text", "x"], {}).outcome;

  it.each([
    ["nothing listens", "ws://127.0.0.1:9/v1", /nothing listens there/, 1],
    ["the host does not exist", "ws://host.invalid:4000/v1", /does not resolve/, 1],
    ["the URL is invalid", "nonsense", /not the address of a mailbox server/, 2],
    ["the URL is for something else", "ftp://127.0.0.1/v1", /not the address of a mailbox server/, 2],
  ])("%s", async (_, url, words, exitCode) => {
    const { status, stderr } = await sending(url);
    expect(status).toBe(exitCode);
    expect(stderr).toMatch(errorLine(words));
  });

  it("another server answers, or one without TLS", async () => {
    const web = createServer((_, response) => response.writeHead(404).end()).listen(0, "127.0.0.1");
    onTestFinished(() => void web.close());
    await new Promise((resolve) => web.once("listening", resolve));
    const { port } = web.address() as AddressInfo;
    expect((await sending(`ws://127.0.0.1:${port}/v1`)).stderr).toMatch(errorLine(/not a mailbox server/));
    expect((await sending(`wss://127.0.0.1:${port}/v1`)).stderr).toMatch(errorLine(/certificate|TLS|wss/i));
  });

  // proves: api/welcome-error
  it("the server refuses every client, and its words contain nothing that a terminal obeys", async () => {
    await using server = await startMailboxServer({ signalError: "go \u001b[31maway" });
    expect((await sending(server.url)).stderr).toMatch(errorLine(/go \\x1b\[31maway/));
  });
});
