/** Whole transfers between two sides of this library. */
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { TransferError, UnsendableFileError, WrongPasswordError } from "../../src/errors.ts";
import type { ReceiveOptions, Transfer } from "../../src/transfer/api.ts";
import { createWormhole } from "../../src/wormhole/create.ts";
import { follow, Pair } from "./pair.ts";
import { sandbox } from "./sandbox.ts";

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** A file to be sent, and a folder to receive into. */
function setUp(content: Uint8Array | string = "hello") {
  const root = sandbox();
  const path = join(root, "file.bin");
  const inbox = join(root, "inbox");
  writeFileSync(path, content);
  mkdirSync(inbox);
  return { root, path, inbox, pair: new Pair() };
}

/** Runs both sides to the end. Returns results, or the errors with which they ended. */
async function both<S>(sender: Transfer<S>, pair: Pair, options: Partial<ReceiveOptions> = {}) {
  const receiver = pair.receive(await sender.code, options);
  const [sent, received, ...events] = await Promise.all([
    sender.done.catch((error: unknown) => error),
    receiver.done.catch((error: unknown) => error),
    follow(sender).catch(() => []),
    follow(receiver).catch(() => []),
  ]);
  return { sent, received, events };
}

describe("a text", () => {
  it.each([
    ["in ASCII", "hello"],
    ["that is empty", ""],
    ["of several lines in Unicode", "several\nlines\tand é 😀"],
    ["with control characters", "\x1b[2J\0"],
    ["of 10,000 characters", "x".repeat(10_000)],
  ])("%s arrives", async (_, text) => {
    const pair = new Pair();
    const { sent, received } = await both(pair.sendText(text), pair);
    expect(sent).toEqual({ kind: "text" });
    expect(received).toEqual({ kind: "text", text });
    expect(pair.isClean).toBe(true);
  });

  it("emits its events in order", async () => {
    const pair = new Pair();
    const { events } = await both(pair.sendText("hello"), pair);
    const order = ["welcome", "code", "key", "verifier", "versions", "offer", "done"];
    expect(events).toEqual([order, order]);
  });

  it("opens no transit", async () => {
    const pair = new Pair();
    const sender = pair.sendText("hello");
    const stranger = pair.stranger(await sender.code, "receiver");
    expect(await stranger.receive()).toEqual({ offer: { message: "hello" } });
    stranger.send({ transit: { "hints-v1": [] } });
    stranger.send({ answer: { message_ack: "ok" } });
    await expect(sender.done).resolves.toEqual({ kind: "text" });
  });

  // proves: transfer/no-text-for-rust
  it("is not offered to a program that refuses texts", async () => {
    const pair = new Pair();
    const sender = pair.sendText("hello");
    const rust = createWormhole({
      ...pair.options,
      appId: "lothar.com/wormhole/text-or-file-xfer",
      versions: { abilities: ["transfer-v1"] },
    });
    rust.setCode(await sender.code);
    await expect(sender.done).rejects.toThrow(/Send a file instead/);
    expect(JSON.parse(Buffer.from(await rust.getMessage()).toString())).toHaveProperty("error");
    await rust.close();
  });
});

describe("a file", () => {
  it.each([0, 1, 16_384, 256 * 1024, 3_000_000])("of %d bytes arrives", async (size) => {
    const { path, inbox, pair } = setUp(randomBytes(size));
    const { sent, received } = await both(pair.sendPath(path), pair, { directory: inbox });
    const hash = sha256(readFileSync(path));
    expect(sent).toEqual({ kind: "file", sha256: hash });
    expect(received).toEqual({ kind: "file", path: join(inbox, "file.bin"), sha256: hash });
    expect(readdirSync(inbox)).toEqual(["file.bin"]);
    expect(sha256(readFileSync(join(inbox, "file.bin")))).toBe(hash);
    expect(pair.isClean).toBe(true);
  });

  it("emits its events in order", async () => {
    const { path, inbox, pair } = setUp();
    const { events } = await both(pair.sendPath(path), pair, { directory: inbox });
    const order = ["welcome", "code", "key", "verifier", "versions", "offer", "connected", "finishing", "done"];
    expect(events).toEqual([order, order]);
  });

  it("arrives even if the sender's events are not read", async () => {
    const { path, inbox, pair } = setUp();
    const sender = pair.sendPath(path);
    const receiver = pair.receive(await sender.code, { directory: inbox });
    await follow(receiver);
    await expect(sender.done).resolves.toMatchObject({ kind: "file" });
  });

  // proves: api/bulk-by-transit
  it("is sent under the key of its own application", async () => {
    const { path, inbox, pair } = setUp();
    const appId = "example.org/app";
    const sender = pair.sendPath(path, { appId });
    const stranger = pair.stranger(await sender.code, "receiver", appId);
    await stranger.takeHints();
    await stranger.sendHints();
    await stranger.receive();
    stranger.send({ answer: { file_ack: "ok" } });
    const pipe = await stranger.transit.connect();
    expect(Buffer.from(await pipe.receiveRecord()).toString()).toBe("hello");
    expect(readdirSync(inbox)).toEqual([]);
    pipe.destroy();
    await expect(sender.done).rejects.toThrow();
  });
});

describe("a folder", () => {
  it("arrives with everything in it", async () => {
    const { root, inbox, pair } = setUp();
    const tree = join(root, "tree");
    mkdirSync(join(tree, "sub/hollow"), { recursive: true });
    writeFileSync(join(tree, "run.sh"), "#!/bin/sh", { mode: 0o755 });
    writeFileSync(join(tree, "sub/é.bin"), randomBytes(700_000));
    const { sent, received } = await both(pair.sendPath(tree), pair, { directory: inbox });
    expect(sent).toMatchObject({ kind: "directory" });
    expect(received).toMatchObject({ kind: "directory", path: join(inbox, "tree") });
    expect(readdirSync(inbox)).toEqual(["tree"]);
    expect(new Set(readdirSync(join(inbox, "tree"), { recursive: true, encoding: "utf8" }))).toEqual(
      new Set(["run.sh", "sub", "sub/hollow", "sub/é.bin"]),
    );
    expect(sha256(readFileSync(join(inbox, "tree/sub/é.bin")))).toBe(sha256(readFileSync(join(tree, "sub/é.bin"))));
  });

  it("that is empty arrives empty", async () => {
    const { root, inbox, pair } = setUp();
    mkdirSync(join(root, "hollow"));
    const { received } = await both(pair.sendPath(join(root, "hollow")), pair, { directory: inbox });
    expect(received).toMatchObject({ kind: "directory" });
    expect(readdirSync(join(inbox, "hollow"))).toEqual([]);
  });

  it("reports what it leaves out", async () => {
    const { root, inbox, pair } = setUp();
    mkdirSync(join(root, "tree"));
    symlinkSync("nowhere", join(root, "tree", "dangling"));
    await expect(pair.sendPath(join(root, "tree")).done).rejects.toThrow(UnsendableFileError);
    const { events } = await both(pair.sendPath(join(root, "tree"), { ignoreUnsendable: true }), pair, {
      directory: inbox,
    });
    expect(events[0]?.[0]).toBe("skipped");
  });
});

describe("a person", () => {
  // proves: transfer/consent, transfer/safe-name
  it("sees the safe name, and may refuse", async () => {
    const { inbox, pair } = setUp();
    const stranger = pair.stranger("7-a-b", "sender");
    const receiver = pair.receive("7-a-b", { directory: inbox });
    stranger.send({ offer: { file: { filename: "../../x", filesize: 5 } } });
    for await (const event of receiver) {
      if (event.type !== "offer") continue;
      expect(event.offer).toEqual({ kind: "file", name: "x", size: 5 });
      event.reject();
      break;
    }
    await expect(receiver.done).rejects.toThrow(TransferError);
    expect(await stranger.receive()).toEqual({ error: "transfer rejected" });
    expect(readdirSync(inbox)).toEqual([]);
  });

  // proves: transfer/consent
  it("must accept before anything is written or answered", async () => {
    const { inbox, pair } = setUp();
    const stranger = pair.stranger("7-a-b", "sender");
    const receiver = pair.receive("7-a-b", { directory: inbox });
    stranger.send({ offer: { file: { filename: "x", filesize: 5 } } });
    let answered = false;
    const answer = stranger.receive().finally(() => {
      answered = true;
    });
    for await (const event of receiver) {
      if (event.type !== "offer") continue;
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(answered).toBe(false);
      expect(readdirSync(inbox)).toEqual([]);
      event.accept();
      break;
    }
    expect(await answer).toHaveProperty("transit");
    stranger.send({ error: "enough" });
    await expect(receiver.done).rejects.toMatchObject({ reason: "enough" });
    expect(readdirSync(inbox)).toEqual([]);
  });

  it("may give a reason, which the sender receives", async () => {
    const { path, pair } = setUp();
    const sender = pair.sendPath(path);
    const receiver = pair.receive(await sender.code);
    void follow(sender).catch(() => {});
    for await (const event of receiver) {
      if (event.type === "offer") {
        event.reject("this side receives text only");
        break;
      }
    }
    await expect(sender.done).rejects.toMatchObject({
      code: "rejected",
      message: "The other side rejected the transfer: this side receives text only",
    });
    await expect(receiver.done).rejects.toThrow(/rejected/);
    expect(pair.isClean).toBe(true);
  });

  // proves: transfer/offer-after-proof, transfer/failures-reported
  it("may reject the verifier: nothing is offered, and the peer is informed", async () => {
    for (const rejecting of ["sender", "receiver"]) {
      const { path, inbox, pair } = setUp();
      const sender = pair.sendPath(path, { verify: rejecting === "sender" });
      const receiver = pair.receive(await sender.code, { directory: inbox, verify: rejecting === "receiver" });
      let offered = false;
      const watch = async (transfer: Transfer<unknown>, side: string) => {
        for await (const event of transfer) {
          if (event.type === "verifier" && side === rejecting) event.reject();
          if (event.type === "offer" && side === "receiver") offered = true;
        }
      };
      const watching = [watch(sender, "sender").catch(() => {}), watch(receiver, "receiver").catch(() => {})];
      const words = /^The (other side rejected the verifier|verifier was rejected)\. Nothing was transferred\.$/;
      await expect(sender.done).rejects.toThrow(words);
      await expect(receiver.done).rejects.toThrow(words);
      await Promise.all(watching);
      expect(offered).toBe(false);
      expect(readdirSync(inbox)).toEqual([]);
    }
  });

  // proves: transfer/offer-after-proof, api/verify-before-use
  it("keeps the sender's offer back until the verifier is accepted", async () => {
    const { path, pair } = setUp();
    const sender = pair.sendPath(path, { verify: true });
    const stranger = pair.stranger(await sender.code, "receiver");
    await stranger.wormhole.getVersions();
    let received = false;
    const receiving = stranger.receive().then((message) => {
      received = true;
      return message;
    });
    for await (const event of sender) {
      if (event.type !== "verifier") continue;
      expect(event.verifier).toHaveLength(32);
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(received).toBe(false);
      event.accept();
      break;
    }
    expect(await receiving).toHaveProperty("transit");
    stranger.send({ error: "enough" });
    await expect(sender.done).rejects.toThrow(/gave up the transfer: enough/);
  });

  it("sees the same verifier on both sides", async () => {
    const pair = new Pair();
    const sender = pair.sendText("hello");
    const receiver = pair.receive(await sender.code);
    const seen: string[] = [];
    const see = (transfer: Transfer<unknown>) =>
      follow(transfer, (event) => {
        if (event.type === "verifier") seen.push(Buffer.from(event.verifier).toString("hex"));
      });
    await Promise.all([see(sender), see(receiver)]);
    expect(seen).toHaveLength(2);
    expect(seen[0]).toBe(seen[1]);
  });
});

describe("a transfer that fails", () => {
  it("ends on both sides with a wrong code", async () => {
    const { path, pair } = setUp();
    const sender = pair.sendPath(path);
    const receiver = pair.receive(`${(await sender.code).split("-")[0]}-wrong-words`);
    await expect(sender.done).rejects.toThrow(WrongPasswordError);
    await expect(receiver.done).rejects.toThrow(WrongPasswordError);
    expect(pair.isClean).toBe(true);
  });

  it("has no code if the path cannot be read", async () => {
    const pair = new Pair();
    const sender = pair.sendPath("/nowhere/at/all");
    await expect(sender.code).rejects.toThrow(UnsendableFileError);
    await expect(sender.done).rejects.toThrow(UnsendableFileError);
    expect(pair.server.received).toEqual([]);
  });

  it("ends if the server cannot be reached", async () => {
    const pair = new Pair();
    pair.server.down = true;
    await expect(pair.sendText("hello").done).rejects.toMatchObject({ code: "server-connection" });
  });

  it("ends on both sides if both send", async () => {
    const { path, pair } = setUp();
    const first = pair.sendPath(path);
    const second = pair.sendText("hello", { code: await first.code });
    const outcomes = await Promise.allSettled([first.done, second.done]);
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ status: "rejected", reason: { code: "wrong-role" } });
    }
  });

  // proves: transfer/nothing-replaced, transfer/failures-reported
  it("leaves an existing file alone, and informs the sender", async () => {
    const { path, inbox, pair } = setUp("new");
    writeFileSync(join(inbox, "file.bin"), "old");
    const { sent, received } = await both(pair.sendPath(path), pair, { directory: inbox });
    expect(sent).toMatchObject({ code: "cannot-store" });
    expect(received).toMatchObject({ code: "cannot-store", message: expect.stringMatching(/already exists/) });
    expect(readFileSync(join(inbox, "file.bin"), "utf8")).toBe("old");
    const again = await both(pair.sendPath(path), pair, { directory: inbox, overwrite: true });
    expect(again.received).toMatchObject({ kind: "file" });
    expect(readFileSync(join(inbox, "file.bin"), "utf8")).toBe("new");
  });
});
