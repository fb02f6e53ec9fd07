/** The ends of transfers: both sides learn the class of every failure, and a side whose peer has vanished is told. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { TransitError } from "../../src/errors.ts";
import { systemClock } from "../../src/net/clock.ts";
import { receive, sendPath, sendText } from "../../src/node.ts";
import { MemoryMailboxServer, VirtualClock } from "../../src/testing.ts";
import type { Transfer } from "../../src/transfer/api.ts";
import type { Role } from "../../src/transfer/context.ts";
import { ReceivingDialogue, SendingDialogue } from "../../src/transfer/dialogue/dialogue.ts";
import { LocalError } from "../../src/transfer/local-error.ts";
import { meet } from "../../src/transfer/meet.ts";
import { startTransfer } from "../../src/transfer/run.ts";
import { verifyPeer } from "../../src/transfer/verify.ts";
import type { RecordPipe } from "../../src/transit/api.ts";
import { follow, Pair, type Stranger } from "./pair.ts";
import { sandbox } from "./sandbox.ts";

const CODE = "7-crossover-clockwork";

/** A side that fails with `error` at the chosen moment. */
function failing(pair: Pair, role: Role, error: unknown, moment: Moment): Transfer<never> {
  return startTransfer({ ...pair.options, code: CODE }, (context) =>
    meet(context, role, async (meeting) => {
      if (moment === "before the dialogue") throw error;
      if (role === "sender") new SendingDialogue(meeting);
      else new ReceivingDialogue(meeting, () => {});
      if (moment === "after the versions") await verifyPeer(meeting);
      throw error;
    }),
  );
}

type Moment = "before the dialogue" | "before the versions" | "after the versions";
const MOMENTS: readonly Moment[] = ["before the dialogue", "before the versions", "after the versions"];

/** A failure on one side, and what the other side learns. */
const FAILURES: readonly [failure: string, error: unknown, code: string, sentence: RegExp][] = [
  ["a full disk", new LocalError("/home/me/x", "no-space"), "no-space", /its disk is full\.$/],
  ["a name that cannot be kept", new LocalError("/home/me/x", "name-refused"), "name-refused", /refused the name/],
  ["a folder that is missing", new LocalError("/home/me/x", "cannot-store"), "cannot-store", /could not store it\.$/],
  ["a file that has changed", new LocalError("/home/me/x", "source-changed"), "source-changed", /a file has changed/],
  ["damaged data", new LocalError("/home/me/x", "damaged"), "damaged", /arrived damaged/],
  ["a person's no", new LocalError("/home/me/x", "rejected"), "rejected", /rejected the transfer\.$/],
  [
    "a person's no with words",
    new LocalError("no", "rejected", { peerMessage: "not\x1b today" }),
    "rejected",
    /rejected the transfer: not\\x1b today$/,
  ],
  [
    "a foreign verifier",
    new LocalError("no", "verifier-rejected", {
      peerMessage: "sender rejected verification check, abandoned transfer",
    }),
    "verifier-rejected",
    /rejected the verifier/,
  ],
  ["a silence", new LocalError("/home/me/x", "stalled"), "stalled", /waited for too long/],
  ["an offer that is not answered", new LocalError("/home/me/x", "undecided"), "undecided", /no person answered there/],
  ["two equal roles", new LocalError("/home/me/x", "wrong-role"), "wrong-role", /Both sides are trying to/],
  ["a cancelled transfer", new LocalError("/home/me/x", "cancelled"), "cancelled", /cancelled the transfer\.$/],
  ["an abort", AbortSignal.abort().reason, "cancelled", /cancelled the transfer\.$/],
  ["a relay that is down", new TransitError("->relay:tcp:10.0.0.1:9: refused"), "transit", /could not be connected/],
  ["a failure without a class", new LocalError("/home/me/x", "transfer"), "transfer", /failed on the other side\.$/],
  ["a bug", new TypeError("/home/me/x is not a function"), "transfer", /failed on the other side\.$/],
];

describe.each<Role>(["sender", "receiver"])("if the %s fails", (role) => {
  describe.each(MOMENTS)("%s", (moment) => {
    // proves: transfer/failures-reported, transfer/private-failures
    it.each(FAILURES)("because of %s, both sides learn the class at once", async (_, error, code, sentence) => {
      const pair = new Pair();
      const one = failing(pair, role, error, moment);
      const other = role === "sender" ? pair.receive(CODE) : pair.sendText("hello", { code: CODE });
      await expect(one.done).rejects.toBe(error);
      await expect(other.done).rejects.toMatchObject({ code, message: expect.stringMatching(sentence) });
      const { message } = (await other.done.catch((reason: unknown) => reason)) as Error;
      expect(message).not.toMatch(/home|10\.0\.0|other side: .*other side/);
      expect(pair.isClean).toBe(true);
    });
  });
});

// proves: transfer/failures-reported
it.each<Role>(["sender", "receiver"])("the peer hears of an invalid relay, found by the %s", async (role) => {
  const [path, pair] = [join(sandbox(), "f"), new Pair()];
  writeFileSync(path, "hello");
  const bad = { relays: ["ws://relay.example:1"], code: CODE };
  const sender = pair.sendPath(path, role === "sender" ? bad : { code: CODE });
  const receiver = pair.receive(CODE, role === "receiver" ? bad : {});
  void follow(receiver).catch(() => {});
  const outcomes = await Promise.allSettled([sender.done, receiver.done]);
  expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
});

describe("two sides with the same role", () => {
  const path = () => {
    const file = join(sandbox(), "f");
    writeFileSync(file, "hello");
    return file;
  };
  // proves: transfer/two-roles
  it.each<[string, (pair: Pair) => Transfer<unknown>, RegExp]>([
    ["send a text", (pair) => pair.sendText("hello", { code: CODE }), /trying to send.*wormhole receive/],
    ["send a file", (pair) => pair.sendPath(path(), { code: CODE }), /trying to send.*wormhole receive/],
    ["receive", (pair) => pair.receive(CODE), /trying to receive.*wormhole send/],
    ["receive and compare", (pair) => pair.receive(CODE, { verify: true }), /trying to receive.*wormhole send/],
  ])("that %s end at once, on both sides", async (_, start, words) => {
    const pair = new Pair();
    const both = [start(pair), start(pair)];
    for (const one of both) {
      await expect(one.done).rejects.toMatchObject({ code: "wrong-role", message: expect.stringMatching(words) });
    }
    expect(pair.isClean).toBe(true);
  });

  // proves: transfer/two-roles
  it("are recognised although the peer is another program that sends", async () => {
    const pair = new Pair();
    const sender = pair.sendText("hello", { code: CODE });
    const stranger = pair.stranger(CODE, "sender");
    stranger.send({ offer: { message: "hi" } });
    await expect(sender.done).rejects.toMatchObject({ code: "wrong-role" });
    let message = await stranger.receive();
    if (!Object.hasOwn(Object(message), "error")) message = await stranger.receive();
    expect(message).toEqual({ error: expect.stringMatching(/one has to send/) });
  });

  it("announce their role in a way that does no harm", async () => {
    const pair = new Pair();
    const sender = pair.sendText("hello", { code: CODE });
    const stranger = pair.stranger(CODE, "receiver");
    expect(await stranger.wormhole.getVersions()).toEqual({ "wormhole-ts": { role: "sender" } });
    await stranger.receive();
    stranger.send({ answer: { message_ack: "ok" } });
    await sender.done;
  });
});

/** Our side, a stranger as its peer, and a clock of our side. */
function meeting(role: Role) {
  const [clock, pair, folder] = [new VirtualClock(), new Pair(), sandbox()];
  const options = { relayUrl: "ws://memory/v1", platform: { ...pair.options.platform, clock }, code: CODE };
  const path = join(folder, "f");
  writeFileSync(path, new Uint8Array(300_000));
  const own = role === "sender" ? sendPath(path, options) : receive({ ...options, directory: folder });
  const stranger = pair.stranger(CODE, role === "sender" ? "receiver" : "sender");
  const waits: string[] = [];
  void follow(own as Transfer<unknown>, (event) => {
    if (event.type === "stalled") waits.push(`${event.waitingFor} ${event.seconds}`);
  }).catch(() => {});
  let outcome: unknown = "pending";
  own.done.then(
    () => (outcome = "done"),
    (error: unknown) => (outcome = error),
  );
  return { own, clock, pair, stranger, waits, outcome: () => outcome };
}

const offer = { offer: { file: { filename: "b", filesize: 300_000 } } };

async function pipeAsSender(stranger: Stranger): Promise<RecordPipe> {
  await stranger.wormhole.getVersions();
  await stranger.sendHints();
  stranger.send(offer);
  await stranger.takeHints();
  await stranger.receive();
  return stranger.transit.connect();
}

async function pipeAsReceiver(stranger: Stranger): Promise<RecordPipe> {
  await stranger.takeHints();
  await stranger.sendHints();
  await stranger.receive();
  stranger.send({ answer: { file_ack: "ok" } });
  return stranger.transit.connect();
}

/** How far the peer comes before it falls silent, and what our side does about it: it reports a wait, and may end. */
const SILENCES: readonly [
  our: Role,
  peer: string,
  until: (peer: Stranger, pair: Pair) => Promise<unknown>,
  wait: string,
  end: unknown,
][] = [
  ["receiver", "never comes", async ({ wormhole }) => wormhole.close().catch(() => {}), "peer", "pending"],
  ["sender", "never comes", async ({ wormhole }) => wormhole.close().catch(() => {}), "peer", "pending"],
  ["receiver", "proves nothing", async (_, pair) => withoutProof(pair), "proof", { code: "stalled" }],
  ["sender", "proves nothing", async (_, pair) => withoutProof(pair), "proof", { code: "stalled" }],
  ["receiver", "offers nothing", ({ wormhole }) => wormhole.getVersions(), "offer", "pending"],
  ["sender", "answers nothing", ({ wormhole }) => wormhole.getVersions(), "answer", "pending"],
  [
    "receiver",
    "offers and does not connect",
    async (peer) => {
      await peer.wormhole.getVersions();
      peer.send({ transit: { "hints-v1": [] } });
      peer.send(offer);
      await peer.receive();
      await peer.receive();
    },
    "connection",
    { code: "transit" },
  ],
  [
    "sender",
    "accepts and does not connect",
    async (peer) => {
      await peer.receive();
      peer.send({ transit: { "hints-v1": [] } });
      peer.send({ answer: { file_ack: "ok" } });
      await peer.receive();
    },
    "connection",
    { code: "transit" },
  ],
  [
    "receiver",
    "sends a half",
    async (peer) => (await pipeAsSender(peer)).sendRecord(new Uint8Array(100_000)),
    "bytes",
    { code: "stalled" },
  ],
  [
    "sender",
    "takes everything and confirms nothing",
    async (peer) => {
      const pipe = await pipeAsReceiver(peer);
      for await (const _ of pipe.receiveBulk(300_000));
    },
    "confirmation",
    { code: "stalled" },
  ],
];

/** Loses every proof on its way. */
function withoutProof({ server }: Pair): void {
  server.deliver = (message, { side }) => (message.phase === "version" && message.side !== side ? [] : [message]);
}

// proves: transfer/waits-reported, transfer/silence-ends
it.each(SILENCES)("the %s says so if its peer %s", async (role, _, until, wait, end) => {
  const { own, clock, pair, stranger, waits, outcome } = meeting(role);
  const reached = until(stranger, pair);
  // A file is opened in real time, before there is a code.
  await own.code;
  await reached;
  // No event shows when the operating system has delivered the last bytes.
  await new Promise((resolve) => setTimeout(resolve, 50));
  await clock.advance(70_000);
  expect(waits).toContain(`${wait} 5`);
  expect(waits).toContain(`${wait} 15`);
  if (wait !== "connection") expect(waits).toContain(`${wait} 60`);
  await clock.advance(3_700_000);
  if (end === "pending") expect(outcome()).toBe("pending");
  // Removing what had arrived takes real time.
  else await vi.waitFor(() => expect(outcome()).toMatchObject(end as object));
});

// proves: transfer/waits-reported
it("a transfer says so if the mailbox server is away while it waits for the peer", async () => {
  const { clock, pair, waits } = meeting("sender");
  await clock.advance(20_000);
  pair.server.down = true;
  pair.server.drop();
  await clock.advance(100_000);
  expect(waits).toContain("server 5");
  expect(waits).toContain("server 60");
});

// proves: transfer/failures-reported
it.each<Role>(["sender", "receiver"])(
  "a %s that fails just before the peer's proof tells it all the same",
  async (role) => {
    const server = new MemoryMailboxServer({ clock: systemClock, delay: () => 20 });
    const options = { ...new Pair().options, platform: { openMessageSocket: server.openMessageSocket }, code: CODE };
    const controller = new AbortController();
    const { signal } = controller;
    const sender = sendText("x", { ...options, ...(role === "sender" && { signal }) });
    const receiver = receive({ ...options, ...(role === "receiver" && { signal }) });
    const [own, other]: [Transfer<unknown>, Transfer<unknown>] =
      role === "sender" ? [sender, receiver] : [receiver, sender];
    for await (const event of own) if (event.type === "key") break;
    controller.abort();
    await expect(own.done).rejects.toMatchObject({ name: "AbortError" });
    await expect(other.done).rejects.toMatchObject({ code: "cancelled" });
  },
);
