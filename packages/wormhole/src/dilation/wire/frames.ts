/**
 * Frames around records: 4 bytes of length (big-endian), then Noise messages. A record that is longer than one message
 * may be is cut into several inside one frame. The nonce counts messages in each direction, little-endian.
 *
 * Lengths are not authenticated. Whoever can change what is under way can therefore end a frame early, where one message
 * ends and the next begins, so that the rest looks like a record; a record that fits into one message is safe.
 */

import { readUint32, writeUint32 } from "../../base/uint32.ts";
import { type BulkCipher, TAG_BYTES } from "../../crypto/bulk.ts";
import { TransitError } from "../../errors.ts";
import { corrupted } from "../../transit/pipe/record.ts";
import { LENGTH_BYTES } from "../../transit/pipe/record-cutter.ts";

/** The longest Noise message, by the Noise specification (section 3); */
const MAX_MESSAGE = 65_535;
/** and what fits into it. */
const MAX_PIECE = MAX_MESSAGE - TAG_BYTES;

/** The longest record in a frame of one message, bytes. */
export const MAX_WHOLE = MAX_PIECE;

/** The longest record that is read or written, bytes. Its length comes unauthenticated: it must not fill our memory. */
export const MAX_PLAINTEXT = 16 * 1024 * 1024;
/** The longest frame, its length not included. */
export const MAX_FRAME = sealedLength(MAX_PLAINTEXT);
/** A message around one byte: nothing shorter is a frame. */
const MIN_FRAME = TAG_BYTES + 1;

function sealedLength(plaintextLength: number): number {
  return plaintextLength + TAG_BYTES * Math.ceil(plaintextLength / MAX_PIECE);
}

/** Bytes of the frame around a record, its length included. */
export function frameLength(plaintextLength: number): number {
  return LENGTH_BYTES + sealedLength(plaintextLength);
}

/**
 * The length that stands at `at`, of what follows it.
 * @throws {TransitError} if no honest side would say so
 */
export function readFrameLength(bytes: Uint8Array, at: number): number {
  const length = readUint32(bytes, at);
  if (length < MIN_FRAME || length > MAX_FRAME) throw corrupted();
  return length;
}

/**
 * The same, where both sides use frames of one message only. Lengths are not authenticated: whoever sits between could
 * otherwise make two frames of one, at the border between its messages.
 * @throws {TransitError} if there would be more than one message
 */
export function readWholeFrameLength(bytes: Uint8Array, at: number): number {
  const length = readFrameLength(bytes, at);
  if (length > MAX_MESSAGE) throw corrupted();
  return length;
}

/** 4 zero bytes, and a number of 64 bits. The bytes are written anew for each message; no number comes twice. */
class Nonce {
  readonly bytes = new Uint8Array(12);
  readonly #view = new DataView(this.bytes.buffer);
  #number: number;

  constructor(first: number) {
    this.#number = first;
  }

  /** @throws {TransitError} after 2^53 messages, where numbers would begin to repeat */
  next(): Uint8Array {
    if (this.#number > Number.MAX_SAFE_INTEGER) throw new TransitError("Too many records on one connection.");
    this.#view.setUint32(4, this.#number, true);
    this.#view.setUint32(8, this.#number / 2 ** 32, true);
    this.#number++;
    return this.bytes;
  }
}

/** Makes frames, in one direction. */
export class FrameSealer {
  readonly #cipher: BulkCipher;
  readonly #key: Uint8Array;
  readonly #nonce: Nonce;

  /** `first` is the number of the first message: how many the handshake has sent with this key. */
  constructor(cipher: BulkCipher, key: Uint8Array, first = 0) {
    this.#cipher = cipher;
    this.#key = key;
    this.#nonce = new Nonce(first);
  }

  /** The frame around a record (1 byte to {@link MAX_PLAINTEXT}), in memory of its own. */
  seal(plaintext: Uint8Array): Uint8Array {
    const frame = new Uint8Array(frameLength(plaintext.length));
    this.sealAt(frame, 0, plaintext);
    return frame;
  }

  /** Writes the frame around a record into `target` from `at`, and gives its end. */
  sealAt(target: Uint8Array, at: number, plaintext: Uint8Array): number {
    writeUint32(target, at, sealedLength(plaintext.length));
    let end = at + LENGTH_BYTES;
    for (let start = 0; start < plaintext.length; start += MAX_PIECE) {
      const piece = plaintext.length <= MAX_PIECE ? plaintext : plaintext.subarray(start, start + MAX_PIECE);
      const next = end + piece.length + TAG_BYTES;
      this.#cipher.seal(target.subarray(end, next), piece, this.#nonce.next(), this.#key);
      end = next;
    }
    return end;
  }
}

/** Opens frames, in one direction. Each must be the next: none can be left out, repeated or exchanged. */
export class FrameOpener {
  readonly #cipher: BulkCipher;
  readonly #key: Uint8Array;
  readonly #nonce: Nonce;

  /** `first` as of {@link FrameSealer}. */
  constructor(cipher: BulkCipher, key: Uint8Array, first = 0) {
    this.#cipher = cipher;
    this.#key = key;
    this.#nonce = new Nonce(first);
  }

  /**
   * The record in a frame (without its length), in memory of its own.
   * @throws {TransitError} if it is not the next frame that the other side sealed
   */
  open(frame: Uint8Array): Uint8Array {
    const messages = Math.max(1, Math.ceil(frame.length / MAX_MESSAGE));
    if (frame.length - (messages - 1) * MAX_MESSAGE < MIN_FRAME) throw corrupted();
    const plaintext = this.#cipher.fresh(frame.length - messages * TAG_BYTES);
    if (messages === 1) this.#openMessage(plaintext, frame);
    else this.#openPieces(plaintext, frame);
    return plaintext;
  }

  #openPieces(plaintext: Uint8Array, frame: Uint8Array): void {
    let to = 0;
    for (let from = 0; from < frame.length; from += MAX_MESSAGE, to += MAX_PIECE) {
      this.#openMessage(plaintext.subarray(to, to + MAX_PIECE), frame.subarray(from, from + MAX_MESSAGE));
    }
  }

  #openMessage(target: Uint8Array, message: Uint8Array): void {
    if (!this.#cipher.open(target, message, this.#nonce.next(), this.#key)) throw corrupted();
  }
}
