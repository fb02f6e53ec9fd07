/**
 * Plants bugs at the cipher: a record is changed just before it is sealed, or just after it is opened. These bugs depend on
 * the wire format only, so changes of names within the library do not affect them.
 */
import { readUint32, writeUint32 } from "../../../packages/wormhole/src/base/uint32.ts";
import type { BulkCipher } from "../../../packages/wormhole/src/crypto/bulk.ts";
import type { Bug } from "../bugs.ts";

/** The types of records, by their first byte. */
export const PING = 1;
const PONG = 2;
const OPEN = 3;
const CLOSE = 5;
export const ACK = 6;
export const CREDIT = 0x80;
const PART = 0x81;

/** The changes that a bug makes to the records of one side, in place. */
export interface Tampering {
  /** `key` is different for each connection. */
  readonly sealing?: (record: Uint8Array, key: Uint8Array) => void;
  readonly opened?: (record: Uint8Array) => void;
  readonly fresh?: BulkCipher["fresh"];
}

let current: (() => Tampering) | null = null;

/** Makes a bug of such changes. `tampering` is called once for each side. */
export function tamper(name: string, tampering: () => Tampering): Bug {
  const plant = () => {
    current = tampering;
    return () => {
      current = null;
    };
  };
  return { name, plant };
}

/** The cipher of one side, with the planted bug if there is one. */
export function tampered(cipher: BulkCipher): BulkCipher {
  if (current === null) return cipher;
  const { sealing, opened, fresh } = current();
  return {
    ...cipher,
    ...(fresh && { fresh }),
    seal(target, record, nonce, key) {
      const copy = record.slice();
      sealing?.(copy, key);
      cipher.seal(target, copy, nonce, key);
    },
    open(target, message, nonce, key) {
      const isGood = cipher.open(target, message, nonce, key);
      if (isGood) opened?.(target);
      return isGood;
    },
  };
}

/** Makes a record one that is ignored: surplus bytes of a PONG have no meaning. */
export function suppress(record: Uint8Array): void {
  record[0] = PONG;
}

/** The sequence number of an OPEN, DATA, PART or CLOSE; undefined for other records. */
export function seqnumOf(record: Uint8Array): number | undefined {
  const [type = 0] = record;
  return (type >= OPEN && type <= CLOSE) || type === PART ? readUint32(record, 5) : undefined;
}

/** Changes the number that follows the type: of an ACK its sequence number, of others the subchannel's. */
export function renumber(record: Uint8Array, change: (number: number) => number): void {
  writeUint32(record, 1, change(readUint32(record, 1)));
}
