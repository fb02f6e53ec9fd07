import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { startMailboxServer } from "@wormhole-ts/mailbox-server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nameplates } from "./nameplates.ts";
import { Run, type Servers, startServers } from "./wormhole.ts";

let servers: Servers;
beforeAll(async () => {
  servers = await startServers();
});
afterAll(() => servers.close());

const sentence = (words: RegExp) => new RegExp(`(^|\n)ERROR: [^\n]*${words.source}[^\n]*\n$`);

describe("a mistake on the command line ends with 2, before anything is connected", () => {
  it.each([
    [["send", "--text", "x", "path"]],
    [["send"]],
    [["send", "--code", "7-a-b", "--code-length", "3"]],
    [["send", "--code-length", "many", "--text", "x"]],
    [["send", "--text", "x", "--transit-helper", "nonsense"]],
    [["--transit-helper", "tcp:host", "send", "--text", "x"]],
    [["receive", "7-a-b", "8-c-d"]],
    [["receive", "7-a-b", "--code", "8-c-d"]],
    [["receive", "-0", "7-a-b"]],
    [["receive", "--allocate", "7-a-b"]],
    [["receive", "7-a-b", "-c", "3"]],
    [["receive"]],
    [["receive", "wormhole-transfer:7-a-b?role=leader"]],
    [["receive", "wormhole-transfer:7-a-b?rendezvous=ws%3A%2F%2Fhost", "--relay-url", "ws://127.0.0.1:9/v1"]],
    [["serve", "--data", "x", "--memory"]],
    [["fetch"]],
    [[]],
  ])("%j", async (args) => {
    const run = new Run(args, { env: { WORMHOLE_RELAY_URL: "ws://127.0.0.1:9/v1" } });
    const { status, stdout, stderr } = await run.outcome;
    expect(status).toBe(2);
    expect(stdout).toHaveLength(0);
    expect(stderr).not.toMatch(/ {4}at /);
    expect(stderr).toMatch(args.length === 0 ? /Usage:/ : /^ERROR: /);
  });

  it("and a code that cannot be one is told from a typing mistake", async () => {
    for (const code of ["guitarist", "7-", "x-a-b"]) {
      const { status, stderr } = await servers.wormhole(["receive", code]).outcome;
      expect(status).toBe(1);
      expect(stderr).toMatch(sentence(/such as 7-guitarist-revenge/));
    }
  });
});

describe("a mailbox server that cannot be used has a sentence of its own", () => {
  const sending = (url: string) => new Run(["--relay-url", url, "send", "--text", "x"]).outcome;

  it.each([
    ["nothing listens", "ws://127.0.0.1:9/v1", /nothing listens there/],
    ["there is no such host", "ws://host.invalid:4000/v1", /does not resolve/],
    ["the URL is none", "nonsense", /not the address of a mailbox server/],
    ["the URL is for something else", "ftp://127.0.0.1/v1", /not the address of a mailbox server/],
  ])("%s", async (_, url, words) => {
    const { status, stderr } = await sending(url);
    expect(status).toBe(1);
    expect(stderr).toMatch(sentence(words));
  });

  it("something else answers there, or without TLS", async () => {
    const web = createServer((_, response) => response.writeHead(404).end()).listen(0, "127.0.0.1");
    await new Promise((resolve) => web.once("listening", resolve));
    const { port } = web.address() as AddressInfo;
    expect((await sending(`ws://127.0.0.1:${port}/v1`)).stderr).toMatch(sentence(/not a mailbox server/));
    expect((await sending(`wss://127.0.0.1:${port}/v1`)).stderr).toMatch(sentence(/certificate|TLS|wss/i));
    web.close();
  });

  it("it turns us away, in words that a terminal does not obey", async () => {
    const server = await startMailboxServer({ signalError: "go \u001b[31maway" });
    expect((await sending(server.url)).stderr).toMatch(sentence(/go \\x1b\[31maway/));
    await server.close();
  });
});

it("a server's greeting is shown as its own, and harmless", async () => {
  const server = await startMailboxServer({ motd: "be nice\n\u001b]0;owned\u0007" });
  const run = new Run(["--relay-url", server.url, "send", "--text", "x"]);
  await run.code();
  expect(run.stderr).toContain(`Server (at ${server.url}) says:\n  be nice\n  \\x1b]0;owned\\x07\n`);
  run.child.kill("SIGTERM");
  await run.outcome;
  await server.close();
});

it.each([
  ["9.9.9", /The server advises version 9\.9\.9 of its users' program; this is wormhole-ts \d/],
  ["\u001b[2J", /advises version \\x1b\[2J of/],
])("a server's advice %j is passed on, harmless", async (advertiseVersion, said) => {
  const server = await startMailboxServer({ advertiseVersion });
  const run = new Run(["--relay-url", server.url, "send", "--text", "x"]);
  await run.code();
  expect(run.stderr).toMatch(said);
  run.child.kill("SIGTERM");
  await run.outcome;
  await server.close();
});

it("a wrong code ends both sides, with what may have happened", async () => {
  const sender = servers.wormhole(["send", "--text", "secret"]);
  const [nameplate] = (await sender.code()).split("-");
  const receiver = servers.wormhole(["receive", `${nameplate}-wrong-words`]);
  for (const { status, stdout, stderr } of await Promise.all([sender.outcome, receiver.outcome])) {
    expect(status).toBe(1);
    expect(stdout.toString()).toBe("");
    expect(stderr).toMatch(sentence(/mistyped[^\n]*guess/));
  }
});

describe("a signal", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("%s ends a waiting sender with %i, and gives its nameplate back", async (signal, status) => {
    const sender = servers.wormhole(["send", "--text", "x"]);
    const [nameplate] = (await sender.code()).split("-");
    expect(await nameplates(servers.mailbox.url)).toContain(nameplate);
    const started = performance.now();
    sender.child.kill(signal);
    expect((await sender.outcome).status).toBe(status);
    expect(performance.now() - started).toBeLessThan(5_000);
    expect(await nameplates(servers.mailbox.url)).not.toContain(nameplate);
    expect(sender.stderr).not.toContain("ERROR");
  });

  it("ends a waiting receiver, too", async () => {
    const receiver = servers.wormhole(["receive", "79-a-b"]);
    await receiver.says(/Waiting for sender/);
    receiver.child.kill("SIGINT");
    expect((await receiver.outcome).status).toBe(130);
    expect(await nameplates(servers.mailbox.url)).not.toContain("79");
  });

  it.each(["sender", "receiver"])("at the %s during a question tells the other side", async (who) => {
    const sender = servers.wormhole(["send", import.meta.filename]);
    const receiver = servers.wormhole(["receive", await sender.code()], { staysOpen: true });
    await receiver.says(/ok\? /);
    const [stopped, other] = who === "sender" ? [sender, receiver] : [receiver, sender];
    stopped.child.kill("SIGINT");
    expect((await stopped.outcome).status).toBe(130);
    const { status, stderr } = await other.outcome;
    expect(status).toBe(1);
    expect(stderr).toMatch(sentence(/other side/));
  });

  it.each([
    ["once, ends within the deadline", 1, 5_000],
    ["twice, ends at once", 2, 1_500],
  ])("to a sender whose server hangs: %s", async (_, times, milliseconds) => {
    const server = new Run(["serve", "--mailbox-port", "0", "--relay-port", "0"]);
    const [, url = ""] = await server.says(/^mailbox (\S+)\n/, "stdout");
    const sender = new Run(["--relay-url", url, "send", "--text", "x"]);
    await sender.code();
    server.child.kill("SIGSTOP");
    const started = performance.now();
    sender.child.kill("SIGINT");
    await sender.says(/Stopping/);
    if (times === 2) sender.child.kill("SIGINT");
    expect((await sender.outcome).status).toBe(130);
    expect(performance.now() - started).toBeLessThan(milliseconds);
    server.child.kill("SIGKILL");
    await server.outcome;
  });
});

it("a reader that has gone is no trouble", async () => {
  const sender = servers.wormhole(["send", "--text", "hello"]);
  const receiver = servers.wormhole(["receive", await sender.code()]);
  receiver.child.stdout?.destroy();
  expect(await receiver.outcome).toMatchObject({ status: 0, stderr: expect.not.stringMatching(/EPIPE|ERROR/) });
});
