/** The chosen connection: seals records and writes them in batches, reads frames and opens them. */
import type { BulkCipher } from "../../crypto/bulk.ts";
import type { NoiseKeys } from "../../crypto/noise.ts";
import type { Connection, Receiver } from "../../net/connection.ts";
import { RecordCutter } from "../../transit/pipe/record-cutter.ts";
import { BATCH_BYTES } from "../limits.ts";
import { FrameOpener, FrameSealer, frameLength, readFrameLength, readWholeFrameLength } from "../wire/frames.ts";
import { type DilationRecord, decodeRecord } from "../wire/records.ts";
import type { SendQueue } from "./send-queue.ts";

/**
 * Buffers that take turns: while some are on their way to the network, the next one is filled. Two are too few for eight
 * subchannels.
 */
const SLABS = 4;
/** The number of the first message. Number 0 of each direction was the key confirmation. */
const FIRST_NUMBER = 1;

/** Callbacks of a connection. Each of them may drop it. */
export interface FramedConnectionEvents {
  record(record: DilationRecord): void;
  /** Called after the records of each chunk that arrived. */
  settled(): void;
  /** More can be written. */
  ready(): void;
  /** The connection is lost, or brought a frame that is not authentic. No call follows. */
  lost(): void;
  /** The peer sent an authentic frame that holds no valid record. */
  breach(): void;
}

export interface FramedConnectionOptions {
  readonly connection: Connection;
  readonly keys: NoiseKeys;
  readonly cipher: BulkCipher;
  /** Whether each frame of the peer holds a single Noise message. */
  readonly whole: boolean;
  readonly events: FramedConnectionEvents;
}

export class FramedConnection implements Receiver {
  /** This machine's address without a port, if it is known. */
  readonly localAddress: string | undefined;
  /** Whether a frame has come since this was last set to false. */
  received = false;
  readonly #connection: Connection;
  readonly #sealer: FrameSealer;
  readonly #opener: FrameOpener;
  readonly #events: FramedConnectionEvents;
  readonly #cutter: RecordCutter;
  readonly #slabs: Uint8Array[] = Array.from({ length: SLABS }, () => new Uint8Array(0));
  /** Bytes that the network has not taken yet. One long record can exceed a batch. */
  #ahead = 0;
  #paused = false;
  #over = false;

  constructor({ connection, keys, cipher, whole, events }: FramedConnectionOptions) {
    this.#connection = connection;
    this.#cutter = new RecordCutter(whole ? readWholeFrameLength : readFrameLength);
    this.localAddress = connection.localAddress;
    this.#sealer = new FrameSealer(cipher, keys.send, FIRST_NUMBER);
    this.#opener = new FrameOpener(cipher, keys.receive, FIRST_NUMBER);
    this.#events = events;
  }

  /** Begins to read. `rest` came together with the end of the handshake. */
  start(rest: Uint8Array): void {
    this.#connection.receive(this);
    this.chunk(rest);
  }

  /** Whether a batch can be written now. */
  get isReady(): boolean {
    return !this.#over && this.#slabs.length > 0 && this.#ahead < SLABS * BATCH_BYTES;
  }

  get isPaused(): boolean {
    return this.#paused;
  }

  /** Writes one batch of queued records. */
  write(queue: SendQueue): void {
    const first = queue.peek();
    const slab = this.#slabs.pop();
    if (first === undefined || slab === undefined) return;
    const room = Math.max(BATCH_BYTES, frameLength(first.length));
    const target = slab.length >= room ? slab : new Uint8Array(room);
    let end = 0;
    for (let record: Uint8Array | undefined = first; record !== undefined; record = queue.peek()) {
      if (end + frameLength(record.length) > target.length) break;
      end = this.#sealer.sealAt(target, end, record);
      queue.shift();
    }
    this.#connection.write(target.subarray(0, end));
    this.#ahead += end;
    this.#connection.drained().then(
      () => this.#free(target, end),
      () => {},
    );
  }

  /** Stops reading, so that the peer has to wait. */
  pause(): void {
    this.#paused = true;
    this.#connection.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#connection.resume();
  }

  /** Closes the connection at once. No callback follows. */
  drop(): void {
    if (!this.#over) this.#connection.destroy();
    this.#over = true;
  }

  /** Stops using the connection and returns it, still open. No callback follows. */
  release(): Connection {
    this.#over = true;
    return this.#connection;
  }

  /** Closes the connection after everything that was written. No callback follows. */
  end(): void {
    this.#over = true;
    void this.#connection.end();
  }

  chunk(bytes: Uint8Array): void {
    if (this.#over) return;
    this.#cutter.feed(bytes);
    try {
      this.#read();
    } catch {
      this.#lose();
      return;
    }
    this.#cutter.retain();
    if (!this.#over) this.#events.settled();
  }

  ended(): void {
    if (!this.#over) this.#lose();
  }

  #read(): void {
    for (let frame = this.#cutter.next(); frame !== null; frame = this.#cutter.next()) {
      const record = decodeRecord(this.#opener.open(frame));
      this.received = true;
      if (record === undefined) this.#events.breach();
      else this.#events.record(record);
      if (this.#over) return;
    }
  }

  /** Keeps a buffer for the next batch, unless it was enlarged for a single long record. */
  #free(target: Uint8Array, written: number): void {
    this.#ahead -= written;
    this.#slabs.push(target.length > BATCH_BYTES ? new Uint8Array(0) : target);
    if (!this.#over) this.#events.ready();
  }

  #lose(): void {
    this.drop();
    this.#events.lost();
  }
}
