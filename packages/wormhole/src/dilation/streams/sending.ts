/**
 * The sending half of a dilation's traffic: queues, the window, and the pump that feeds the present connection. It
 * outlives every connection.
 */
import { Once } from "../../base/once.ts";
import type { WormholeError } from "../../errors.ts";
import type { Clock, Timer } from "../../net/clock.ts";
import { numbersUsedUp } from "../endings.ts";
import {
  BATCH_BYTES,
  LEAVE_DEADLINE_MS,
  RELAYED_WINDOW_BYTES,
  RESERVED_WINDOW_BYTES,
  WINDOW_BYTES,
} from "../limits.ts";
import { MAX_WHOLE_RECORD_BYTES } from "../wire/frames.ts";
import { DATA_HEADER_BYTES, encodeClose, encodeData, encodeOpen, encodePart, encodePing } from "../wire/records.ts";
import type { FramedConnection } from "./framed-connection.ts";
import type { Owner } from "./outbox.ts";
import { SendQueue } from "./send-queue.ts";

/** The longest piece of a chunk that fits into a record of one Noise message. */
const MAX_PART_BYTES = MAX_WHOLE_RECORD_BYTES - DATA_HEADER_BYTES;
/** Cost of refusals that the peer has not acknowledged. An honest peer causes none. */
const MAX_REFUSED_BYTES = 256 * 1024;
/** Sequence numbers have 32 bits and do not wrap. */
const MAX_SEQNUM = 0xffffffff;

export interface SendingEvents {
  /** Returns the acknowledgement and the credit that are due. Called before each batch. */
  answers(): readonly Uint8Array[];
  /** Sending has become impossible. */
  failed(error: WormholeError): void;
}

export class Sending {
  readonly #clock: Clock;
  readonly #events: SendingEvents;
  readonly #queue = new SendQueue();
  readonly #outbox = this.#queue.outbox;
  #connection: FramedConnection | null = null;
  #window = WINDOW_BYTES;
  /** Bytes added since the last batch. */
  #fresh = 0;
  #waking: Timer | null = null;
  #roomMade: Once<void> | null = null;
  #emptied: Once<void> | null = null;
  /** Whether the peer accepts chunks in parts. */
  #inParts = false;
  #stopped = false;
  /** The owner of the CLOSE of each refused subchannel, and their cost. */
  readonly #refusals: Owner = {
    underway: (bytes) => {
      this.#refused += bytes;
    },
  };
  #refused = 0;

  constructor(clock: Clock, events: SendingEvents) {
    this.#clock = clock;
    this.#events = events;
  }

  /** From now on, a chunk that is longer than one Noise message is sent in parts. */
  useParts(): void {
    this.#inParts = true;
  }

  /** Sends over this connection from now on, beginning with all unacknowledged records. */
  begin(connection: FramedConnection, relayed: boolean): void {
    this.#connection = connection;
    this.#window = relayed ? RELAYED_WINDOW_BYTES : WINDOW_BYTES;
    this.#outbox.rewind();
  }

  /** The connection is lost. */
  end(): void {
    this.#connection = null;
    this.#queue.dropUrgent();
  }

  stop(): void {
    this.#stopped = true;
    this.#waking?.cancel();
    this.#emptied?.resolve();
    this.#makeRoom();
  }

  /** Unacknowledged bytes that one subchannel may have. */
  get channelWindow(): number {
    return this.#window - RESERVED_WINDOW_BYTES;
  }

  /** Number of records that the peer has acknowledged. */
  get acknowledgedRecords(): number {
    return this.#outbox.acknowledged;
  }

  /** Whether urgent records are waiting. */
  get hasUrgent(): boolean {
    return this.#queue.hasUrgent;
  }

  ping(id: number): void {
    this.sendUrgent(encodePing(id));
    this.wake();
  }

  /** Queues a ping or a pong before all data. */
  sendUrgent(record: Uint8Array): void {
    this.#queue.addUrgent(record);
  }

  sendOpen(id: number, subprotocol: string, owner: Owner): void {
    this.#send(encodeOpen(id, this.#outbox.seqnum, subprotocol), owner);
  }

  /**
   * Sends one chunk. A long one goes in several records, each of one Noise message, because an attacker on the network can
   * cut a longer record in two. If the peer does not accept parts, each of those records is a chunk of its own.
   */
  sendData(id: number, chunk: Uint8Array, owner: Owner): void {
    const encode = this.#inParts ? encodePart : encodeData;
    let start = 0;
    for (; chunk.length - start > MAX_PART_BYTES; start += MAX_PART_BYTES)
      this.#sendPiece(id, chunk.subarray(start, start + MAX_PART_BYTES), encode, owner);
    this.#sendPiece(id, start === 0 ? chunk : chunk.subarray(start), encodeData, owner);
  }

  sendClose(id: number, owner: Owner): void {
    this.#send(encodeClose(id, this.#outbox.seqnum), owner);
  }

  /** Closes a subchannel that the peer has opened beyond the limit. Returns false if too many are unacknowledged. */
  refuse(id: number): boolean {
    if (this.#refused > MAX_REFUSED_BYTES) return false;
    this.sendClose(id, this.#refusals);
    return true;
  }

  /** Takes an acknowledgement of every record up to `seqnum`. Returns false if that number was never sent. */
  acknowledged(seqnum: number): boolean {
    if (!this.#outbox.acknowledge(seqnum)) return false;
    if (this.#outbox.bytes < this.#window) this.#makeRoom();
    if (this.#outbox.isEmpty) this.#emptied?.resolve();
    return true;
  }

  /** Returns null if there is room for a chunk of any subchannel, or a promise that resolves when there may be. */
  room(): Promise<void> | null {
    if (this.#outbox.bytes < this.#window || this.#stopped) return null;
    this.#roomMade ??= new Once();
    return this.#roomMade.promise;
  }

  /**
   * Resolves when everything is acknowledged, or {@link LEAVE_DEADLINE_MS} have passed. If there is no connection, one may
   * be made in that time.
   */
  async flushed(): Promise<void> {
    if (this.#outbox.isEmpty || this.#stopped) return;
    this.#emptied ??= new Once();
    const deadline = this.#clock.after(LEAVE_DEADLINE_MS, () => this.#emptied?.resolve());
    await this.#emptied.promise;
    deadline.cancel();
  }

  /** Pumps soon, so that everything that happens until then goes into one batch. */
  wake(): void {
    this.#waking ??= this.#clock.after(0, () => this.pump());
  }

  /** Sends queued records as long as the connection accepts them. */
  pump(): void {
    this.#waking?.cancel();
    this.#waking = null;
    this.#fresh = 0;
    const connection = this.#connection;
    if (connection === null) return;
    while (connection.isReady) {
      this.#queue.answer(this.#events.answers());
      if (this.#queue.peek() === undefined) break;
      connection.write(this.#queue);
    }
  }

  #sendPiece(id: number, piece: Uint8Array, encode: typeof encodeData, owner: Owner): void {
    const record = this.#outbox.allot(DATA_HEADER_BYTES + piece.length);
    this.#send(encode(id, this.#outbox.seqnum, piece, record), owner);
  }

  #send(record: Uint8Array, owner: Owner): void {
    if (this.#outbox.seqnum > MAX_SEQNUM) return this.#events.failed(numbersUsedUp());
    this.#outbox.push(record, owner);
    this.#fresh += record.length;
    if (this.#fresh >= BATCH_BYTES) this.pump();
    else this.wake();
  }

  #makeRoom(): void {
    this.#roomMade?.resolve();
    this.#roomMade = null;
  }
}
