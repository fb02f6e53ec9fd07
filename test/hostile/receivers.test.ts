/**
 * Receivers that answer our sender as no honest one does. Each row is one answer or acknowledgement: the sender ends with a
 * sentence, and says that all is well only if the receiver has said so. A new case is a row.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { WormholeError } from "../../packages/wormhole/src/errors.ts";
import { Pair } from "../../packages/wormhole/test/transfer/pair.ts";
import { sandbox } from "../../packages/wormhole/test/transfer/sandbox.ts";
import { connectAsReceiver, encode, hashOf, sending } from "../../packages/wormhole/test/transfer/stranger-pairs.ts";

const hash = hashOf("hello");

/** The last record, and the sender's sentence; null if it is a success. */
// biome-ignore format: a table
const ACKNOWLEDGEMENTS: readonly (readonly [title: string, ack: object | string, words: RegExp | null])[] = [
  ["an acknowledgement without a hash, as of old Python programs", { ack: "ok" }, null],
  ["a hash in capitals", { ack: "ok", sha256: hash.toUpperCase() }, null],
  ["unknown fields beside it", { ack: "ok", sha256: hash, stored: "/etc/passwd" }, null],
  ["another hash", { ack: "ok", sha256: hashOf("other") }, /checksums differ/],
  ["an empty hash", { ack: "ok", sha256: "" }, /checksums differ/],
  ["the beginning of the hash", { ack: "ok", sha256: hash.slice(0, 8) }, /checksums differ/],
  ["the hash and more", { ack: "ok", sha256: `${hash}00` }, /checksums differ/],
  ["a hash that is a number", { ack: "ok", sha256: 5 }, /'sha256' is missing or not a string/],
  ["a hash that is null", { ack: "ok", sha256: null }, /'sha256' is missing or not a string/],
  ["a hash that is a list of the hash", { ack: "ok", sha256: [hash] }, /'sha256' is missing or not a string/],
  ["an acknowledgement that is not ok", { ack: "failed\x1b", sha256: hash }, /did not store the data: failed\\x1b/],
  ["an acknowledgement in capitals", { ack: "OK", sha256: hash }, /did not store the data: OK/],
  ["an ok with a blank", { ack: "ok ", sha256: hash }, /did not store the data: ok/],
  ["a true instead of ok", { ack: true, sha256: hash }, /'ack' is missing or not a string/],
  ["a record without an acknowledgement", { sha256: hash }, /'ack' is missing/],
  ["a record that is not JSON", "ok", /not a JSON object/],
  ["an empty record", "", /not a JSON object/],
  ["a list", "[]", /not a JSON object/],
  ["an answer instead of it", { answer: { file_ack: "ok" } }, /'ack' is missing/],
  ["a megabyte of error", { ack: "x".repeat(1 << 20) }, /did not store the data: x{100}/],
];

describe("our sender checks the last record:", () => {
  // proves: transfer/acknowledgement-checked
  it.each(ACKNOWLEDGEMENTS)("%s", async (_, ack, words) => {
    const { stranger, sender } = await sending();
    const pipe = await connectAsReceiver(stranger);
    await pipe.receiveRecord();
    await pipe.sendRecord(typeof ack === "string" ? new TextEncoder().encode(ack) : encode(ack));
    if (words === null) {
      await expect(sender.done).resolves.toMatchObject({ kind: "file", sha256: hash });
      return;
    }
    const error: unknown = await sender.done.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(WormholeError);
    expect(String(error)).toMatch(words);
    expect(String(error)).not.toMatch(/[\p{Cc}\u202a-\u202e]/u);
    expect(String(error).length).toBeLessThan(1000);
  });

  it("an acknowledgement before all bytes were sent does not count", async () => {
    const path = join(sandbox(), "f");
    writeFileSync(path, new Uint8Array(40_000_000));
    const pair = new Pair();
    const sender = pair.sendPath(path);
    const stranger = pair.stranger(await sender.code, "receiver");
    const pipe = await connectAsReceiver(stranger);
    await pipe.sendRecord(encode({ ack: "ok" }));
    await pipe.receiveRecord();
    pipe.destroy();
    await expect(sender.done).rejects.toThrow(WormholeError);
  });
});

/** Messages instead of the answer to an offer. */
// biome-ignore format: a table
const ANSWERS: readonly (readonly [title: string, message: object | string, words: RegExp])[] = [
  ["a rejection", { error: "transfer rejected" }, /rejected the transfer/],
  ["a rejection with an escape sequence", { error: "\x1b]0;x\x07" }, /\\x1b\]0;x\\x07/],
  ["an error that is an object", { error: { a: "\u202e" } }, /\\u\{202e\}/],
  ["an answer to another kind of offer", { answer: { message_ack: "ok" } }, /does not match the offer/],
  ["an answer other than ok", { answer: { file_ack: "no" } }, /instead of ok/],
  ["an answer that is a list of ok", { answer: { file_ack: ["ok"] } }, /instead of ok/],
  ["an answer of true", { answer: { file_ack: true } }, /instead of ok/],
  ["an answer that is a text", { answer: "ok" }, /'answer' is not an object/],
  ["an empty answer", { answer: {} }, /instead of ok/],
  ["consent in the prototype", '{"answer":{"__proto__":{"file_ack":"ok"}}}', /instead of ok/],
  ["an answer and an error", { answer: { file_ack: "ok" }, error: "no" }, /gave up|no/],
  ["an offer of its own", { offer: { message: "hi" } }, /Both sides are trying to send/],
  ["garbage", "}{", /not a JSON object/],
];

describe("our sender sends no byte, and says why, after", () => {
  // proves: transfer/consent
  it.each(ANSWERS)("%s", async (_, message, words) => {
    const { stranger, sender, pair } = await sending();
    await stranger.receive();
    await stranger.receive();
    stranger.send(message);
    const error: unknown = await sender.done.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(WormholeError);
    expect(String(error)).toMatch(words);
    expect(String(error)).not.toMatch(/[\p{Cc}\u202a-\u202e]/u);
    await stranger.wormhole.close();
    expect(pair.isClean).toBe(true);
  });
});
