/** What goes over a connection: dilation-protocol.rst of magic-wormhole, in the numbering that its program uses. */
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { readUint32, writeUint32 } from "../../base/uint32.ts";

/** Numbers have 32 bits. `payload` is a view into what was decoded. */
export type DilationRecord =
  /** Key confirmation: each side's first record. */
  | { readonly type: "kcm" }
  | { readonly type: "ping" | "pong"; readonly id: number }
  | { readonly type: "open"; readonly subchannel: number; readonly seqnum: number; readonly subprotocol: string }
  | { readonly type: "data"; readonly subchannel: number; readonly seqnum: number; readonly payload: Uint8Array }
  /** Of our own: the same, and the chunk goes on in the next record of this subchannel. */
  | { readonly type: "part"; readonly subchannel: number; readonly seqnum: number; readonly payload: Uint8Array }
  | { readonly type: "close"; readonly subchannel: number; readonly seqnum: number }
  /** Everything up to this number has come. */
  | { readonly type: "ack"; readonly seqnum: number }
  /** Of our own: what may be sent over a subchannel in all its life, see {@link costOf}. */
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

/** What a chunk costs, bytes: many small ones must not be for free. */
export function costOf(chunk: Uint8Array): number {
  return chunk.length + CHUNK_COST;
}
const CHUNK_COST = 64;

/** Bytes of a DATA record before its payload: type, subchannel, number. */
export const DATA_HEADER = 9;
/** Bytes that a record of each type has at least. A subprotocol has a name. */
const SHORTEST: Readonly<Record<number, number>> = {
  [KCM]: 1,
  [PING]: 5,
  [PONG]: 5,
  [OPEN]: DATA_HEADER + 1,
  [DATA]: DATA_HEADER,
  [CLOSE]: DATA_HEADER,
  [ACK]: 5,
  [CREDIT]: 13,
  [PART]: DATA_HEADER,
};
/** Bytes of a subprotocol's name, in UTF-8: a stranger's name must not be a megabyte. */
export const MAX_SUBPROTOCOL = 1024;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

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
 * A copy of the payload is made: this is what is kept until it is acknowledged. `record`, if given, has just the room
 * for it.
 */
export function encodeData(
  subchannel: number,
  seqnum: number,
  payload: Uint8Array,
  record: Uint8Array = new Uint8Array(DATA_HEADER + payload.length),
): Uint8Array {
  record[0] = DATA;
  writeUint32(record, 1, subchannel);
  writeUint32(record, 5, seqnum);
  record.set(payload, DATA_HEADER);
  return record;
}

/** The same for a piece of a chunk that is not its last. */
export function encodePart(
  subchannel: number,
  seqnum: number,
  payload: Uint8Array,
  record: Uint8Array = new Uint8Array(DATA_HEADER + payload.length),
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

function numbered(type: number, ...numbers: number[]): Uint8Array {
  const record = new Uint8Array(1 + 4 * numbers.length);
  record[0] = type;
  for (const [place, number] of numbers.entries()) writeUint32(record, 1 + 4 * place, number);
  return record;
}

/** `undefined` for what is no record. Bytes behind those that are needed mean nothing, as for Python's program. */
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
      return decodeOpen(number(1), number(5), plaintext.subarray(DATA_HEADER));
    case DATA:
    case PART:
      return {
        type: type === DATA ? "data" : "part",
        subchannel: number(1),
        seqnum: number(5),
        payload: plaintext.subarray(DATA_HEADER),
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
  if (name.length > MAX_SUBPROTOCOL) return undefined;
  try {
    return {
      type: "open",
      subchannel,
      seqnum,
      subprotocol: utf8.decode(name),
    };
  } catch {
    return undefined;
  }
}

/** The total has 64 bits. */
export function encodeCredit(subchannel: number, total: number): Uint8Array {
  return numbered(CREDIT, subchannel, Math.floor(total / 2 ** 32), total % 2 ** 32);
}
