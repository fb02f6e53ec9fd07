import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { TransferError, TransitError } from "../../src/errors.ts";
import { VirtualClock } from "../../src/testing.ts";
import { follow, Pair, type Stranger } from "./pair.ts";
import { sandbox } from "./sandbox.ts";

const CODE = "7-crossover-clockwork";
const hashOf = (text: string) => createHash("sha256").update(text).digest("hex");
const encode = (value: object) => new TextEncoder().encode(JSON.stringify(value));

/** Our receiver, and a stranger who sends. */
function receiving({ clock }: { clock?: VirtualClock } = {}) {
  const inbox = sandbox();
  const pair = new Pair();
  const stranger = pair.stranger(CODE, "sender");
  const platform = { ...pair.options.platform, ...(clock && { clock }) };
  const receiver = pair.receive(CODE, { directory: inbox, platform });
  const following = follow(receiver).catch((error: unknown) => error);
  return { inbox, pair, stranger, receiver, following };
}

/** Our sender, and a stranger who receives. */
async function sending(content = "hello") {
  const path = join(sandbox(), "file");
  writeFileSync(path, content);
  const pair = new Pair();
  const sender = pair.sendPath(path);
  const stranger = pair.stranger(await sender.code, "receiver");
  return { pair, stranger, sender };
}

const offer = (filesize: number) => ({ offer: { file: { filename: "a.txt", filesize } } });

/** The stranger's half up to the connection. */
async function connectAsSender(stranger: Stranger, filesize: number) {
  await stranger.wormhole.getVersions();
  await stranger.sayHints();
  stranger.say(offer(filesize));
  const message = (await stranger.hear()) as { transit: { "hints-v1": unknown[] } };
  stranger.transit.addConnectionHints(message.transit["hints-v1"]);
  expect(await stranger.hear()).toEqual({ answer: { file_ack: "ok" } });
  return stranger.transit.connect();
}

async function connectAsReceiver(stranger: Stranger) {
  await stranger.exchangeHints();
  expect(await stranger.hear()).toHaveProperty("offer");
  stranger.say({ answer: { file_ack: "ok" } });
  return stranger.transit.connect();
}

describe("our receiver and a stranger's sender", () => {
  it("F-1, F-5: transit, then the answer, and the ack with a hash in small letters when all is stored", async () => {
    const { inbox, stranger, receiver } = receiving();
    const pipe = await connectAsSender(stranger, 5);
    await pipe.sendRecord(new TextEncoder().encode("hello"));
    const ack = JSON.parse(Buffer.from(await pipe.receiveRecord()).toString());
    expect(ack).toEqual({ ack: "ok", sha256: hashOf("hello") });
    expect(readFileSync(join(inbox, "a.txt"), "utf8")).toBe("hello");
    await expect(receiver.done).resolves.toMatchObject({ sha256: hashOf("hello") });
  });

  it("F-4: takes the offer before any transit, and both in one message", async () => {
    for (const merged of [false, true]) {
      const { inbox, stranger, receiver } = receiving();
      await stranger.wormhole.getVersions();
      stranger.transit.setTransitKey(
        stranger.wormhole.deriveKey("lothar.com/wormhole/text-or-file-xfer/transit-key", 32),
      );
      const hints = await stranger.transit.getConnectionHints();
      stranger.say({});
      stranger.say({ future: { a: 1 } });
      if (merged) stranger.say({ ...offer(5), transit: { "hints-v1": hints }, more: null });
      else stranger.say(offer(5));
      const message = (await stranger.hear()) as { transit: { "hints-v1": unknown[] } };
      stranger.transit.addConnectionHints(message.transit["hints-v1"]);
      expect(await stranger.hear()).toEqual({ answer: { file_ack: "ok" } });
      if (!merged) stranger.say({ transit: { "hints-v1": hints } });
      const pipe = await stranger.transit.connect();
      await pipe.sendRecord(new TextEncoder().encode("hello"));
      await pipe.receiveRecord();
      await expect(receiver.done).resolves.toMatchObject({ path: join(inbox, "a.txt") });
    }
  });

  it("F-10: takes an empty record for a file of no bytes", async () => {
    const { stranger, receiver } = receiving();
    const pipe = await connectAsSender(stranger, 0);
    await pipe.sendRecord(new Uint8Array(0)).catch(() => {});
    await expect(receiver.done).resolves.toMatchObject({ sha256: hashOf("") });
  });

  it("F-5: more bytes than announced are a failure, with nothing stored", async () => {
    const { inbox, stranger, receiver } = receiving();
    const pipe = await connectAsSender(stranger, 5);
    await pipe.sendRecord(new TextEncoder().encode("hello, world"));
    await expect(receiver.done).rejects.toThrow(/more/);
    expect(readdirSync(inbox)).toEqual([]);
    await expect(pipe.receiveRecord()).rejects.toThrow(TransitError);
  });

  it("F-5: fewer bytes than announced are a failure, with nothing stored", async () => {
    const { inbox, stranger, receiver } = receiving();
    const pipe = await connectAsSender(stranger, 500_000);
    await pipe.sendRecord(new Uint8Array(300_000));
    await pipe.close();
    await expect(receiver.done).rejects.toThrow(TransitError);
    expect(readdirSync(inbox)).toEqual([]);
  });

  it("a sender that is gone in the middle is a failure, with nothing left", async () => {
    const { inbox, stranger, receiver, pair } = receiving();
    const pipe = await connectAsSender(stranger, 5_000_000);
    await pipe.sendRecord(new Uint8Array(1_000_000));
    pipe.destroy();
    await stranger.wormhole.close();
    await expect(receiver.done).rejects.toThrow(TransitError);
    expect(readdirSync(inbox)).toEqual([]);
    expect(pair.isClean).toBe(true);
  });

  it("the stranger's own words, a moment later, are better than a lost connection", async () => {
    const clock = new VirtualClock();
    const { stranger, receiver } = receiving({ clock });
    const pipe = await connectAsSender(stranger, 5_000_000);
    pipe.destroy();
    // The connection's end is in the system's hands: nothing tells when it has arrived.
    await setTimeout(100);
    stranger.say({ error: "the cat pulled the plug" });
    await expect(receiver.done).rejects.toMatchObject({ reason: "the cat pulled the plug" });
  });

  it("SEC-R12: a second offer ends it, also while bytes flow", async () => {
    const { inbox, stranger, receiver } = receiving();
    const pipe = await connectAsSender(stranger, 5_000_000);
    await pipe.sendRecord(new Uint8Array(1000));
    stranger.say({ offer: { file: { filename: "b", filesize: 5 } } });
    await expect(receiver.done).rejects.toThrow(/second offer/);
    expect(readdirSync(inbox)).toEqual([]);
    expect(await stranger.hear()).toEqual({ error: "only one offer can be made" });
  });

  it.each<[string, object | string, RegExp, string | RegExp]>([
    ["something unknown", { offer: { teapot: {} } }, /does not know/, "unknown offer type"],
    [
      "an unknown mode",
      { offer: { directory: { mode: "tar", dirname: "d", zipsize: 1, numbytes: 1, numfiles: 1 } } },
      /does not know/,
      "unknown mode",
    ],
    ["a negative size", { offer: { file: { filename: "a", filesize: -1 } } }, /not a possible size/, /failed/],
    ["an impossible size", '{"offer":{"file":{"filename":"a","filesize":1e400}}}', /not a possible size/, /failed/],
    ["no JSON", "hello", /not a JSON object/, /failed/],
    ["no name", { offer: { file: { filename: "..", filesize: 1 } } }, /refused/, /failed/],
    ["more than there is room for", offer(2 ** 53 - 1), /not enough space/, "receiver disk full"],
    ["a refusal", { error: "changed my mind\x1b[2J" }, /gave up the transfer: changed my mind\\x1b\[2J$/, ""],
  ])("%s is refused, and the stranger is told", async (_, message, words, told) => {
    const { inbox, stranger, receiver, following } = receiving();
    stranger.say(message);
    await expect(receiver.done).rejects.toThrow(TransferError);
    await expect(receiver.done).rejects.toThrow(words);
    expect(await following).toBeInstanceOf(TransferError);
    expect(readdirSync(inbox)).toEqual([]);
    if (told !== "") expect(await stranger.hear()).toEqual({ error: expect.stringMatching(told) });
  });

  it("a folder whose archive is a trap is refused, and the sender's wait ends", async () => {
    const { inbox, stranger, receiver } = receiving();
    await stranger.wormhole.getVersions();
    await stranger.sayHints();
    const zip = randomBytes(500);
    stranger.say({
      offer: { directory: { mode: "zipfile/deflated", dirname: "d", zipsize: 500, numbytes: 9, numfiles: 1 } },
    });
    const message = (await stranger.hear()) as { transit: { "hints-v1": unknown[] } };
    stranger.transit.addConnectionHints(message.transit["hints-v1"]);
    await stranger.hear();
    const pipe = await stranger.transit.connect();
    await pipe.sendRecord(zip);
    await expect(pipe.receiveRecord()).rejects.toThrow(TransitError);
    await expect(receiver.done).rejects.toThrow(/cannot be unpacked/);
    expect(await stranger.hear()).toHaveProperty("error");
    expect(readdirSync(inbox)).toEqual([]);
  });
});

describe("our sender and a stranger's receiver", () => {
  it("F-3: takes the receiver's transit before its own offer, as Rust sends it, and hints after the answer", async () => {
    const { stranger, sender } = await sending();
    await stranger.wormhole.getVersions();
    await stranger.sayHints();
    const message = (await stranger.hear()) as { transit: { "hints-v1": unknown[] } };
    stranger.transit.addConnectionHints(message.transit["hints-v1"]);
    await stranger.hear();
    stranger.say({ answer: { file_ack: "ok" } });
    stranger.say({ transit: { "hints-v1": [] } });
    const pipe = await stranger.transit.connect();
    await pipe.receiveRecord();
    await pipe.sendRecord(encode({ ack: "ok", sha256: hashOf("hello").toUpperCase() }));
    await expect(sender.done).resolves.toMatchObject({ sha256: hashOf("hello") });
  });

  it("F-10: sends no record for a file of no bytes", async () => {
    const { stranger, sender } = await sending("");
    const pipe = await connectAsReceiver(stranger);
    await pipe.sendRecord(encode({ ack: "ok", sha256: hashOf("") }));
    await expect(sender.done).resolves.toMatchObject({ sha256: hashOf("") });
    await expect(pipe.receiveRecord()).rejects.toThrow(TransitError);
  });

  it.each<[string, object | string, RegExp | null]>([
    ["an ack of an old Python, without a hash", { ack: "ok" }, null],
    ["SEC-X2: another hash", { ack: "ok", sha256: hashOf("other") }, /checksums differ/],
    ["SEC-X2: no ok", { ack: "failed\x1b", sha256: hashOf("hello") }, /did not store what was sent: failed\\x1b/],
    ["SEC-X2: no ack at all", { sha256: hashOf("hello") }, /'ack' is missing/],
    ["SEC-X2: no JSON", "ok", /not a JSON object/],
    ["SEC-X2: a list", "[]", /not a JSON object/],
  ])("F-6: %s", async (_, ack, words) => {
    const { stranger, sender } = await sending();
    const pipe = await connectAsReceiver(stranger);
    await pipe.receiveRecord();
    await pipe.sendRecord(typeof ack === "string" ? new TextEncoder().encode(ack) : encode(ack));
    if (words === null) await expect(sender.done).resolves.toMatchObject({ kind: "file" });
    else await expect(sender.done).rejects.toThrow(words);
  });

  it("a receiver that is gone before the ack is a failure at once", async () => {
    const { stranger, sender } = await sending();
    const pipe = await connectAsReceiver(stranger);
    await pipe.receiveRecord();
    pipe.destroy();
    await expect(sender.done).rejects.toThrow(TransitError);
  });

  it.each<[string, object, RegExp]>([
    ["a rejection", { error: "transfer rejected" }, /rejected the transfer/],
    ["an answer to something else", { answer: { message_ack: "ok" } }, /something else/],
    ["an answer that is no", { answer: { file_ack: "no" } }, /instead of ok/],
  ])("%s", async (_, message, words) => {
    const { stranger, sender, pair } = await sending();
    await stranger.hear();
    await stranger.hear();
    stranger.say(message);
    await expect(sender.done).rejects.toThrow(words);
    await stranger.wormhole.close();
    expect(pair.isClean).toBe(true);
  });

  it("SEC-X1: a receiver that stops reading is noticed, and given up", async () => {
    const path = join(sandbox(), "large");
    writeFileSync(path, new Uint8Array(64 << 20));
    const clock = new VirtualClock();
    const pair = new Pair();
    const platform = { ...pair.options.platform, clock };
    const sender = pair.sendPath(path, { platform });
    const stranger = pair.stranger(await sender.code, "receiver");
    const pipe = await connectAsReceiver(stranger);
    await pipe.receiveRecord();
    const events = sender[Symbol.asyncIterator]();
    const stalled = (async () => {
      for (let event = await events.next(); !event.done; event = await events.next()) {
        if (event.value.type === "stalled") return event.value.seconds;
      }
      return undefined;
    })();
    let over = false;
    const passing = (async () => {
      while (!over) await clock.advance(1_000);
    })();
    expect(await stalled).toBe(60);
    await expect(sender.done).rejects.toThrow(/120 seconds/);
    over = true;
    await passing;
  });
});

describe("giving up", () => {
  const reason = new Error("enough of it");

  it.each(["before the code", "before the other side comes", "while the other side is asked"])(
    "the sender, %s",
    async (moment) => {
      const { path, pair } = { path: join(sandbox(), "f"), pair: new Pair() };
      writeFileSync(path, "hello");
      const controller = new AbortController();
      const sender = pair.sendPath(path, { signal: controller.signal });
      if (moment === "before the code") controller.abort(reason);
      const code = await sender.code.catch(() => "");
      if (moment === "before the other side comes") controller.abort(reason);
      if (moment === "while the other side is asked") {
        const receiver = pair.receive(code);
        for await (const event of receiver) if (event.type === "offer") break;
        controller.abort(reason);
        await expect(receiver.done).rejects.toMatchObject({ reason: "transfer cancelled" });
      }
      await expect(sender.done).rejects.toBe(reason);
      expect(pair.isClean).toBe(true);
    },
  );

  it.each(["sender", "receiver"])(
    "the %s, in the middle: the other side hears it, and nothing is left",
    async (who) => {
      const [outbox, inbox, pair] = [sandbox(), sandbox(), new Pair()];
      const path = join(outbox, "f");
      writeFileSync(path, randomBytes(30_000_000));
      const controller = new AbortController();
      const signal = (side: string) => (side === who ? { signal: controller.signal } : {});
      const sender = pair.sendPath(path, signal("sender"));
      const receiver = pair.receive(await sender.code, { directory: inbox, ...signal("receiver") });
      const following = [
        follow(sender).catch(() => {}),
        follow(receiver, (event) => event.type === "progress" && controller.abort(reason)).catch(() => {}),
      ];
      const [own, other] = who === "sender" ? [sender, receiver] : [receiver, sender];
      await expect(own.done).rejects.toBe(reason);
      await expect(other.done).rejects.toMatchObject({ reason: "transfer cancelled" });
      await Promise.all(following);
      expect(readdirSync(inbox)).toEqual([]);
      expect(pair.isClean).toBe(true);
    },
  );

  it("a signal that has aborted already starts nothing", async () => {
    const pair = new Pair();
    const transfer = pair.sendText("hello", { signal: AbortSignal.abort(reason) });
    await expect(transfer.done).rejects.toBe(reason);
    await expect(transfer.code).rejects.toBe(reason);
    expect(pair.server.received).toEqual([]);
  });

  it("the entry of the code is taken back", async () => {
    const pair = new Pair();
    const controller = new AbortController();
    const { code: _, ...options } = { ...pair.options, code: "" };
    const { receive } = await import("../../src/node.ts");
    let taken = false;
    const transfer = receive({
      ...options,
      signal: controller.signal,
      enterCode: (_input, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => {
            taken = true;
            reject(signal.reason);
          });
          controller.abort(reason);
        }),
    });
    await expect(transfer.done).rejects.toBe(reason);
    expect(taken).toBe(true);
  });
});

it("a mailbox server that goes away while bytes flow does no harm", async () => {
  const [outbox, inbox, pair] = [sandbox(), sandbox(), new Pair()];
  const path = join(outbox, "f");
  writeFileSync(path, randomBytes(10_000_000));
  const sender = pair.sendPath(path);
  const receiver = pair.receive(await sender.code, { directory: inbox });
  void follow(receiver, (event) => {
    if (event.type === "connected") {
      pair.server.down = true;
      pair.server.drop();
    }
  }).catch(() => {});
  mkdirSync(join(inbox, "x"));
  await expect(receiver.done).resolves.toMatchObject({ kind: "file" });
  await expect(sender.done).resolves.toMatchObject({ kind: "file" });
});
