/** Frames. test/vectors/dilation_l2.json holds those of the Python program. */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadNativeChaCha } from "../../../src/crypto/chacha.node.ts";
import { portableChaCha as portable } from "../../../src/crypto/portable.ts";
import {
  FrameOpener,
  FrameSealer,
  frameLength,
  MAX_DILATION_RECORD_BYTES,
  MAX_FRAME_BYTES,
  readFrameLength,
} from "../../../src/dilation/wire/frames.ts";
import { encodeData } from "../../../src/dilation/wire/records.ts";
import { RecordCutter } from "../../../src/transit/pipe/record-cutter.ts";
import { vectors } from "../../vectors.ts";

interface Vectors {
  leader_to_follower_key: string;
  follower_to_leader_key: string;
  conversation: { from: "leader" | "follower"; what: string; plaintext?: string; wire: string }[];
  large_records: {
    cases: {
      data_length: number;
      record_plaintext_length: number;
      noise_messages: number;
      frame_length_field: number;
      frame_sha256: string;
      first_16_bytes: string;
      last_16_bytes: string;
    }[];
  };
}
const known = vectors<Vectors>("dilation_l2");
const keys = {
  leader: hexToBytes(known.leader_to_follower_key),
  follower: hexToBytes(known.follower_to_leader_key),
};
const key = keys.leader;
const providers = { portable, native: await loadNativeChaCha() };
const { native } = providers;
/** The message number of the vectors' large records. */
const SEQNUM = 7;
/** Bytes that fit into one Noise message. */
const PIECE = 65_519;

const data = (length: number) => Uint8Array.from({ length }, (_, i) => i % 251);
const join = (...parts: Uint8Array[]) => Uint8Array.from(Buffer.concat(parts));
const behindLength = (frame: Uint8Array) => frame.subarray(4);
const corrupted = /connection corrupted/;

/** Opens all frames in these chunks. Each chunk is overwritten after it was passed on. */
function openAll(chunks: readonly Uint8Array[]): Uint8Array[] {
  const [cutter, opener] = [new RecordCutter(readFrameLength), new FrameOpener(native, key)];
  const opened: Uint8Array[] = [];
  for (const chunk of chunks) {
    const lent = chunk.slice();
    cutter.feed(lent);
    for (let frame = cutter.next(); frame !== null; frame = cutter.next()) opened.push(opener.open(frame));
    cutter.retain();
    lent.fill(0xee);
  }
  return opened;
}

describe.each(["portable", "native"] as const)("frames by the %s ciphers", (name) => {
  const crypto = providers[name];

  it.each(["leader", "follower"] as const)("of the %s are those of the Python program, one after the other", (role) => {
    const sealer = new FrameSealer(crypto, keys[role]);
    const opener = new FrameOpener(crypto, keys[role]);
    const said = known.conversation.filter(({ from, plaintext }) => from === role && plaintext !== undefined);
    expect(said.length).toBeGreaterThan(5);
    for (const { what, plaintext = "", wire } of said) {
      expect(bytesToHex(sealer.seal(hexToBytes(plaintext))), what).toBe(wire);
      expect(bytesToHex(opener.open(behindLength(hexToBytes(wire)))), what).toBe(plaintext);
    }
  });

  it.each(known.large_records.cases)(
    "hold records around $data_length bytes as those of the Python program do",
    (given) => {
      const record = encodeData(1, SEQNUM, data(given.data_length));
      const frame = new FrameSealer(crypto, key).seal(record);
      const messages = behindLength(frame);
      expect(record.length).toBe(given.record_plaintext_length);
      expect(frame.length).toBe(frameLength(record.length));
      expect(readFrameLength(frame, 0)).toBe(given.frame_length_field);
      expect(bytesToHex(messages.subarray(0, 16))).toBe(given.first_16_bytes);
      expect(bytesToHex(messages.subarray(-16))).toBe(given.last_16_bytes);
      expect(bytesToHex(sha256(messages))).toBe(given.frame_sha256);
      const opened = new FrameOpener(crypto, key).open(messages);
      expect(Buffer.compare(opened, record)).toBe(0);
      expect(opened.buffer.byteLength, "exactly as much memory as the record has bytes").toBe(record.length);
    },
  );

  it("count each Noise message, not each frame", () => {
    const [sealer, opener] = [new FrameSealer(crypto, key), new FrameOpener(crypto, key)];
    const pieces = [data(PIECE), data(3 * PIECE), data(PIECE + 1), data(1)];
    for (const piece of pieces) expect(opener.open(behindLength(sealer.seal(piece)))).toEqual(piece);
    // Seven messages were sent: this is the eighth.
    const eighth = sealer.seal(data(2));
    expect(eighth).toEqual(new FrameSealer(crypto, key, 7).seal(data(2)));
    expect(new FrameOpener(crypto, key, 7).open(behindLength(eighth))).toEqual(data(2));
  });

  it("are refused with any bit changed", () => {
    const frame = behindLength(new FrameSealer(crypto, key).seal(data(5)));
    for (let bit = 0; bit < frame.length * 8; bit++) {
      const changed = frame.slice();
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => new FrameOpener(crypto, key).open(changed), `bit ${bit}`).toThrow(corrupted);
    }
  });

  it("are refused with a bit changed in any of several messages", () => {
    const frame = behindLength(new FrameSealer(crypto, key).seal(data(2 * PIECE + 10)));
    for (const at of [0, 65_518, 65_519, 65_534, 65_535, 131_069, 131_070, frame.length - 1]) {
      const changed = frame.slice();
      changed[at] = (changed[at] ?? 0) ^ 0x10;
      expect(() => new FrameOpener(crypto, key).open(changed), `byte ${at}`).toThrow(corrupted);
    }
  });

  it("are refused cut short, within any message", () => {
    const short = behindLength(new FrameSealer(crypto, key).seal(data(5)));
    const long = behindLength(new FrameSealer(crypto, key).seal(data(PIECE + 30)));
    for (const [frame, lengths] of [
      [short, [0, 1, 15, 16, 17, 20]],
      [long, [1, 16, 17, 65_534, 65_536, 65_550, 65_551, 65_552, long.length - 1]],
    ] as const) {
      for (const length of lengths) {
        const opener = new FrameOpener(crypto, key);
        expect(() => opener.open(frame.subarray(0, length)), `${length} bytes`).toThrow(corrupted);
      }
    }
  });

  // This weakness of the protocol affects every program that accepts frames of the Python program.
  it("can be cut in two by an attacker on the network between two messages, and nowhere else", () => {
    const frame = behindLength(new FrameSealer(crypto, key).seal(data(PIECE + 30)));
    const opener = new FrameOpener(crypto, key);
    expect(opener.open(frame.subarray(0, 65_535))).toEqual(data(PIECE));
    expect(opener.open(frame.subarray(65_535))).toEqual(data(PIECE + 30).subarray(PIECE));
  });

  // proves: dilation/frames-in-order
  it("are refused out of order, repeated, or after a missing one", () => {
    const sealer = new FrameSealer(crypto, key);
    const [first, second] = [behindLength(sealer.seal(data(1))), behindLength(sealer.seal(data(1)))];
    expect(() => new FrameOpener(crypto, key).open(second)).toThrow(corrupted);
    const opener = new FrameOpener(crypto, key);
    opener.open(first);
    expect(() => opener.open(first)).toThrow(corrupted);
  });

  it("are refused under the key of the other direction", () => {
    const frame = behindLength(new FrameSealer(crypto, keys.follower).seal(data(5)));
    expect(() => new FrameOpener(crypto, keys.leader).open(frame)).toThrow(corrupted);
  });
});

describe("a sealer", () => {
  it("writes frames one after the other into a buffer, and nothing else", () => {
    const slab = new Uint8Array(100).fill(0xee);
    const sealer = new FrameSealer(native, key);
    const middle = sealer.sealAt(slab, 10, data(5));
    const end = sealer.sealAt(slab, middle, data(7));
    expect([middle, end]).toEqual([10 + frameLength(5), 10 + frameLength(5) + frameLength(7)]);
    expect([...slab.subarray(0, 10), ...slab.subarray(end)]).toEqual(Array(100 - end + 10).fill(0xee));
    expect(openAll([slab.subarray(10, end)])).toEqual([data(5), data(7)]);
  });

  it("counts with 64 bits, little-endian", () => {
    const numbers = [2 ** 8 - 1, 2 ** 32 - 1, 2 ** 32, 2 ** 40 + 3, Number.MAX_SAFE_INTEGER];
    for (const number of numbers) {
      const nonce = new Uint8Array(12);
      new DataView(nonce.buffer).setBigUint64(4, BigInt(number), true);
      const box = new Uint8Array(21);
      portable.seal(box, data(5), nonce, key);
      expect(behindLength(new FrameSealer(native, key, number).seal(data(5))), `${number}`).toEqual(box);
      expect(new FrameOpener(native, key, number).open(box), `${number}`).toEqual(data(5));
    }
    const sealer = new FrameSealer(native, key, 2 ** 32 - 1);
    sealer.seal(data(1));
    expect(sealer.seal(data(1))).toEqual(new FrameSealer(native, key, 2 ** 32).seal(data(1)));
  });

  // proves: dilation/nonces-unique
  it("never uses a number twice, and fails where numbers would repeat", () => {
    const sealer = new FrameSealer(native, key, Number.MAX_SAFE_INTEGER);
    sealer.seal(data(1));
    expect(() => sealer.seal(data(1))).toThrow("Too many records");
  });
});

describe("the cutter", () => {
  const sealer = () => new FrameSealer(native, key);

  it("returns the same records however the stream is cut", () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 8 });
    const cuts = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(lengths, cuts, (lengths, cuts) => {
        const seal = sealer();
        const stream = join(...lengths.map((length) => seal.seal(data(length))));
        const chunks: Uint8Array[] = [];
        for (let at = 0, i = 0; at < stream.length; i++) {
          const length = cuts[i % cuts.length] ?? 1;
          chunks.push(stream.subarray(at, at + length));
          at += length;
        }
        expect(openAll(chunks)).toEqual(lengths.map(data));
      }),
    );
  });

  it("returns the same records byte by byte, including those of several messages", () => {
    const seal = sealer();
    const stream = join(seal.seal(data(100)), seal.seal(data(1)), seal.seal(data(PIECE + 1)), seal.seal(data(2)));
    const opened = openAll([...stream].map((byte) => Uint8Array.of(byte)));
    expect(opened.map(({ length }) => length)).toEqual([100, 1, PIECE + 1, 2]);
    expect(Buffer.compare(join(...opened), join(data(100), data(1), data(PIECE + 1), data(2)))).toBe(0);
  });

  it("accepts the longest record", () => {
    const frame = sealer().seal(new Uint8Array(MAX_DILATION_RECORD_BYTES));
    expect(frame.length).toBe(MAX_FRAME_BYTES + 4);
    const opened = openAll([frame.subarray(0, 5), frame.subarray(5, 70_000), frame.subarray(70_000)]);
    expect(opened.map(({ length }) => length)).toEqual([MAX_DILATION_RECORD_BYTES]);
  });

  // The length is not authenticated. One byte and its tag are 17.
  it.each([0, 1, 16, MAX_FRAME_BYTES + 1, 2 ** 31, 2 ** 32 - 1])(
    "refuses a length of %i at once, whole or in pieces, and sets no memory aside",
    (length) => {
      const header = new Uint8Array(4);
      new DataView(header.buffer).setUint32(0, length);
      const before = process.memoryUsage().arrayBuffers;
      expect(() => openAll([header])).toThrow(corrupted);
      expect(() => openAll([header.subarray(0, 3), header.subarray(3)])).toThrow(corrupted);
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1e6);
    },
  );

  // proves: dilation/memory-by-arrival
  it("allocates memory for bytes that have arrived, not for an announced length", () => {
    const header = new Uint8Array(4);
    new DataView(header.buffer).setUint32(0, MAX_FRAME_BYTES);
    const before = process.memoryUsage().arrayBuffers;
    expect(openAll([header, new Uint8Array(10)])).toEqual([]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1e6);
  });
});
