/** The records that a connection carries, as in dilation-protocol.rst of magic-wormhole, with the type numbers of its program. */
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { decodeUtf8 } from "../../base/bytes.ts";
import { readUint32, UINT32_BYTES, writeUint32 } from "../../base/uint32.ts";

/** Numbers have 32 bits. `payload` is a view into the decoded bytes. */
export type DilationRecord =
  /** Key confirmation: the first record of each side. */
  | { readonly type: "kcm" }
  | { readonly type: "ping" | "pong"; readonly id: number }
  | { readonly type: "open"; readonly subchannel: number; readonly seqnum: number; readonly subprotocol: string }
  | { readonly type: "data"; readonly subchannel: number; readonly seqnum: number; readonly payload: Uint8Array }
  /** Our extension: like `data`, but the chunk continues in the next record of this subchannel. */
  | { readonly type: "part"; readonly subchannel: number; readonly seqnum: number; readonly payload: Uint8Array }
  | { readonly type: "close"; readonly subchannel: number; readonly seqnum: number }
  /** Every record up to this number has arrived. */
  | { readonly type: "ack"; readonly seqnum: number }
  /** Our extension: the total cost ({@link costOf}) that may be sent over a subchannel during its whole life. */
  | { readonly type: "credit"; readonly subchannel: number; readonly total: number };

const KCM = 0x00;
const PING = 0x01;
const PONG = 0x02;
const OPEN = 0x03;
const DATA = 0x04;
const CLOSE = 0x05;
const ACK = 0x06;
const CREDIT = 0x80;
const PART = 0x81;

/** Added to the length of each chunk, so that many small chunks are not free. */
const CHUNK_COST_BYTES = 64;

/** Returns the cost in credit of a chunk of this length, bytes. */
export function costOf(length: number): number {
  return length + CHUNK_COST_BYTES;
}

/** Bytes of a DATA record before its payload: type, subchannel, sequence number. */
export const DATA_HEADER_BYTES = 1 + 2 * UINT32_BYTES;
/** The minimum length of each type, bytes. The name in an OPEN is not empty. */
const SHORTEST: Readonly<Record<number, number>> = {
  [KCM]: 1,
  [PING]: 5,
  [PONG]: 5,
  [OPEN]: DATA_HEADER_BYTES + 1,
  [DATA]: DATA_HEADER_BYTES,
  [CLOSE]: DATA_HEADER_BYTES,
  [ACK]: 5,
  [CREDIT]: 13,
  [PART]: DATA_HEADER_BYTES,
};
/** The longest name of a subprotocol, in UTF-8. */
export const MAX_SUBPROTOCOL_BYTES = 1024;

export function encodeKcm(): Uint8Array {
  return Uint8Array.of(KCM);
}

export function encodePing(id: number): Uint8Array {
  return numbered(PING, id);
}

export function encodePong(id: number): Uint8Array {
  return numbered(PONG, id);
}

export function encodeOpen(subchannel: number, seqnum: number, subprotocol: string): Uint8Array {
  return concatBytes(numbered(OPEN, subchannel, seqnum), utf8ToBytes(subprotocol));
}

/**
 * Encodes a chunk, or its last part, with a copy of the payload. `record` is the memory to use; its length must be
 * exactly {@link DATA_HEADER_BYTES} more than the payload's.
 */
export function encodeData(
  subchannel: number,
  seqnum: number,
  payload: Uint8Array,
  record: Uint8Array = new Uint8Array(DATA_HEADER_BYTES + payload.length),
): Uint8Array {
  record[0] = DATA;
  writeUint32(record, 1, subchannel);
  writeUint32(record, 5, seqnum);
  record.set(payload, DATA_HEADER_BYTES);
  return record;
}

/** Encodes a part of a chunk that is not its last. The arguments are those of {@link encodeData}. */
export function encodePart(
  subchannel: number,
  seqnum: number,
  payload: Uint8Array,
  record: Uint8Array = new Uint8Array(DATA_HEADER_BYTES + payload.length),
): Uint8Array {
  encodeData(subchannel, seqnum, payload, record)[0] = PART;
  return record;
}

export function encodeClose(subchannel: number, seqnum: number): Uint8Array {
  return numbered(CLOSE, subchannel, seqnum);
}

export function encodeAck(seqnum: number): Uint8Array {
  return numbered(ACK, seqnum);
}

/** Encodes credit. `total` has 64 bits. */
export function encodeCredit(subchannel: number, total: number): Uint8Array {
  return numbered(CREDIT, subchannel, Math.floor(total / 2 ** 32), total % 2 ** 32);
}

function numbered(type: number, ...numbers: number[]): Uint8Array {
  const record = new Uint8Array(1 + UINT32_BYTES * numbers.length);
  record[0] = type;
  for (const [index, number] of numbers.entries()) writeUint32(record, 1 + UINT32_BYTES * index, number);
  return record;
}

/** Decodes a record. Returns `undefined` if it is invalid. Surplus bytes are ignored, as by the Python program. */
export function decodeRecord(plaintext: Uint8Array): DilationRecord | undefined {
  const type = plaintext[0];
  if (type === undefined || plaintext.length < (SHORTEST[type] ?? Number.POSITIVE_INFINITY)) return undefined;
  const number = (at: number) => readUint32(plaintext, at);
  switch (type) {
    case KCM:
      return { type: "kcm" };
    case PING:
      return { type: "ping", id: number(1) };
    case PONG:
      return { type: "pong", id: number(1) };
    case OPEN:
      return decodeOpen(number(1), number(5), plaintext.subarray(DATA_HEADER_BYTES));
    case DATA:
    case PART:
      return {
        type: type === DATA ? "data" : "part",
        subchannel: number(1),
        seqnum: number(5),
        payload: plaintext.subarray(DATA_HEADER_BYTES),
      };
    case CREDIT:
      return { type: "credit", subchannel: number(1), total: number(5) * 2 ** 32 + number(9) };
    case CLOSE:
      return { type: "close", subchannel: number(1), seqnum: number(5) };
    case ACK:
      return { type: "ack", seqnum: number(1) };
    default:
      return undefined;
  }
}

function decodeOpen(subchannel: number, seqnum: number, name: Uint8Array): DilationRecord | undefined {
  if (name.length > MAX_SUBPROTOCOL_BYTES) return undefined;
  const subprotocol = decodeUtf8(name);
  return subprotocol === undefined ? undefined : { type: "open", subchannel, seqnum, subprotocol };
}
