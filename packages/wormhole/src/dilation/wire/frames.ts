/**
 * Frames around records: 4 bytes of length (big-endian), then Noise messages. A record that does not fit into one message
 * is cut into several messages inside one frame. The nonce counts messages in each direction, little-endian.
 *
 * The length is not authenticated. An attacker on the network can therefore end a frame early, at the border between two
 * messages, so that the remainder looks like a record. A record that fits into one message is safe from this.
 */
import { readUint32, writeUint32 } from "../../base/uint32.ts";
import { type BulkCipher, TAG_BYTES } from "../../crypto/bulk.ts";
import { TransitError } from "../../errors.ts";
import { corrupted } from "../../transit/pipe/record.ts";
import { LENGTH_BYTES } from "../../transit/pipe/record-cutter.ts";

/** The longest Noise message (Noise specification, section 3). */
const MAX_MESSAGE_BYTES = 65_535;
/** The longest record that fits into a frame of one message. */
export const MAX_WHOLE_RECORD_BYTES = MAX_MESSAGE_BYTES - TAG_BYTES;

/** The longest record that is read or written. The length is not authenticated, so it must be bounded. */
export const MAX_DILATION_RECORD_BYTES = 16 * 1024 * 1024;
/** The longest frame, without its length. */
export const MAX_FRAME_BYTES = sealedLength(MAX_DILATION_RECORD_BYTES);
/** The shortest frame, without its length: one message around one byte. */
const MIN_FRAME_BYTES = TAG_BYTES + 1;

function sealedLength(plaintextLength: number): number {
  return plaintextLength + TAG_BYTES * Math.ceil(plaintextLength / MAX_WHOLE_RECORD_BYTES);
}

/** Returns the number of bytes in the frame around a record, including the length field. */
export function frameLength(plaintextLength: number): number {
  return LENGTH_BYTES + sealedLength(plaintextLength);
}

/**
 * Reads the length of a frame at `at`.
 * @throws {TransitError} if no frame has this length
 */
export function readFrameLength(bytes: Uint8Array, at: number): number {
  const length = readUint32(bytes, at);
  if (length < MIN_FRAME_BYTES || length > MAX_FRAME_BYTES) throw corrupted();
  return length;
}

/**
 * Reads the length of a frame that must hold a single message. An attacker on the network cannot split such a frame.
 * @throws {TransitError} if no frame of one message has this length
 */
export function readWholeFrameLength(bytes: Uint8Array, at: number): number {
  const length = readFrameLength(bytes, at);
  if (length > MAX_MESSAGE_BYTES) throw corrupted();
  return length;
}

/** Counts messages: 4 zero bytes and a number of 64 bits, little-endian. The same bytes are overwritten for each message. */
class Nonce {
  readonly bytes = new Uint8Array(12);
  readonly #view = new DataView(this.bytes.buffer);
  #number: number;

  constructor(first: number) {
    this.#number = first;
  }

  /** @throws {TransitError} after 2^53 messages, where JavaScript's numbers would repeat */
  next(): Uint8Array {
    if (this.#number > Number.MAX_SAFE_INTEGER) throw new TransitError("Too many records on one connection.");
    this.#view.setUint32(4, this.#number, true);
    this.#view.setUint32(8, this.#number / 2 ** 32, true);
    this.#number++;
    return this.bytes;
  }
}

/** Seals records into frames, in one direction. */
export class FrameSealer {
  readonly #cipher: BulkCipher;
  readonly #key: Uint8Array;
  readonly #nonce: Nonce;

  /** `first` is the number of the first message: the handshake may have used lower ones with this key. */
  constructor(cipher: BulkCipher, key: Uint8Array, first = 0) {
    this.#cipher = cipher;
    this.#key = key;
    this.#nonce = new Nonce(first);
  }

  /** Returns the frame around a record of 1 to {@link MAX_DILATION_RECORD_BYTES} bytes, in new memory. */
  seal(plaintext: Uint8Array): Uint8Array {
    const frame = new Uint8Array(frameLength(plaintext.length));
    this.sealAt(frame, 0, plaintext);
    return frame;
  }

  /** Writes the frame around a record into `target` at `at`. Returns the index after its end. */
  sealAt(target: Uint8Array, at: number, plaintext: Uint8Array): number {
    writeUint32(target, at, sealedLength(plaintext.length));
    let end = at + LENGTH_BYTES;
    for (let start = 0; start < plaintext.length; start += MAX_WHOLE_RECORD_BYTES) {
      const piece =
        plaintext.length <= MAX_WHOLE_RECORD_BYTES
          ? plaintext
          : plaintext.subarray(start, start + MAX_WHOLE_RECORD_BYTES);
      const next = end + piece.length + TAG_BYTES;
      this.#cipher.seal(target.subarray(end, next), piece, this.#nonce.next(), this.#key);
      end = next;
    }
    return end;
  }
}

/** Opens frames, in one direction. A frame that is missing, repeated or out of order is not authentic. */
export class FrameOpener {
  readonly #cipher: BulkCipher;
  readonly #key: Uint8Array;
  readonly #nonce: Nonce;

  /** `first` has the same meaning as for {@link FrameSealer}. */
  constructor(cipher: BulkCipher, key: Uint8Array, first = 0) {
    this.#cipher = cipher;
    this.#key = key;
    this.#nonce = new Nonce(first);
  }

  /**
   * Returns the record in a frame (given without its length), in new memory.
   * @throws {TransitError} if this is not the next frame that the peer sealed
   */
  open(frame: Uint8Array): Uint8Array {
    const messages = Math.max(1, Math.ceil(frame.length / MAX_MESSAGE_BYTES));
    if (frame.length - (messages - 1) * MAX_MESSAGE_BYTES < MIN_FRAME_BYTES) throw corrupted();
    const plaintext = this.#cipher.fresh(frame.length - messages * TAG_BYTES);
    if (messages === 1) this.#openMessage(plaintext, frame);
    else this.#openPieces(plaintext, frame);
    return plaintext;
  }

  #openPieces(plaintext: Uint8Array, frame: Uint8Array): void {
    let to = 0;
    for (let from = 0; from < frame.length; from += MAX_MESSAGE_BYTES, to += MAX_WHOLE_RECORD_BYTES) {
      this.#openMessage(
        plaintext.subarray(to, to + MAX_WHOLE_RECORD_BYTES),
        frame.subarray(from, from + MAX_MESSAGE_BYTES),
      );
    }
  }

  #openMessage(target: Uint8Array, message: Uint8Array): void {
    if (!this.#cipher.open(target, message, this.#nonce.next(), this.#key)) throw corrupted();
  }
}
