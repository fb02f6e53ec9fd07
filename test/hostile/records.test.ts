/** Bytes on a chosen transit connection that the other side did not send. Each row is one stream; a new case is a row. */
import { beforeAll, describe, expect, it } from "vitest";
import type { BulkCrypto } from "../../packages/wormhole/src/crypto/bulk.ts";
import { portable } from "../../packages/wormhole/src/crypto/portable.ts";
import { MAX_RECORD_BYTES, Sealer } from "../../packages/wormhole/src/transit/pipe/record.ts";
import { connections, keys, pipeOver, text, words } from "../../packages/wormhole/test/transit/loopback.ts";

const cipher: BulkCrypto = portable;
let sealer: Sealer;
const seal = (content: string | Uint8Array) => sealer.seal(typeof content === "string" ? text(content) : content);

function length(bytes: number): Buffer {
  const prefix = Buffer.alloc(4);
  prefix.writeUInt32BE(bytes);
  return prefix;
}

function flipped(record: Uint8Array, at: number): Uint8Array {
  const wrong = record.slice();
  wrong[at] = (wrong[at] ?? 0) ^ 1;
  return wrong;
}

/** What arrives, and the records that are delivered before the pipe fails. */
const STREAMS: readonly (readonly [title: string, bytes: () => Uint8Array[], delivered: readonly string[]])[] = [
  ["a length of zero", () => [seal("a"), length(0)], ["a"]],
  ["a length that is too short for a record", () => [seal("a"), length(39)], ["a"]],
  ["a length over the limit", () => [seal("a"), length(MAX_RECORD_BYTES + 41)], ["a"]],
  ["the highest length", () => [seal("a"), length(0xffffffff)], ["a"]],
  ["a record of zeros", () => [seal("a"), length(40), new Uint8Array(40)], ["a"]],
  ["a wrong bit in the length", () => [flipped(seal("abc"), 3), seal("b")], []],
  ["a wrong bit in the number", () => [flipped(seal("a"), 27)], []],
  ["a wrong bit in the tag", () => [flipped(seal("a"), 28)], []],
  ["a wrong bit in the text", () => [flipped(seal("a"), 44)], []],
  [
    "a record twice",
    () =>
      Array.from(
        { length: 2 },
        (
          (record) => () =>
            record
        )(seal("a")),
      ),
    ["a"],
  ],
  ["two records in the wrong order", () => [seal("a"), seal("b")].reverse(), []],
  ["a record left out", () => [seal("a"), seal("b"), seal("c")].filter((_, n) => n !== 1), ["a"]],
  ["noise", () => [crypto.getRandomValues(new Uint8Array(1000)).fill(255, 0, 1)], []],
  ["text of another protocol", () => [text("HTTP/1.1 200 OK\r\n\r\n".repeat(10))], []],
];

describe("a pipe fails, and delivers only what came before, after", () => {
  beforeAll(() => {
    sealer = new Sealer(cipher, keys.record.sender);
  });

  // proves: transit/records-authentic, transit/records-in-order, transit/record-length-capped
  it.each(STREAMS)("%s", async (_, stream, delivered) => {
    sealer = new Sealer(cipher, keys.record.sender);
    const [dialled, accepted] = await connections();
    const pipe = await pipeOver(accepted, "receiver", cipher);
    dialled.receive({ chunk() {}, ended() {} });
    dialled.write(Buffer.concat(stream()));
    for (const words_ of delivered) expect(words(await pipe.receiveRecord())).toBe(words_);
    await expect(pipe.receiveRecord()).rejects.toThrow("corrupted");
    await expect(pipe.receiveRecord()).rejects.toThrow("corrupted");
  });

  it("a record that is announced and never comes, without keeping memory for it", async () => {
    const [dialled, accepted] = await connections();
    const pipe = await pipeOver(accepted, "receiver", cipher);
    const before = process.memoryUsage().arrayBuffers;
    dialled.receive({ chunk() {}, ended() {} });
    dialled.write(Buffer.concat([length(MAX_RECORD_BYTES + 40), new Uint8Array(100)]));
    const waiting = pipe.receiveRecord();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024 * 1024);
    dialled.destroy();
    await expect(waiting).rejects.toThrow(/closed|lost|ended/);
  });
});
