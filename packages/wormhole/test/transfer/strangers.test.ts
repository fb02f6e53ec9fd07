/** Transfers with a peer that sends the messages of the test, as other programs, broken ones and hostile ones do. */
import { createHash, randomBytes } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { TransferError, TransitError } from "../../src/errors.ts";
import { receive } from "../../src/node.ts";
import { VirtualClock } from "../../src/testing.ts";
import type { RecordPipe } from "../../src/transit/api.ts";
import { follow, Pair, type Stranger } from "./pair.ts";
import { sandbox } from "./sandbox.ts";

const CODE = "7-crossover-clockwork";
const hashOf = (text: string) => createHash("sha256").update(text).digest("hex");
const encode = (value: object) => new TextEncoder().encode(JSON.stringify(value));

/** Our receiver, and a stranger that sends. */
function receiving({ clock }: { clock?: VirtualClock } = {}) {
  const inbox = sandbox();
  const pair = new Pair();
  const stranger = pair.stranger(CODE, "sender");
  const platform = { ...pair.options.platform, ...(clock && { clock }) };
  const receiver = pair.receive(CODE, { directory: inbox, platform });
  const following = follow(receiver).catch((error: unknown) => error);
  return { inbox, pair, stranger, receiver, following };
}

/** Our sender, and a stranger that receives. */
async function sending(content = "hello") {
  const path = join(sandbox(), "file");
  writeFileSync(path, content);
  const pair = new Pair();
  const sender = pair.sendPath(path);
  const stranger = pair.stranger(await sender.code, "receiver");
  return { pair, stranger, sender };
}

const offer = (filesize: number) => ({ offer: { file: { filename: "a.txt", filesize } } });

/** Makes an offer as the stranger, and connects. */
async function connectAsSender(stranger: Stranger, filesize: number) {
  await stranger.wormhole.getVersions();
  await stranger.sendHints();
  stranger.send(offer(filesize));
  await stranger.takeHints();
  expect(await stranger.receive()).toEqual({ answer: { file_ack: "ok" } });
  return stranger.transit.connect();
}

/** Accepts the offer as the stranger, and connects. */
async function connectAsReceiver(stranger: Stranger) {
  await stranger.takeHints();
  await stranger.sendHints();
  expect(await stranger.receive()).toHaveProperty("offer");
  stranger.send({ answer: { file_ack: "ok" } });
  return stranger.transit.connect();
}

describe("our receiver and a stranger's sender", () => {
  // proves: transfer/transit-first, transfer/acknowledged-when-stored
  it("sends transit, the answer, and an acknowledgement in lower case when all is stored", async () => {
    const { inbox, stranger, receiver } = receiving();
    const pipe = await connectAsSender(stranger, 5);
    await pipe.sendRecord(new TextEncoder().encode("hello"));
    const ack = JSON.parse(Buffer.from(await pipe.receiveRecord()).toString());
    expect(ack).toEqual({ ack: "ok", sha256: hashOf("hello") });
    expect(readFileSync(join(inbox, "a.txt"), "utf8")).toBe("hello");
    await expect(receiver.done).resolves.toMatchObject({ sha256: hashOf("hello") });
  });

  // proves: transfer/hints-any-time
  it("accepts the offer before any transit, and both in one message", async () => {
    for (const merged of [false, true]) {
      const { inbox, stranger, receiver } = receiving();
      await stranger.wormhole.getVersions();
      stranger.transit.setTransitKey(
        stranger.wormhole.deriveKey("lothar.com/wormhole/text-or-file-xfer/transit-key", 32),
      );
      const hints = await stranger.transit.getConnectionHints();
      stranger.send({});
      stranger.send({ future: { a: 1 } });
      if (merged) stranger.send({ ...offer(5), transit: { "hints-v1": hints }, more: null });
      else stranger.send(offer(5));
      await stranger.takeHints();
      expect(await stranger.receive()).toEqual({ answer: { file_ack: "ok" } });
      if (!merged) stranger.send({ transit: { "hints-v1": hints } });
      const pipe = await stranger.transit.connect();
      await pipe.sendRecord(new TextEncoder().encode("hello"));
      await pipe.receiveRecord();
      await expect(receiver.done).resolves.toMatchObject({ path: join(inbox, "a.txt") });
    }
  });

  it("accepts an empty record for an empty file", async () => {
    const { stranger, receiver } = receiving();
    const pipe = await connectAsSender(stranger, 0);
    await pipe.sendRecord(new Uint8Array(0)).catch(() => {});
    await expect(receiver.done).resolves.toMatchObject({ sha256: hashOf("") });
  });

  // proves: transfer/exact-size
  it("fails if more bytes come than announced, and stores nothing", async () => {
    const { inbox, stranger, receiver } = receiving();
    const pipe = await connectAsSender(stranger, 5);
    await pipe.sendRecord(new TextEncoder().encode("hello, world"));
    await expect(receiver.done).rejects.toThrow(/more/);
    expect(readdirSync(inbox)).toEqual([]);
    await expect(pipe.receiveRecord()).rejects.toThrow(TransitError);
  });

  // proves: transfer/exact-size
  it.each([
    [5, "a record", "x"],
    [5, "an acknowledgement", '{"ack":"ok"}'],
    [0, "a record", "x"],
  ])("fails if %d announced bytes are followed by %s, and stores nothing", async (size, _, more) => {
    const { inbox, stranger, receiver } = receiving();
    const pipe = await connectAsSender(stranger, size);
    if (size > 0) await pipe.sendRecord(new TextEncoder().encode("hello"));
    await pipe.sendRecord(new TextEncoder().encode(more));
    await expect(receiver.done).rejects.toMatchObject({ code: "damaged", message: expect.stringMatching(/more/) });
    expect(readdirSync(inbox)).toEqual([]);
    expect(await stranger.receive()).toEqual({ error: "the data arrived damaged" });
  });

  // proves: transfer/arrived-is-kept
  it.each<[string, (stranger: Stranger, pipe: RecordPipe) => void]>([
    ["the connection is lost", (_, pipe) => pipe.destroy()],
    ["the sender gives up", (stranger) => stranger.send({ error: "the connection was lost" })],
    [
      "both happen",
      (stranger, pipe) => {
        stranger.send({ error: "the connection was lost" });
        pipe.destroy();
      },
    ],
  ])("keeps what has arrived if %s while it is stored", async (_, trouble) => {
    const { inbox, stranger, receiver } = receiving();
    const pipe = await connectAsSender(stranger, 5);
    void follow(receiver, (event) => event.type === "finishing" && trouble(stranger, pipe)).catch(() => {});
    await pipe.sendRecord(new TextEncoder().encode("hello"));
    await expect(receiver.done).resolves.toMatchObject({ sha256: hashOf("hello") });
    expect(readFileSync(join(inbox, "a.txt"), "utf8")).toBe("hello");
  });

  // proves: transfer/exact-size
  it("fails if fewer bytes come than announced, and stores nothing", async () => {
    const { inbox, stranger, receiver } = receiving();
    const pipe = await connectAsSender(stranger, 500_000);
    await pipe.sendRecord(new Uint8Array(300_000));
    await pipe.close();
    await expect(receiver.done).rejects.toThrow(TransitError);
    expect(readdirSync(inbox)).toEqual([]);
  });

  it("fails if the sender disappears in the middle, and leaves nothing behind", async () => {
    const { inbox, stranger, receiver, pair } = receiving();
    const pipe = await connectAsSender(stranger, 5_000_000);
    await pipe.sendRecord(new Uint8Array(1_000_000));
    pipe.destroy();
    await stranger.wormhole.close();
    await expect(receiver.done).rejects.toThrow(TransitError);
    expect(readdirSync(inbox)).toEqual([]);
    expect(pair.isClean).toBe(true);
  });

  it("reports the peer's reason, if it follows soon after the connection was lost", async () => {
    const clock = new VirtualClock();
    const { stranger, receiver } = receiving({ clock });
    const pipe = await connectAsSender(stranger, 5_000_000);
    pipe.destroy();
    // No event shows when the operating system has delivered the end of the connection.
    await setTimeout(100);
    stranger.send({ error: "the cat pulled the plug" });
    await expect(receiver.done).rejects.toMatchObject({ reason: "the cat pulled the plug" });
  });

  // proves: transfer/one-offer
  it("ends with a second offer, even while bytes flow", async () => {
    const { inbox, stranger, receiver } = receiving();
    const pipe = await connectAsSender(stranger, 5_000_000);
    await pipe.sendRecord(new Uint8Array(1000));
    stranger.send({ offer: { file: { filename: "b", filesize: 5 } } });
    await expect(receiver.done).rejects.toThrow(/second offer/);
    expect(readdirSync(inbox)).toEqual([]);
    expect(await stranger.receive()).toEqual({ error: "only one offer can be made" });
  });

  it.each<[string, object | string, RegExp, string | RegExp]>([
    ["an unknown offer", { offer: { teapot: {} } }, /does not support/, "unknown offer type"],
    [
      "an unknown mode",
      { offer: { directory: { mode: "tar", dirname: "d", zipsize: 1, numbytes: 1, numfiles: 1 } } },
      /does not support/,
      "unknown mode",
    ],
    ["a negative size", { offer: { file: { filename: "a", filesize: -1 } } }, /not a valid size/, /failed/],
    ["an impossible size", '{"offer":{"file":{"filename":"a","filesize":1e400}}}', /not a valid size/, /failed/],
    ["a text that is not JSON", "hello", /not a JSON object/, /failed/],
    [
      "a name that is not one",
      { offer: { file: { filename: "..", filesize: 1 } } },
      /refused/,
      "the receiver refused the name",
    ],
    ["more bytes than the disk has", offer(2 ** 53 - 1), /not enough space/, "receiver disk full"],
    ["an answer", { answer: { file_ack: "ok" } }, /a message that does not belong here/, /failed/],
    ["an error", { error: "changed my mind\x1b[2J" }, /gave up the transfer: changed my mind\\x1b\[2J$/, ""],
  ])("ends with %s, and informs the peer", async (_, message, words, peerMessage) => {
    const { inbox, stranger, receiver, following } = receiving();
    stranger.send(message);
    await expect(receiver.done).rejects.toThrow(TransferError);
    await expect(receiver.done).rejects.toThrow(words);
    expect(await following).toBeInstanceOf(TransferError);
    expect(readdirSync(inbox)).toEqual([]);
    if (peerMessage !== "") {
      expect(await stranger.receive()).toEqual({ error: expect.stringMatching(peerMessage) });
    }
  });

  it("refuses a folder whose archive is invalid, and ends the sender's wait", async () => {
    const { inbox, stranger, receiver } = receiving();
    await stranger.wormhole.getVersions();
    await stranger.sendHints();
    const zip = randomBytes(500);
    stranger.send({
      offer: { directory: { mode: "zipfile/deflated", dirname: "d", zipsize: 500, numbytes: 9, numfiles: 1 } },
    });
    await stranger.takeHints();
    await stranger.receive();
    const pipe = await stranger.transit.connect();
    await pipe.sendRecord(zip);
    await expect(pipe.receiveRecord()).rejects.toThrow(TransitError);
    await expect(receiver.done).rejects.toThrow(/^The received folder cannot be unpacked: /);
    expect(await stranger.receive()).toHaveProperty("error");
    expect(readdirSync(inbox)).toEqual([]);
  });
});

describe("our sender and a stranger's receiver", () => {
  // proves: transfer/hints-any-time
  it("accepts transit before its own offer, as Rust sends it, and hints after the answer", async () => {
    const { stranger, sender } = await sending();
    await stranger.wormhole.getVersions();
    await stranger.sendHints();
    await stranger.takeHints();
    await stranger.receive();
    stranger.send({ answer: { file_ack: "ok" } });
    stranger.send({ transit: { "hints-v1": [] } });
    const pipe = await stranger.transit.connect();
    await pipe.receiveRecord();
    await pipe.sendRecord(encode({ ack: "ok", sha256: hashOf("hello").toUpperCase() }));
    await expect(sender.done).resolves.toMatchObject({ sha256: hashOf("hello") });
  });

  it("sends no record for an empty file", async () => {
    const { stranger, sender } = await sending("");
    const pipe = await connectAsReceiver(stranger);
    await pipe.sendRecord(encode({ ack: "ok", sha256: hashOf("") }));
    await expect(sender.done).resolves.toMatchObject({ sha256: hashOf("") });
    await expect(pipe.receiveRecord()).rejects.toThrow(TransitError);
  });

  // proves: transfer/acknowledgement-checked
  it.each<[string, object | string, RegExp | null]>([
    ["an acknowledgement without a hash, as of old Python programs", { ack: "ok" }, null],
    ["another hash", { ack: "ok", sha256: hashOf("other") }, /checksums differ/],
    [
      "an acknowledgement that is not ok",
      { ack: "failed\x1b", sha256: hashOf("hello") },
      /did not store the data: failed\\x1b/,
    ],
    ["a record without an acknowledgement", { sha256: hashOf("hello") }, /'ack' is missing/],
    ["a hash that is a number", { ack: "ok", sha256: 5 }, /'sha256' is missing or not a string/],
    ["a hash that is null", { ack: "ok", sha256: null }, /'sha256' is missing or not a string/],
    ["a record that is not JSON", "ok", /not a JSON object/],
    ["a list", "[]", /not a JSON object/],
  ])("checks the last record: %s", async (_, ack, words) => {
    const { stranger, sender } = await sending();
    const pipe = await connectAsReceiver(stranger);
    await pipe.receiveRecord();
    await pipe.sendRecord(typeof ack === "string" ? new TextEncoder().encode(ack) : encode(ack));
    if (words === null) await expect(sender.done).resolves.toMatchObject({ kind: "file" });
    else await expect(sender.done).rejects.toThrow(words);
  });

  it("says that everything was sent if the receiver disappears before its acknowledgement", async () => {
    const { stranger, sender } = await sending();
    const pipe = await connectAsReceiver(stranger);
    await pipe.receiveRecord();
    pipe.destroy();
    await expect(sender.done).rejects.toThrow(TransitError);
    await expect(sender.done).rejects.toThrow(/^Everything was sent, but the connection was lost before/);
  });

  it.each([true, false])("says whether the peer's copy was compared: %s", async (compared) => {
    const { stranger, sender } = await sending();
    const pipe = await connectAsReceiver(stranger);
    await pipe.receiveRecord();
    const types: string[] = [];
    const following = follow(sender, (event) => event.type === "notice" && types.push(event.notice));
    await pipe.sendRecord(encode({ ack: "ok", ...(compared && { sha256: hashOf("hello") }) }));
    await following;
    expect(types).toEqual(compared ? [] : ["unverified"]);
  });

  it.each<[string, object, RegExp]>([
    ["a rejection", { error: "transfer rejected" }, /rejected the transfer/],
    ["an answer to another kind of offer", { answer: { message_ack: "ok" } }, /does not match the offer/],
    ["an answer other than ok", { answer: { file_ack: "no" } }, /instead of ok/],
  ])("ends with %s", async (_, message, words) => {
    const { stranger, sender, pair } = await sending();
    await stranger.receive();
    await stranger.receive();
    stranger.send(message);
    await expect(sender.done).rejects.toThrow(words);
    await stranger.wormhole.close();
    expect(pair.isClean).toBe(true);
  });

  // proves: transfer/silence-ends
  it("reports a receiver that stops reading at growing intervals, and gives up after an hour", async () => {
    const path = join(sandbox(), "large");
    writeFileSync(path, new Uint8Array(64 << 20));
    const clock = new VirtualClock();
    const pair = new Pair();
    const platform = { ...pair.options.platform, clock };
    const sender = pair.sendPath(path, { platform });
    const stranger = pair.stranger(await sender.code, "receiver");
    const pipe = await connectAsReceiver(stranger);
    await pipe.receiveRecord();
    const waits: string[] = [];
    const following = follow(sender, (event) => {
      if (event.type === "stalled" && event.waitingFor === "bytes") waits.push(`${event.seconds}`);
    }).catch(() => {});
    const ended = sender.done.catch((error: unknown) => error);
    let over = false;
    void following.then(() => {
      over = true;
    });
    while (!over) await clock.advance(5_000);
    expect(waits.slice(0, 5)).toEqual(["5", "15", "60", "120", "180"]);
    expect(await ended).toMatchObject({ code: "stalled", message: expect.stringMatching(/an hour/) });
  });
});

describe("an aborted signal", () => {
  const reason = new Error("enough of it");

  // proves: transfer/abort-ends
  it.each(["before the code", "before the peer comes", "while the peer is asked"])(
    "ends the sender %s",
    async (moment) => {
      const [path, pair] = [join(sandbox(), "f"), new Pair()];
      writeFileSync(path, "hello");
      const controller = new AbortController();
      const sender = pair.sendPath(path, { signal: controller.signal });
      if (moment === "before the code") controller.abort(reason);
      const code = await sender.code.catch(() => "");
      if (moment === "before the peer comes") controller.abort(reason);
      if (moment === "while the peer is asked") {
        const receiver = pair.receive(code);
        for await (const event of receiver) if (event.type === "offer") break;
        controller.abort(reason);
        await expect(receiver.done).rejects.toMatchObject({ reason: "transfer cancelled" });
      }
      await expect(sender.done).rejects.toBe(reason);
      expect(pair.isClean).toBe(true);
    },
  );

  // proves: transfer/abort-ends, transfer/failures-reported
  it.each(["sender", "receiver"])(
    "ends the %s in the middle, informs the peer, and leaves nothing behind",
    async (aborted) => {
      const [outbox, inbox, pair] = [sandbox(), sandbox(), new Pair()];
      const path = join(outbox, "f");
      writeFileSync(path, randomBytes(30_000_000));
      const controller = new AbortController();
      const signal = (side: string) => (side === aborted ? { signal: controller.signal } : {});
      const sender = pair.sendPath(path, signal("sender"));
      const receiver = pair.receive(await sender.code, { directory: inbox, ...signal("receiver") });
      const following = [
        follow(sender).catch(() => {}),
        follow(receiver, (event) => event.type === "progress" && controller.abort(reason)).catch(() => {}),
      ];
      const [own, other] = aborted === "sender" ? [sender, receiver] : [receiver, sender];
      await expect(own.done).rejects.toBe(reason);
      await expect(other.done).rejects.toMatchObject({ reason: "transfer cancelled" });
      await Promise.all(following);
      expect(readdirSync(inbox)).toEqual([]);
      expect(pair.isClean).toBe(true);
    },
  );

  it("starts nothing if it has aborted before", async () => {
    const pair = new Pair();
    const transfer = pair.sendText("hello", { signal: AbortSignal.abort(reason) });
    await expect(transfer.done).rejects.toBe(reason);
    await expect(transfer.code).rejects.toBe(reason);
    expect(pair.server.received).toEqual([]);
  });

  it("ends the entry of the code", async () => {
    const pair = new Pair();
    const controller = new AbortController();
    let entryEnded = false;
    const transfer = receive({
      ...pair.options,
      signal: controller.signal,
      enterCode: (_input, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => {
            entryEnded = true;
            reject(signal.reason);
          });
          controller.abort(reason);
        }),
    });
    await expect(transfer.done).rejects.toBe(reason);
    expect(entryEnded).toBe(true);
  });
});

it("an error of the mailbox server ends both the promise and the iteration", async () => {
  const { pair, stranger, sender } = await sending();
  const following = follow(sender).catch((error: unknown) => error);
  await stranger.takeHints();
  expect(await stranger.receive()).toHaveProperty("offer");
  pair.server.say({ type: "error", error: "crowded", orig: {} });
  await expect(sender.done).rejects.toMatchObject({ code: "crowded", reason: "crowded" });
  expect(await following).toMatchObject({ code: "crowded" });
});

it("a transfer survives the loss of the mailbox server once bytes flow", async () => {
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
  await expect(receiver.done).resolves.toMatchObject({ kind: "file" });
  await expect(sender.done).resolves.toMatchObject({ kind: "file" });
  expect(pair.server.down).toBe(true);
});
