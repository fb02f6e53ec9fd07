/**
 * The format of records: transit.md of magic-wormhole-protocols, "Encryption", except that all numbers are big-endian.
 *
 * A record consists of 4 bytes of length, 24 bytes of nonce, 16 bytes of tag, and the ciphertext. The nonce is the
 * number of the record, counted from 0 in each direction.
 */
import { readUint32, writeUint32 } from "../../base/uint32.ts";
import { type BulkCipher, TAG_BYTES } from "../../crypto/bulk.ts";
import { TransitError } from "../../errors.ts";
import { LENGTH_BYTES } from "./record-cutter.ts";

const NONCE_BYTES = 24;
/** The length of nonce and tag. A sealed record is never shorter. */
const SEALED_OVERHEAD_BYTES = NONCE_BYTES + TAG_BYTES;
/** The number of bytes by which a record on the wire is longer than its plaintext. */
export const RECORD_OVERHEAD_BYTES = LENGTH_BYTES + SEALED_OVERHEAD_BYTES;

/**
 * The longest plaintext of a record. The length on the wire is not authenticated, so a forged length must not exhaust the
 * memory.
 */
export const MAX_RECORD_BYTES = 4 * 1024 * 1024;
/** The length of the plaintext in a record of bulk data. The other programs use the same. */
export const BULK_RECORD_BYTES = 16 * 1024;
/** The amount of bulk data that is sealed and written at once. More exceeds the processor's cache, less costs calls. */
export const BULK_BATCH_BYTES = 256 * 1024;
/** The size of a sealed batch. */
export const SLAB_BYTES = BULK_BATCH_BYTES + (BULK_BATCH_BYTES / BULK_RECORD_BYTES) * RECORD_OVERHEAD_BYTES;

/** Seals the records of one direction. */
export class Sealer {
  readonly #cipher: BulkCipher;
  readonly #key: Uint8Array;
  readonly #nonce: Uint8Array;

  /** @param nonce the nonce of the first record. Default: 24 zero bytes */
  constructor(cipher: BulkCipher, key: Uint8Array, nonce: Uint8Array = new Uint8Array(NONCE_BYTES)) {
    this.#cipher = cipher;
    this.#key = key;
    this.#nonce = nonce.slice();
  }

  /** Seals at most {@link MAX_RECORD_BYTES} as one record, in new memory. */
  seal(plaintext: Uint8Array): Uint8Array {
    const record = new Uint8Array(plaintext.length + RECORD_OVERHEAD_BYTES);
    this.#sealAt(record, 0, plaintext);
    return record;
  }

  /**
   * Seals at most {@link BULK_BATCH_BYTES} as records in a `slab` of {@link SLAB_BYTES}. Returns the used part of the
   * slab.
   */
  sealBatch(slab: Uint8Array, data: Uint8Array): Uint8Array {
    let end = 0;
    for (let start = 0; start < data.length; start += BULK_RECORD_BYTES) {
      end = this.#sealAt(slab, end, data.subarray(start, start + BULK_RECORD_BYTES));
    }
    return slab.subarray(0, end);
  }

  /** Writes a record into `target` at the position `at`. Returns the position after it. */
  #sealAt(target: Uint8Array, at: number, plaintext: Uint8Array): number {
    const nonceAt = at + LENGTH_BYTES;
    const boxAt = nonceAt + NONCE_BYTES;
    const end = boxAt + TAG_BYTES + plaintext.length;
    writeUint32(target, at, SEALED_OVERHEAD_BYTES + plaintext.length);
    target.set(this.#nonce, nonceAt);
    this.#cipher.seal(target.subarray(boxAt, end), plaintext, this.#nonce, this.#key);
    increment(this.#nonce);
    return end;
  }
}

/** Opens the records of one direction. Each must be the next one: no record can be left out, repeated or replaced. */
export class Opener {
  readonly #cipher: BulkCipher;
  readonly #key: Uint8Array;
  readonly #nonce: Uint8Array;

  /** @param nonce the nonce of the first record. Default: 24 zero bytes */
  constructor(cipher: BulkCipher, key: Uint8Array, nonce: Uint8Array = new Uint8Array(NONCE_BYTES)) {
    this.#cipher = cipher;
    this.#key = key;
    this.#nonce = nonce.slice();
  }

  /**
   * Opens a sealed record, given without its length, into `target`, which has {@link plaintextLength} bytes.
   * @throws {TransitError} if this is not the next record that the other side sealed
   */
  open(target: Uint8Array, sealed: Uint8Array): void {
    for (let i = 0; i < NONCE_BYTES; i++) if (sealed[i] !== this.#nonce[i]) throw corrupted();
    if (!this.#cipher.open(target, sealed.subarray(NONCE_BYTES), this.#nonce, this.#key)) throw corrupted();
    increment(this.#nonce);
  }

  /** Whether a sealed record is the next one. Nothing changes. */
  canOpen(sealed: Uint8Array): boolean {
    const target = new Uint8Array(plaintextLength(sealed));
    return (
      sealed.subarray(0, NONCE_BYTES).every((byte, i) => byte === this.#nonce[i]) &&
      this.#cipher.open(target, sealed.subarray(NONCE_BYTES), this.#nonce, this.#key)
    );
  }

  /** Opens a sealed record into new memory. @throws {TransitError} as {@link open} */
  openFresh(sealed: Uint8Array): Uint8Array {
    const record = this.#cipher.fresh(plaintextLength(sealed));
    this.open(record, sealed);
    return record;
  }
}

/** The number of bytes of plaintext in a sealed record. */
export function plaintextLength(sealed: Uint8Array): number {
  return sealed.length - SEALED_OVERHEAD_BYTES;
}

/** The error for data that the other side cannot have sent. */
export function corrupted(): TransitError {
  return new TransitError("Transit connection corrupted: the received data is not what the other side sent.");
}

/**
 * Reads the length at the position `at`, which is that of the sealed record that follows.
 * @throws {TransitError} if no honest side sends a record of that length
 */
export function readLength(bytes: Uint8Array, at: number): number {
  const length = readUint32(bytes, at);
  if (length < SEALED_OVERHEAD_BYTES || length > SEALED_OVERHEAD_BYTES + MAX_RECORD_BYTES) throw corrupted();
  return length;
}

function increment(nonce: Uint8Array): void {
  for (let i = NONCE_BYTES - 1; i >= 0; i--) {
    const digit = ((nonce[i] ?? 0) + 1) & 0xff;
    nonce[i] = digit;
    if (digit !== 0) return;
  }
}
