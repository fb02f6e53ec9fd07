/** Transfers with a peer that sends the messages of the test, as other programs do. What hostile ones do is in `test/hostile/`. */
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { TransitError } from "../../src/errors.ts";
import { receive } from "../../src/node.ts";
import { VirtualClock } from "../../src/testing.ts";
import type { RecordPipe } from "../../src/transit/api.ts";
import { follow, Pair, type Stranger } from "./pair.ts";
import { sandbox } from "./sandbox.ts";
import { connectAsReceiver, connectAsSender, encode, hashOf, offer, receiving, sending } from "./stranger-pairs.ts";

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
