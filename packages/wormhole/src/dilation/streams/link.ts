/** The chosen connection: seals records and writes them in batches, reads frames and opens them. */
import type { BulkCipher } from "../../crypto/bulk.ts";
import type { NoiseKeys } from "../../crypto/noise.ts";
import type { Connection, Receiver } from "../../net/connection.ts";
import { RecordCutter } from "../../transit/pipe/record-cutter.ts";
import { BATCH } from "../limits.ts";
import { FrameOpener, FrameSealer, frameLength, readFrameLength, readWholeFrameLength } from "../wire/frames.ts";
import { type DilationRecord, decodeRecord } from "../wire/records.ts";

/** Batches that take turns: while some are on their way to the network, the next is filled. With two, eight subchannels wait. */
const SLABS = 4;
/** The key confirmation was the first message of each direction. */
const FIRST_NUMBER = 1;

/** What a link tells. It may be dropped from within each of these calls. */
export interface LinkEvents {
  record(record: DilationRecord): void;
  /** All that has arrived so far was told. */
  settled(): void;
  /** More may be written. */
  ready(): void;
  /** The last call, but for {@link Link.drop}: the connection is lost, or what it brought is not the other side's. */
  lost(): void;
  /** The other side, and nobody else, said what is none of its records. */
  breach(): void;
}

export interface LinkOptions {
  readonly connection: Connection;
  readonly keys: NoiseKeys;
  readonly cipher: BulkCipher;
  /** The other side sends no frame of several messages. */
  readonly whole: boolean;
  readonly events: LinkEvents;
}

/** Records that are to be sent. */
export interface Queue {
  /** The next one, without taking it. */
  peek(): Uint8Array | undefined;
  /** The one of {@link peek} was taken. */
  shift(): void;
}

export class Link implements Receiver {
  /** For people. */
  readonly localAddress: string | undefined;
  /** Whether anything has come since this was last set to false. */
  heard = false;
  readonly #connection: Connection;
  readonly #sealer: FrameSealer;
  readonly #opener: FrameOpener;
  readonly #events: LinkEvents;
  readonly #cutter: RecordCutter;
  readonly #slabs: Uint8Array[] = Array.from({ length: SLABS }, () => new Uint8Array(0));
  /** Bytes that were not handed over to the network yet. A long record is more than a batch. */
  #ahead = 0;
  #paused = false;
  #over = false;

  constructor({ connection, keys, cipher, whole, events }: LinkOptions) {
    this.#connection = connection;
    this.#cutter = new RecordCutter(whole ? readWholeFrameLength : readFrameLength);
    this.localAddress = connection.localAddress;
    this.#sealer = new FrameSealer(cipher, keys.send, FIRST_NUMBER);
    this.#opener = new FrameOpener(cipher, keys.receive, FIRST_NUMBER);
    this.#events = events;
  }

  /** Begins to read; `rest` has come already. */
  start(rest: Uint8Array): void {
    this.#connection.receive(this);
    this.chunk(rest);
  }

  /** Whether a batch can be written now. */
  get isReady(): boolean {
    return !this.#over && this.#slabs.length > 0 && this.#ahead < SLABS * BATCH;
  }

  get isPaused(): boolean {
    return this.#paused;
  }

  /** Writes a batch of the records in a queue. */
  write(queue: Queue): void {
    const first = queue.peek();
    const slab = this.#slabs.pop();
    if (first === undefined || slab === undefined) return;
    const room = Math.max(BATCH, frameLength(first.length));
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

  /** Stops reading, so that the other side has to wait. */
  pause(): void {
    this.#paused = true;
    this.#connection.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#connection.resume();
  }

  /** Lets go at once: nothing more is told. */
  drop(): void {
    if (!this.#over) this.#connection.destroy();
    this.#over = true;
  }

  /** Does nothing more, and gives its connection away. */
  retire(): Connection {
    this.#over = true;
    return this.#connection;
  }

  /** Closes politely, after what was written. */
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
      this.heard = true;
      if (record === undefined) this.#events.breach();
      else this.#events.record(record);
      if (this.#over) return;
    }
  }

  /** A large batch is not kept: large writes are rare, and their memory would stay. */
  #free(target: Uint8Array, written: number): void {
    this.#ahead -= written;
    this.#slabs.push(target.length > BATCH ? new Uint8Array(0) : target);
    if (!this.#over) this.#events.ready();
  }

  #lose(): void {
    this.drop();
    this.#events.lost();
  }
}
