/** Records. test/vectors/dilation_l2.json holds those that the Python program writes, and those that it accepts. */
import { bytesToHex, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  DATA_HEADER_BYTES,
  type DilationRecord,
  decodeRecord,
  encodeAck,
  encodeClose,
  encodeCredit,
  encodeData,
  encodeKcm,
  encodeOpen,
  encodePart,
  encodePing,
  encodePong,
  MAX_SUBPROTOCOL_BYTES,
} from "../../../src/dilation/wire/records.ts";
import { vectors } from "../../vectors.ts";

interface L2 {
  conversation: { what: string; record?: string; plaintext?: string }[];
  parse_cases: { label: string; plaintext: string; python_parse_record: string }[];
}
interface Session {
  events: { ev: string; record?: string; plaintext?: string | object }[];
}
const known = vectors<L2>("dilation_l2");

function encode(record: DilationRecord): Uint8Array {
  switch (record.type) {
    case "kcm":
      return encodeKcm();
    case "ping":
      return encodePing(record.id);
    case "pong":
      return encodePong(record.id);
    case "open":
      return encodeOpen(record.subchannel, record.seqnum, record.subprotocol);
    case "data":
      return encodeData(record.subchannel, record.seqnum, record.payload);
    case "close":
      return encodeClose(record.subchannel, record.seqnum);
    case "ack":
      return encodeAck(record.seqnum);
    case "part":
      return encodePart(record.subchannel, record.seqnum, record.payload);
    case "credit":
      return encodeCredit(record.subchannel, record.total);
  }
}

/** A record as the Python program prints it. */
function inPython(record: DilationRecord | undefined): string {
  switch (record?.type) {
    case undefined:
      return "nothing";
    case "kcm":
      return "KCM()";
    case "ping":
    case "pong":
      return `${record.type === "ping" ? "Ping" : "Pong"}(ping_id=${escaped(bigEndian(record.id))})`;
    case "open":
      return `Open(seqnum=${record.seqnum}, scid=${record.subchannel}, subprotocol='${record.subprotocol}')`;
    case "data":
      return `Data(seqnum=${record.seqnum}, scid=${record.subchannel}, data=${escaped(record.payload)})`;
    case "close":
      return `Close(seqnum=${record.seqnum}, scid=${record.subchannel})`;
    case "ack":
      return `Ack(resp_seqnum=${record.seqnum})`;
    case "part":
    case "credit":
      return "a record of our extensions";
  }
}

const bigEndian = (id: number) => Uint8Array.of(id >>> 24, id >>> 16, id >>> 8, id);
const escaped = (bytes: Uint8Array) =>
  `b'${[...bytes].map((byte) => (byte < 32 || byte > 126 ? `\\x${bytesToHex(Uint8Array.of(byte))}` : String.fromCharCode(byte))).join("")}'`;

describe("a record", () => {
  const conversation = known.conversation.flatMap(({ what, record, plaintext }) =>
    record && plaintext ? [[what, record, plaintext] as const] : [],
  );

  it.each(conversation)("is read and written as by the Python program: %s", (_, record, plaintext) => {
    const decoded = decodeRecord(hexToBytes(plaintext));
    expect(inPython(decoded)).toBe(record);
    expect(decoded && bytesToHex(encode(decoded))).toBe(plaintext);
  });

  it("of a whole session is read and written as by the Python program", () => {
    const whole = vectors<Session>("dilation_session").events.filter(({ plaintext }) => typeof plaintext === "string");
    expect(whole.length).toBeGreaterThan(30);
    for (const { record, plaintext } of whole) {
      const decoded = decodeRecord(hexToBytes(plaintext as string));
      expect(inPython(decoded)).toBe(record);
      expect(decoded && bytesToHex(encode(decoded))).toBe(plaintext);
    }
  });

  it("is unchanged after encoding and decoding", () => {
    const number = fc.nat(0xffff_ffff);
    const subprotocol = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 });
    const place = { subchannel: number, seqnum: number };
    const record: fc.Arbitrary<DilationRecord> = fc.oneof(
      fc.record({ type: fc.constant("kcm") }),
      fc.record({ type: fc.constantFrom("ping", "pong"), id: number }),
      fc.record({ type: fc.constant("open"), ...place, subprotocol }),
      fc.record({ type: fc.constant("data"), ...place, payload: fc.uint8Array({ maxLength: 100 }) }),
      fc.record({ type: fc.constant("close"), ...place }),
      fc.record({ type: fc.constant("ack"), seqnum: number }),
    );
    fc.assert(
      fc.property(record, (record) => {
        expect(decodeRecord(encode(record))).toEqual(record);
      }),
    );
  });

  it("may open a subchannel with any name, even with a byte order mark", () => {
    for (const subprotocol of ["\uFEFFx", "\u0000", "名前", "🪱"]) {
      expect(decodeRecord(encodeOpen(1, 2, subprotocol))).toMatchObject({ subprotocol });
    }
  });

  it("of any bytes is decoded or invalid", () => {
    const likely = fc
      .tuple(fc.nat(8), fc.uint8Array({ maxLength: 24 }))
      .map(([type, rest]) => Uint8Array.of(type, ...rest));
    fc.assert(
      fc.property(fc.oneof(likely, fc.uint8Array()), (bytes) => {
        const record = decodeRecord(bytes);
        // A decoded record begins with the bytes that it is encoded as.
        if (record) expect(bytes.subarray(0, encode(record).length)).toEqual(encode(record));
      }),
      { numRuns: 1_000 },
    );
  });

  it("is read out of the middle of a larger array", () => {
    const record = encodeData(7, 8, utf8ToBytes("hello"));
    const within = new Uint8Array(40);
    within.set(record, 11);
    expect(decodeRecord(within.subarray(11, 11 + record.length))).toEqual({
      type: "data",
      subchannel: 7,
      seqnum: 8,
      payload: utf8ToBytes("hello"),
    });
  });
});

describe("a DATA record", () => {
  it("holds a copy of the payload, so that the writer may reuse its memory", () => {
    const payload = Uint8Array.of(1, 2, 3);
    const record = encodeData(1, 2, payload);
    payload.fill(9);
    expect([...record.subarray(DATA_HEADER_BYTES)]).toEqual([1, 2, 3]);
  });

  it("is read without a copy", () => {
    const record = encodeData(1, 2, Uint8Array.of(1, 2, 3));
    const decoded = decodeRecord(record);
    expect(decoded?.type === "data" && decoded.payload.buffer).toBe(record.buffer);
  });
});

describe("an invalid record", () => {
  /** A PONG must have four bytes, and an OPEN a subprotocol. The Python program does not check this. */
  const STRICTER = ["PING with 3 bytes", "OPEN without subprotocol (pre-0.20 peer)"];
  const cases = known.parse_cases.map(({ label, plaintext, python_parse_record }) => {
    const refused = python_parse_record.startsWith("EXC") || STRICTER.includes(label);
    return { label, plaintext, expected: refused ? "nothing" : python_parse_record };
  });

  it.each(cases)("is refused as by the Python program, or more strictly: $label", ({ plaintext, expected }) => {
    expect(inPython(decodeRecord(hexToBytes(plaintext)))).toBe(expected);
  });

  it.each([
    ["PING", encodePing(1)],
    ["PONG", encodePong(1)],
    ["OPEN", encodeOpen(1, 2, "x")],
    ["DATA", encodeData(1, 2, new Uint8Array(0))],
    ["CLOSE", encodeClose(1, 2)],
    ["ACK", encodeAck(1)],
    ["CREDIT", encodeCredit(1, 2 ** 40)],
    ["PART", encodePart(1, 2, new Uint8Array(0))],
  ])("is a %s that lacks any of its bytes", (_, record) => {
    for (let length = 0; length < record.length; length++) {
      expect(decodeRecord(record.subarray(0, length)), `${length} bytes`).toBeUndefined();
    }
  });

  it("is an OPEN with a name of over 1024 bytes", () => {
    expect(decodeRecord(encodeOpen(1, 2, "é".repeat(MAX_SUBPROTOCOL_BYTES / 2)))).toMatchObject({ type: "open" });
    expect(decodeRecord(encodeOpen(1, 2, `${"é".repeat(MAX_SUBPROTOCOL_BYTES / 2)}x`))).toBeUndefined();
  });

  it("is an OPEN whose name ends within a character", () => {
    const record = encodeOpen(1, 2, "é");
    expect(decodeRecord(record)).toMatchObject({ subprotocol: "é" });
    expect(decodeRecord(record.subarray(0, -1))).toBeUndefined();
  });

  it("is anything of an unknown type", () => {
    const ours = [0x80, 0x81];
    for (let type = 7; type < 256; type++) {
      if (ours.includes(type)) continue;
      expect(decodeRecord(new Uint8Array(20).fill(1).fill(type, 0, 1)), `type ${type}`).toBeUndefined();
    }
  });
});
