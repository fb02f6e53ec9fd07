/** The format of records: sealing, opening, and cutting a stream into records. */
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { BulkCrypto } from "../../../src/crypto/bulk.ts";
import { loadNativeCrypto } from "../../../src/crypto/native.node.ts";
import { portable } from "../../../src/crypto/portable.ts";
import {
  BULK_BATCH_BYTES,
  BULK_RECORD_BYTES,
  MAX_RECORD_BYTES,
  Opener,
  plaintextLength,
  RECORD_OVERHEAD_BYTES,
  readLength,
  Sealer,
  SLAB_BYTES,
} from "../../../src/transit/pipe/record.ts";
import { RecordCutter } from "../../../src/transit/pipe/record-cutter.ts";
import { vectors } from "../../vectors.ts";

interface Vectors {
  sender_record_key: string;
  receiver_record_key: string;
  records: { author: "sender" | "receiver"; record_number: number | string; plaintext: string; wire: string }[];
}
const known = vectors<Vectors>("transit");
const key = hexToBytes(known.sender_record_key);
const keyOf = (author: "sender" | "receiver") => hexToBytes(known[`${author}_record_key`]);
const nonceOf = (number: bigint) => hexToBytes(number.toString(16).padStart(48, "0"));
const join = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));
const data = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 7) & 0xff);

let native: BulkCrypto;
beforeAll(async () => {
  native = await loadNativeCrypto();
});
const providers = ["portable", "native"] as const;
const provider = (name: (typeof providers)[number]) => (name === "portable" ? portable : native);

function open(opener: Opener, sealed: Uint8Array): Uint8Array {
  const plaintext = new Uint8Array(plaintextLength(sealed));
  opener.open(plaintext, sealed);
  return plaintext;
}

/** Opens all records in these chunks. Each chunk is overwritten once it has been retained. */
function openAll(chunks: readonly Uint8Array[]): Uint8Array[] {
  const [cutter, opener] = [new RecordCutter(readLength), new Opener(native, key)];
  const opened: Uint8Array[] = [];
  for (const chunk of chunks) {
    const reused = chunk.slice();
    cutter.feed(reused);
    for (let sealed = cutter.next(); sealed !== null; sealed = cutter.next()) opened.push(open(opener, sealed));
    cutter.retain();
    reused.fill(0xee);
  }
  return opened;
}

describe.each(providers)("records by the %s cipher", (name) => {
  // proves: transit/records-interoperate
  it.each(known.records.map((record) => [`${record.author}'s number ${record.record_number}`, record] as const))(
    "are the same as those of the other programs: %s",
    (_, { author, record_number, plaintext, wire }) => {
      const nonce = nonceOf(BigInt(record_number));
      const sealed = new Sealer(provider(name), keyOf(author), nonce).seal(hexToBytes(plaintext));
      expect(bytesToHex(sealed)).toBe(wire);
      expect(bytesToHex(open(new Opener(provider(name), keyOf(author), nonce), sealed.subarray(4)))).toBe(plaintext);
    },
  );

  it("have nonces that count upwards, across every carry", () => {
    const start = nonceOf(2n ** 64n - 2n);
    const [sealer, opener] = [new Sealer(provider(name), key, start), new Opener(provider(name), key, start)];
    for (let i = 0n; i < 4n; i++) {
      const record = sealer.seal(data(3));
      expect(bytesToHex(record.subarray(4, 28))).toBe(bytesToHex(nonceOf(2n ** 64n - 2n + i)));
      expect(open(opener, record.subarray(4))).toEqual(data(3));
    }
  });

  // proves: transit/records-authentic
  it("are refused if any bit has changed", () => {
    const record = new Sealer(provider(name), key).seal(data(5)).subarray(4);
    for (let bit = 0; bit < record.length * 8; bit++) {
      const changed = record.slice();
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => open(new Opener(provider(name), key), changed)).toThrow(/connection corrupted/);
    }
  });

  // proves: transit/records-in-order
  it("are refused out of order, for a second time, or after a gap", () => {
    const sealer = new Sealer(provider(name), key);
    const [first, second] = [sealer.seal(data(1)).subarray(4), sealer.seal(data(1)).subarray(4)];
    expect(() => open(new Opener(provider(name), key), second)).toThrow(/connection corrupted/);
    const opener = new Opener(provider(name), key);
    open(opener, first);
    expect(() => open(opener, first)).toThrow(/connection corrupted/);
    expect(open(opener, second)).toEqual(data(1));
  });

  // proves: transit/one-key-per-direction
  it("are refused under the key of the other direction", () => {
    const record = new Sealer(provider(name), keyOf("receiver")).seal(data(5));
    expect(() => open(new Opener(provider(name), key), record.subarray(4))).toThrow(/connection corrupted/);
  });
});

describe("a batch", () => {
  it("of 256 KiB exactly fills its slab with records of 16 KiB", () => {
    const slab = new Uint8Array(SLAB_BYTES);
    const wire = new Sealer(native, key).sealBatch(slab, data(BULK_BATCH_BYTES));
    expect(wire.length).toBe(SLAB_BYTES);
    expect(wire.buffer).toBe(slab.buffer);
    const records = openAll([wire]);
    expect(records.map(({ length }) => length)).toEqual(Array(16).fill(BULK_RECORD_BYTES));
    expect(join(...records)).toEqual(data(BULK_BATCH_BYTES));
  });

  it.each([0, 1, BULK_RECORD_BYTES - 1, BULK_RECORD_BYTES, BULK_RECORD_BYTES + 1, BULK_BATCH_BYTES - 1])(
    "of %i bytes holds no empty record",
    (length) => {
      const records = openAll([new Sealer(native, key).sealBatch(new Uint8Array(SLAB_BYTES), data(length))]);
      expect(records).toHaveLength(Math.ceil(length / BULK_RECORD_BYTES));
      expect(join(...records)).toEqual(data(length));
    },
  );
});

describe("the cutter", () => {
  const sealer = () => new Sealer(native, key);

  it("returns the same records wherever the stream is cut", () => {
    const lengths = fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 8 });
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

  it("returns the same records if they arrive byte by byte", () => {
    const seal = sealer();
    const stream = join(seal.seal(data(100)), seal.seal(data(0)), seal.seal(data(1)));
    expect(openAll([...stream].map((byte) => Uint8Array.of(byte)))).toEqual([data(100), data(0), data(1)]);
  });

  it("retains records that have not been requested yet, and the beginning of the next one", () => {
    const seal = sealer();
    const [first, second, third] = [seal.seal(data(10)), seal.seal(data(20)), seal.seal(data(30))];
    const [cutter, opener] = [new RecordCutter(readLength), new Opener(native, key)];
    for (const chunk of [join(first, second.subarray(0, 7)), second.subarray(7), third]) {
      cutter.feed(chunk);
      cutter.retain();
    }
    expect(cutter.length).toBe(60 + 3 * RECORD_OVERHEAD_BYTES);
    for (const length of [10, 20, 30]) expect(open(opener, cutter.next() ?? new Uint8Array())).toEqual(data(length));
    expect(cutter.next()).toBeNull();
    expect(cutter.length).toBe(0);
  });

  it("accepts the longest record that is allowed", () => {
    const record = sealer().seal(new Uint8Array(MAX_RECORD_BYTES));
    expect(openAll([record.subarray(0, 5), record.subarray(5, 70_000), record.subarray(70_000)])[0]?.length).toBe(
      MAX_RECORD_BYTES,
    );
  });

  // proves: transit/record-length-capped
  it.each([0, 1, 23, 24, 39, MAX_RECORD_BYTES + 41, 2 ** 31, 2 ** 32 - 1])(
    "refuses a length of %i at once, whether whole or in pieces, and allocates no memory for it",
    (length) => {
      const header = new Uint8Array(4);
      new DataView(header.buffer).setUint32(0, length);
      const before = process.memoryUsage().arrayBuffers;
      expect(() => openAll([header])).toThrow(/connection corrupted/);
      expect(() => openAll([header.subarray(0, 3), header.subarray(3)])).toThrow(/connection corrupted/);
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1e6);
    },
  );

  // proves: transit/no-memory-for-announced-bytes
  it("allocates memory for bytes that have arrived, not for announced bytes", () => {
    const header = new Uint8Array(4);
    new DataView(header.buffer).setUint32(0, MAX_RECORD_BYTES + 40);
    const before = process.memoryUsage().arrayBuffers;
    expect(openAll([header, new Uint8Array(10)])).toEqual([]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1e6);
  });
});
