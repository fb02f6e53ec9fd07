/**
 * Records of a dilation from a peer that has the key and means harm. Each row is one flood: what is sent, and whether the
 * connection is dropped or goes on. Whatever happens, memory stays within its bound, and a ping of the peer is answered as
 * long as there is a connection.
 */
import { describe, expect, it, vi } from "vitest";
import {
  MAX_OPEN_SUBCHANNELS,
  MAX_UNREAD_CREDITED_BYTES,
  MAX_WRITE_BYTES,
} from "../../packages/wormhole/src/dilation/limits.ts";
import {
  encodeClose,
  encodeCredit,
  encodeData,
  encodeOpen,
  encodePart,
  encodePing,
  encodePong,
} from "../../packages/wormhole/src/dilation/wire/records.ts";
import { pass } from "../../packages/wormhole/test/dilation/clock.ts";
import { type PlayedConnection, play } from "../../packages/wormhole/test/dilation/hand.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
/** The longest payload of a record that fits into one frame. */
const WHOLE = 65_510;

/** The peer's subchannels, as the leader numbers them. The first ones are open when a flood begins. */
const channel = (n: number) => 2 * n + 1;
const OPEN_AT_FIRST = 20;

/** Makes records with the next sequence numbers. */
class Script {
  #seqnum = 0;

  open(n: number, name = "x"): Uint8Array {
    return encodeOpen(channel(n), this.#seqnum++, name);
  }
  data(n: number, length: number): Uint8Array {
    return encodeData(channel(n), this.#seqnum++, new Uint8Array(length));
  }
  part(n: number, length: number): Uint8Array {
    return encodePart(channel(n), this.#seqnum++, new Uint8Array(length));
  }
  close(n: number): Uint8Array {
    return encodeClose(channel(n), this.#seqnum++);
  }
}

interface Flood {
  readonly title: string;
  readonly count: number;
  /** The n-th record, or records. */
  readonly record: (say: Script, n: number) => Uint8Array | readonly Uint8Array[];
  readonly end: "dropped" | "goes on";
}

const FLOODS: readonly Flood[] = [
  { title: "one empty part", count: 1, record: (say) => say.part(0, 0), end: "dropped" },
  { title: "empty parts without end", count: 100_000, record: (say) => say.part(0, 0), end: "dropped" },
  { title: "parts of one byte", count: 1000, record: (say) => say.part(0, 1), end: "goes on" },
  { title: "parts of one byte without end", count: 100_000, record: (say) => say.part(0, 1), end: "dropped" },
  { title: "parts of one chunk without end", count: 200, record: (say) => say.part(0, WHOLE), end: "dropped" },
  { title: "a chunk of the longest kind", count: 128, record: (say) => say.part(0, WHOLE), end: "goes on" },
  {
    title: "chunks without an end on many subchannels",
    count: 2000,
    record: (say, n) => say.part(n % OPEN_AT_FIRST, 60 * KIB),
    end: "dropped",
  },
  {
    title: "a chunk that its last part makes too long",
    count: 129,
    record: (say, n) => (n < 128 ? say.part(0, WHOLE) : say.data(0, WHOLE)),
    end: "dropped",
  },
  {
    title: "chunks that are begun and never ended before the subchannel is closed",
    count: 3 * OPEN_AT_FIRST,
    record: (say, n) =>
      n < OPEN_AT_FIRST
        ? [...Array.from({ length: 30 }, () => say.part(n, WHOLE)), say.close(n)]
        : say.part(OPEN_AT_FIRST + n, 1),
    end: "goes on",
  },
  { title: "chunks of one byte", count: 200_000, record: (say) => say.data(0, 1), end: "goes on" },
  { title: "empty chunks", count: 200_000, record: (say) => say.data(0, 0), end: "goes on" },
  {
    title: "as many bytes as all readers together may leave unread",
    count: MAX_UNREAD_CREDITED_BYTES / (64 * KIB),
    record: (say, n) => say.data(n % OPEN_AT_FIRST, WHOLE),
    end: "goes on",
  },
  {
    title: "a window of bytes beyond that",
    count: (MAX_UNREAD_CREDITED_BYTES + 2 * MAX_WRITE_BYTES) / (64 * KIB),
    record: (say, n) => say.data(n % OPEN_AT_FIRST, WHOLE),
    end: "goes on",
  },
  {
    title: "more bytes than its window and its credit",
    count: (MAX_UNREAD_CREDITED_BYTES + 32 * MIB) / (64 * KIB),
    record: (say, n) => say.data(n % OPEN_AT_FIRST, WHOLE),
    end: "dropped",
  },
  {
    title: "subchannels beyond their number, open and closed",
    count: 2 * MAX_OPEN_SUBCHANNELS,
    record: (say, n) => [say.open(OPEN_AT_FIRST + n, "n".repeat(KIB)), say.close(OPEN_AT_FIRST + n)],
    end: "goes on",
  },
  {
    title: "subchannels beyond their number, without end",
    count: 20_000,
    record: (say, n) => say.open(OPEN_AT_FIRST + n),
    end: "dropped",
  },
  { title: "pings", count: 20_000, record: (_, n) => encodePing(n), end: "goes on" },
  { title: "answers to pings that were not sent", count: 20_000, record: (_, n) => encodePong(n), end: "goes on" },
  {
    title: "credit for subchannels that do not exist",
    count: 20_000,
    record: (_, n) => encodeCredit(2 * n, 2 ** 53),
    end: "goes on",
  },
];

/** Bytes on the connection that are no frame of the peer, after one that is. */
const FORGERIES: readonly (readonly [
  title: string,
  bytes: (seal: (record: Uint8Array) => Uint8Array) => Uint8Array,
])[] = [
  ["a frame of no length", () => length(0)],
  ["a frame that is too short", () => length(16)],
  ["a frame of two messages", () => length(65_536)],
  ["a frame over the limit", () => length(0x7fffffff)],
  ["the highest length", () => length(0xffffffff)],
  ["a frame of zeros", () => Buffer.concat([length(100), new Uint8Array(100)])],
  ["a frame with a wrong bit", (seal) => flipped(seal(encodePing(1)), 4)],
  ["a frame with a wrong tag", (seal) => flipped(seal(encodePing(1)), -1)],
  [
    "a frame twice",
    (seal) =>
      Buffer.concat(
        Array.from(
          { length: 2 },
          (
            (frame) => () =>
              frame
          )(seal(encodePing(1))),
        ),
      ),
  ],
  ["frames in the wrong order", (seal) => Buffer.concat([seal(encodePing(1)), seal(encodePing(2))].reverse())],
  [
    "a frame cut short, with the next one",
    (seal) => Buffer.concat([seal(encodePing(1)).slice(0, -1), seal(encodePing(2))]),
  ],
  ["the handshake again", () => Buffer.from("Magic-Wormhole Dilation Handshake v1 Leader\n\n")],
];

function length(bytes: number): Buffer {
  const prefix = Buffer.alloc(4);
  prefix.writeUInt32BE(bytes);
  return prefix;
}

function flipped(frame: Uint8Array, at: number): Uint8Array {
  const wrong = frame.slice();
  const place = at < 0 ? wrong.length + at : at;
  wrong[place] = (wrong[place] ?? 0) ^ 1;
  return wrong;
}

/** How much more memory this process uses than before. The process is shared with the test, which holds little. */
const usedBytes = () => {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

const until = (condition: () => boolean) => vi.waitUntil(condition, { timeout: 20_000, interval: 2 });

async function isAnswered(connection: PlayedConnection): Promise<boolean> {
  const id = 0xfffffff0;
  const dropped = connection.lost.promise.then(() => false);
  connection.send(encodePing(id));
  return Promise.race([
    dropped,
    until(() => connection.got.some((record) => record.type === "pong" && record.id === id)).then(() => true),
  ]);
}

describe("an attacker on the network that adds", () => {
  // proves: dilation/frames-in-order
  it.each(FORGERIES)("%s ends the connection", async (_, forged) => {
    const { connection } = await play("leader", { extensions: ["ask-reconnect", "goodbye", "credit", "parts"] });
    connection.send(encodePing(5));
    connection.write(forged((record) => connection.seal(record)));
    await connection.lost.promise;
  });
});

describe("a peer that sends", () => {
  // proves: dilation/unread-bounded, dilation/parts-bounded, dilation/pings-answered
  it.each(FLOODS)("$title: $end", async ({ count, record, end }) => {
    const { connection } = await play("leader", { extensions: ["ask-reconnect", "goodbye", "credit", "parts"] });
    const say = new Script();
    connection.send(...Array.from({ length: OPEN_AT_FIRST }, (_, n) => say.open(n)));
    let isDropped = false;
    void connection.lost.promise.then(() => {
      isDropped = true;
    });
    for (let n = 0; n < count && !isDropped; ) {
      const batch: Uint8Array[] = [];
      for (let bytes = 0; bytes < 256 * KIB && batch.length < 5000 && n < count; n++) {
        const records = [record(say, n)].flat();
        batch.push(...records);
        bytes += records.reduce((sum, { length }) => sum + length, 0);
      }
      connection.send(...batch);
      await new Promise((resolve) => setImmediate(resolve));
    }
    // Answers to the last batch leave first.
    await pass(40);
    expect(await isAnswered(connection)).toBe(end === "goes on");
    expect(usedBytes()).toBeLessThan(400 * MIB);
  });
});
