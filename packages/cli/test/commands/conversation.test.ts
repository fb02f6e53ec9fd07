/** The output and the questions that `send` and `receive` share, in whole runs of the program. */
import { writeFileSync } from "node:fs";
import { PassThrough } from "node:stream";
import type { SendResult, TransferEvent } from "@wormhole-ts/wormhole/node";
import { describe, expect, it } from "vitest";
import { converse } from "../../src/commands/conversation.ts";
import { Lines } from "../../src/terminal/lines.ts";
import { Questions } from "../../src/terminal/questions.ts";
import { screen } from "../terminal/screen.ts";
import { errorLine, World } from "../world.ts";

describe("a server's greeting", () => {
  // proves: api/motd
  it("is shown as the server's, and contains nothing that a terminal obeys", async () => {
    const world = new World();
    world.mailbox.welcome = { motd: "be nice\n\u001b]0;owned\u0007" };
    const { sent } = await world.transfer(["--text", "x"]);
    expect(sent.stderr).toContain("Server (at ws://mailbox/v1) says:\n  be nice\n  \\x1b]0;owned\\x07\n");
  });

  it.each([
    ["9.9.9", /The server recommends client version 9\.9\.9\. This is wormhole-ts \d/],
    ["\u001b[2J", /client version \\x1b\[2J\. /],
    // proves: api/advised-version
  ])("can recommend version %j", async (version, words) => {
    const world = new World();
    world.mailbox.welcome = { current_cli_version: version };
    expect((await world.transfer(["--text", "x"])).sent.stderr).toMatch(words);
  });
});

describe("the progress of a transfer", () => {
  it.each([
    [[], /\)\.\.\n[\s\S]*1\.0 MB in 0:\d\d, \S+ MB\/s\nFile sent/],
    [["--hide-progress"], /\)\.\.\nFile sent/],
  ])("is shown on a terminal: send %j", async (flags, words) => {
    const world = new World();
    writeFileSync(world.at("x"), new Uint8Array(1_000_000));
    const sender = await world.wormhole(["send", ...flags, world.at("x")], { environment: { NO_COLOR: "1" } });
    sender.stderr.isTTY = true;
    const receiver = await world.wormhole(["receive", "--accept-file", "-o", world.at("y"), await sender.code()]);
    await receiver.outcome;
    expect((await sender.outcome).stderr).toMatch(words);
  });
});

describe("a wait for the other side", () => {
  it("is explained after a second", async () => {
    const receiver = await new World().wormhole(["receive", "79-a-b"]);
    await receiver.says(/^Waiting for sender\.\.\.\n/);
    receiver.kill("SIGINT");
    expect((await receiver.outcome).status).toBe(130);
  });
});

describe("a signal", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("%s ends a waiting sender with %i, and its nameplate is released", async (signal, status) => {
    const world = new World();
    const sender = await world.wormhole(["send", "--text", "x"]);
    await sender.code();
    expect(world.mailbox.nameplates).toHaveLength(1);
    sender.kill(signal);
    const outcome = await sender.outcome;
    expect(outcome.status).toBe(status);
    expect(outcome.stderr).toMatch(/\n\nStopping\. Press Ctrl-C again to stop at once\.\n$/);
    expect([world.mailbox.nameplates, world.mailbox.mailboxes]).toEqual([[], 0]);
  });

  it.each(["sender", "receiver"])("at the %s during a question also ends the other side", async (stopping) => {
    const world = new World();
    writeFileSync(world.at("x"), "content");
    const sender = await world.wormhole(["send", world.at("x")]);
    const receiver = await world.wormhole(["receive", await sender.code()], { isInteractive: true });
    await receiver.says(/ok\? /);
    const [stopped, other] = stopping === "sender" ? [sender, receiver] : [receiver, sender];
    stopped.kill("SIGINT");
    expect((await stopped.outcome).status).toBe(130);
    expect(await other.outcome).toMatchObject({ status: 1, stderr: expect.stringMatching(errorLine(/other side/)) });
  });
});

it("a stalled transfer is reported", async () => {
  const { output, written } = screen();
  const host = { stdin: new PassThrough(), stderr: new PassThrough(), isInteractive: false };
  const questions = new Questions(new Lines(() => host.stdin), output, host);
  const context = { host, output, questions, environment: {}, signal: new AbortController().signal };
  const result: SendResult = { kind: "text" };
  const transfer = {
    code: Promise.resolve("7-a-b"),
    done: Promise.resolve(result),
    async *[Symbol.asyncIterator](): AsyncGenerator<TransferEvent<SendResult>> {
      yield { type: "stalled", waitingFor: "bytes", seconds: 30, since: 0 };
    },
  };
  expect(await converse(transfer, context, { relayUrl: "ws://x", verify: false, showProgress: false, on: {} })).toBe(
    result,
  );
  expect(written.stderr).toBe("No data has moved for 30 seconds. Still waiting.\n");
});
