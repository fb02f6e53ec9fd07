/** The output and the questions that `send` and `receive` share, in whole runs of the program. */
import { writeFileSync } from "node:fs";
import { PassThrough } from "node:stream";
import type { SendResult, TransferEvent, WaitingFor } from "@wormhole-ts/wormhole/node";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { type ConversationOptions, converse } from "../../src/commands/conversation.ts";
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
    [[], /Sending [^\n]+\.\.\.\n[\s\S]*1\.0 MB in less than a second\nConfirmation received/],
    [["--hide-progress"], /Sending [^\n]+\.\.\.\nAll data has left[^\n]+\nConfirmation received/],
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

/** Shows made-up events, and returns what is written. */
async function shown(
  events: readonly TransferEvent<SendResult>[],
  options: Partial<ConversationOptions<SendResult>> & { isTerminal?: boolean; columns?: number } = {},
): Promise<string> {
  const { output, written } = screen(options);
  const host = { stdin: new PassThrough(), stderr: new PassThrough(), isInteractive: false };
  const questions = new Questions(new Lines(() => host.stdin), output, host);
  const context = { host, output, questions, environment: {}, signal: new AbortController().signal };
  const result: SendResult = { kind: "text" };
  const transfer = {
    code: Promise.resolve("7-a-b"),
    done: Promise.resolve(result),
    async *[Symbol.asyncIterator](): AsyncGenerator<TransferEvent<SendResult>> {
      yield* events;
    },
  };
  const conversation = {
    relayUrl: "ws://x",
    role: "receiver",
    joins: true,
    verify: false,
    showProgress: true,
    on: {},
  } as const;
  await converse(transfer, context, { ...conversation, ...options });
  return written.stderr;
}

describe("a long wait", () => {
  const stalled = (waitingFor: WaitingFor, seconds: number) =>
    ({ type: "stalled", waitingFor, seconds, since: 0 }) as const;
  const code = { type: "code", code: "7-a-b" } as const;

  it("is a line at every report in a log", async () => {
    const events = [stalled("bytes", 5), stalled("bytes", 15), stalled("bytes", 60)];
    expect((await shown(events)).split("\n")).toEqual([
      "No data has arrived for 5 seconds. Still waiting.",
      "No data has arrived for 15 seconds. Still waiting.",
      "No data has arrived for 1 minute. Still waiting.",
      "",
    ]);
  });

  it("for the server ends with a line", async () => {
    const events = [stalled("server", 5), stalled("peer", 0), stalled("peer", 15)];
    expect(await shown(events, { isTerminal: true })).toMatch(
      /The mailbox server can be reached again\.\n[\s\S]*15 seconds/,
    );
  });

  it("is explained once on a narrow terminal, and then counted in place", async () => {
    const text = await shown([code, stalled("peer", 5), stalled("peer", 60)], { isTerminal: true, columns: 40 });
    expect(text).toMatch(/^No sender waits at number 7[\s\S]+\n\r\u001b\[KStill waiting \(1 minute\)\.\r\u001b\[K$/);
  });

  it("stands in one line that is replaced, where there is room for it", async () => {
    const text = await shown([stalled("offer", 60)], { isTerminal: true, columns: 200 });
    expect(text).toMatch(
      /^\r\u001b\[KThe other side is connected, but has offered nothing for 1 minute\.[^\n]+\r\u001b\[K$/,
    );
  });

  it("is left to the bar while there is one", async () => {
    const progress = { type: "progress", bytes: 1, total: 10 } as const;
    const text = await shown([progress, stalled("bytes", 60), { type: "finishing" }], { isTerminal: true });
    expect(text).not.toContain("No data");
  });
});

describe("every event that a person should know has a line", () => {
  it.each<[TransferEvent<SendResult>, RegExp]>([
    [{ type: "notice", notice: "renamed", path: "a:b", storedAs: "a_b" }, /^'a:b' is stored as 'a_b'\.\n$/],
    [{ type: "notice", notice: "unverified" }, /no checksum/],
    [{ type: "skipped", path: "d/x\u001b", reason: "it is a pipe" }, /^Skipping 'd\/x\\x1b': it is a pipe\.\n$/],
  ])("%j", async (event, words) => {
    expect(await shown([event])).toMatch(words);
  });
});

it("what is waited for is said after a second, and not before", async () => {
  const { output, written } = screen();
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const host = { stdin: new PassThrough(), stderr: new PassThrough(), isInteractive: false };
  const questions = new Questions(new Lines(() => host.stdin), output, host);
  const context = { host, output, questions, environment: {}, signal: new AbortController().signal };
  const result: SendResult = { kind: "text" };
  const steps: (() => Promise<TransferEvent<SendResult> | undefined>)[] = [
    async () => vi.advanceTimersByTime(999) && undefined,
    async () => ({ type: "welcome", welcome: {} }),
    async () => ({ type: "code", code: "7-a-b" }),
    async () => vi.advanceTimersByTime(1_000) && undefined,
    async () => ({ type: "key" }),
    async () => vi.advanceTimersByTime(1_000) && undefined,
    async () => ({ type: "versions", versions: {} }),
    async () => vi.advanceTimersByTime(1_000) && undefined,
  ];
  const transfer = {
    code: Promise.resolve("7-a-b"),
    done: Promise.resolve(result),
    async *[Symbol.asyncIterator](): AsyncGenerator<TransferEvent<SendResult>> {
      for (const step of steps) {
        const event = await step();
        if (event !== undefined) yield event;
      }
    },
  };
  await converse(transfer, context, {
    relayUrl: "ws://x",
    role: "receiver",
    joins: true,
    verify: false,
    showProgress: true,
    on: {},
  });
  expect(written.stderr.split("\n")).toEqual([
    "Waiting for sender...",
    "The other side has joined. Waiting until it has proved that it has the same code...",
    "The other side is connected. Waiting for its offer...",
    "",
  ]);
});
