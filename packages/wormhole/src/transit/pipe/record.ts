/**
 * Records, as transit.md of magic-wormhole-protocols has them but for its byte order: 4 bytes of length (big-endian),
 * 24 bytes of nonce, 16 of tag, the ciphertext. The nonce is the record's number, counted from 0 in each direction,
 * as a big-endian number.
 */

import { readUint32, writeUint32 } from "../../base/uint32.ts";
import { type BulkCipher, TAG_BYTES } from "../../crypto/bulk.ts";
import { TransitError } from "../../errors.ts";

export const LENGTH_BYTES = 4;
const NONCE_BYTES = 24;
/** Nonce and tag: nothing shorter is a record. */
const SEALED_OVERHEAD = NONCE_BYTES + TAG_BYTES;
/** What a record costs on the wire. */
export const RECORD_OVERHEAD = LENGTH_BYTES + SEALED_OVERHEAD;

/** The longest record, plaintext bytes. Its length comes unauthenticated: whoever could forge it must not fill our memory. */
export const MAX_RECORD = 4 * 1024 * 1024;
/** Bytes in a record of bulk data: what all programs send. */
export const BULK_RECORD = 16 * 1024;
/** Bytes of bulk data that are sealed and written at once. More would leave the processor's cache, less costs calls. */
export const BATCH = 256 * 1024;
/** Room for a sealed batch. */
export const SLAB = BATCH + (BATCH / BULK_RECORD) * RECORD_OVERHEAD;

/** Makes records, in one direction. */
export class Sealer {
  readonly #cipher: BulkCipher;
  readonly #key: Uint8Array;
  readonly #nonce: Uint8Array;

  /** `nonce` is the first record's: 24 zero bytes unless said otherwise. */
  constructor(cipher: BulkCipher, key: Uint8Array, nonce: Uint8Array = new Uint8Array(NONCE_BYTES)) {
    this.#cipher = cipher;
    this.#key = key;
    this.#nonce = nonce.slice();
  }

  /** One record around at most {@link MAX_RECORD} bytes, in memory of its own. */
  seal(plaintext: Uint8Array): Uint8Array {
    const record = new Uint8Array(plaintext.length + RECORD_OVERHEAD);
    this.#sealAt(record, 0, plaintext);
    return record;
  }

  /** Bulk data, at most {@link BATCH} bytes, as records in a `slab` of {@link SLAB} bytes. Gives the part that is used. */
  sealBatch(slab: Uint8Array, data: Uint8Array): Uint8Array {
    let end = 0;
    for (let start = 0; start < data.length; start += BULK_RECORD) {
      end = this.#sealAt(slab, end, data.subarray(start, start + BULK_RECORD));
    }
    return slab.subarray(0, end);
  }

  /** Writes a record into `target` from `at`, and gives its end. */
  #sealAt(target: Uint8Array, at: number, plaintext: Uint8Array): number {
    const nonceAt = at + LENGTH_BYTES;
    const boxAt = nonceAt + NONCE_BYTES;
    const end = boxAt + TAG_BYTES + plaintext.length;
    writeUint32(target, at, SEALED_OVERHEAD + plaintext.length);
    target.set(this.#nonce, nonceAt);
    this.#cipher.seal(target.subarray(boxAt, end), plaintext, this.#nonce, this.#key);
    increment(this.#nonce);
    return end;
  }
}

/** Opens records, in one direction. Each must be the next: none can be left out, repeated or exchanged. */
export class Opener {
  readonly #cipher: BulkCipher;
  readonly #key: Uint8Array;
  readonly #nonce: Uint8Array;

  /** `nonce` is the first record's: 24 zero bytes unless said otherwise. */
  constructor(cipher: BulkCipher, key: Uint8Array, nonce: Uint8Array = new Uint8Array(NONCE_BYTES)) {
    this.#cipher = cipher;
    this.#key = key;
    this.#nonce = nonce.slice();
  }

  /**
   * Opens a `sealed` record (without its length) into `target`, which has {@link plaintextLength} bytes.
   * @throws {TransitError} if it is not the next record that the other side sealed
   */
  open(target: Uint8Array, sealed: Uint8Array): void {
    for (let i = 0; i < NONCE_BYTES; i++) if (sealed[i] !== this.#nonce[i]) throw corrupted();
    if (!this.#cipher.open(target, sealed.subarray(NONCE_BYTES), this.#nonce, this.#key)) throw corrupted();
    increment(this.#nonce);
  }

  /** The same, in memory of its own. */
  openFresh(sealed: Uint8Array): Uint8Array {
    const record = this.#cipher.fresh(plaintextLength(sealed));
    this.open(record, sealed);
    return record;
  }
}

/** How many bytes are inside. */
export function plaintextLength(sealed: Uint8Array): number {
  return sealed.length - SEALED_OVERHEAD;
}

export function corrupted(): TransitError {
  return new TransitError("Transit connection corrupted: what arrived is not what the other side sent.");
}

/**
 * The length that stands at `at`, of what follows it.
 * @throws {TransitError} if no honest side would say so
 */
export function readLength(bytes: Uint8Array, at: number): number {
  const length = readUint32(bytes, at);
  if (length < SEALED_OVERHEAD || length > SEALED_OVERHEAD + MAX_RECORD) throw corrupted();
  return length;
}

function increment(nonce: Uint8Array): void {
  for (let i = NONCE_BYTES - 1; i >= 0; i--) {
    const digit = ((nonce[i] ?? 0) + 1) & 0xff;
    nonce[i] = digit;
    if (digit !== 0) return;
  }
}
