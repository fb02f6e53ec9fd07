/**
 * Carries records between the subchannels and whatever connection there is. Numbers, acknowledgements and queues live
 * here, and outlive every connection.
 */

import { Once } from "../../base/once.ts";
import { WormholeError } from "../../errors.ts";
import type { Clock, Timer } from "../../net/clock.ts";
import {
  ACK_DELAY,
  ACK_STEP,
  BATCH,
  LEAVE_DEADLINE,
  MAX_UNREAD,
  MAX_UNREAD_CREDITED,
  RELAYED_WINDOW,
  WINDOW,
} from "../limits.ts";
import type { Role } from "../manager.ts";
import { MAX_WHOLE } from "../wire/frames.ts";
import {
  DATA_HEADER,
  type DilationRecord,
  encodeAck,
  encodeClose,
  encodeCredit,
  encodeData,
  encodeOpen,
  encodePart,
  encodePing,
  encodePong,
} from "../wire/records.ts";
import type { Channel } from "./channel.ts";
import { Channels, type Sender } from "./channels.ts";
import type { Link, Queue } from "./link.ts";
import { Outbox, type Owner } from "./outbox.ts";

/** Answers and questions that may wait for a connection that takes nothing. */
const MAX_URGENT = 32;
/** What fits into a record of one Noise message. */
const LONGEST_PART = MAX_WHOLE - DATA_HEADER;
/** Numbers of records have 32 bits, and do not begin anew. */
const MAX_SEQNUM = 0xffffffff;

/** What cannot be dealt with here. */
export interface TrafficEvents {
  /** The other side said what no honest program says. */
  breach(): void;
  /** Nothing can go on. */
  failed(error: WormholeError): void;
}

export class Traffic implements Sender {
  readonly channels: Channels;
  window = WINDOW;
  readonly #clock: Clock;
  readonly #events: TrafficEvents;
  readonly #outbox = new Outbox();
  #link: Link | null = null;
  /** The number of the next record that the other side sends. */
  #expected = 0;
  #ackDue = false;
  /** Bytes that have come since the last acknowledgement, and the timer of the next. */
  #unacknowledged = 0;
  #acking: Timer | null = null;
  /** What goes before all data, and is not kept: pings, pongs, acknowledgements, credits. */
  #urgent: Uint8Array[] = [];
  /** Bytes that were handed to us since the last batch. */
  #fresh = 0;
  #waking: Timer | null = null;
  /** How much is too much, of what waits for readers. */
  #maxUnread = MAX_UNREAD;
  /** Subchannels over which the other side may send more, and does not know it yet; null, if it does not count so. */
  #granted: Set<Channel> | null = null;
  #roomMade: Once<void> | null = null;
  #emptied: Once<void> | null = null;
  /** Whether long chunks go in parts. */
  #inParts = false;
  #stopped = false;

  constructor(clock: Clock, expectedSubprotocols: readonly string[] | undefined, events: TrafficEvents) {
    this.#clock = clock;
    this.#events = events;
    this.channels = new Channels(this, expectedSubprotocols);
  }

  /** The roles are known, and what the other side can beyond the protocol. */
  assign(role: Role, extensions: readonly string[]): void {
    const credits = extensions.includes("credit");
    this.channels.assign(role, credits);
    this.#inParts = extensions.includes("parts");
    if (credits) this.#granted = new Set();
    // Of a chunk that comes in parts nothing can be read before its end: there must be room for the longest.
    if (credits || this.#inParts) this.#maxUnread = MAX_UNREAD_CREDITED;
  }

  /** From now on records go over this connection. What is not acknowledged is sent again. */
  begin(link: Link, relayed: boolean): void {
    this.#link = link;
    this.window = relayed ? RELAYED_WINDOW : WINDOW;
    this.#outbox.rewind();
    // The other side need not send again what came before.
    this.#ackDue = this.#expected > 0;
    // What was said of credits may not have arrived.
    if (this.#granted) for (const channel of this.channels.granted()) this.#granted.add(channel);
    if (this.#unread > this.#maxUnread) link.pause();
  }

  /** There is no connection any more. */
  end(): void {
    this.#link = null;
    this.#urgent = [];
    this.#noAck();
  }

  /** How many records have come or were acknowledged so far: whether a connection is of any use. */
  get progress(): number {
    return this.#expected + this.#outbox.acknowledged;
  }

  /** Ends all streams with this error. */
  stop(error: Error): void {
    this.#stopped = true;
    this.#waking?.cancel();
    this.#noAck();
    this.#emptied?.resolve();
    this.channels.stop(error);
    this.#makeRoom();
  }

  /** A record has come. */
  take(record: DilationRecord): void {
    switch (record.type) {
      case "ping":
        return this.#hasten(encodePong(record.id));
      case "pong":
        return;
      case "ack":
        return this.#acknowledged(record.seqnum);
      case "credit":
        return this.channels.credited(record.subchannel, record.total);
      case "kcm":
        return this.#events.breach();
      case "open":
      case "data":
      case "part":
      case "close":
        return this.#sequenced(record);
    }
  }

  /** All that has arrived so far was taken. */
  settled(): void {
    if (this.#unread > this.#maxUnread && this.#link?.isPaused === false) this.#link.pause();
    if (this.#urgent.length > 0 || this.#unacknowledged >= ACK_STEP) this.#wake();
    // An acknowledgement for every piece would cost both sides more than the piece.
    else if (this.#ackDue) this.#acking ??= this.#clock.after(ACK_DELAY, () => this.pump());
  }

  ping(id: number): void {
    this.#hasten(encodePing(id));
    this.#wake();
  }

  sendOpen(channel: Channel): void {
    this.#send(encodeOpen(channel.id, this.#outbox.seqnum, channel.subprotocol), channel);
  }

  /** A long chunk goes in parts, if the other side knows them. */
  sendData(channel: Channel, chunk: Uint8Array): void {
    let start = 0;
    if (this.#inParts) {
      for (; chunk.length - start > LONGEST_PART; start += LONGEST_PART)
        this.#sendPiece(channel, chunk.subarray(start, start + LONGEST_PART), encodePart);
    }
    this.#sendPiece(channel, start === 0 ? chunk : chunk.subarray(start), encodeData);
  }

  sendClose(channel: Channel): void {
    this.#send(encodeClose(channel.id, this.#outbox.seqnum), channel);
  }

  refuse(id: number): void {
    // It asks without end, and does not take the answers.
    if (this.#outbox.bytes > 2 * this.window) return this.#events.breach();
    this.#send(encodeClose(id, this.#outbox.seqnum), NOBODY);
  }

  consumed(): void {
    if (this.#link?.isPaused && this.#unread <= this.#maxUnread / 2) this.#link.resume();
  }

  grant(channel: Channel): void {
    if (this.#granted === null) return;
    this.#granted.add(channel);
    this.#wake();
  }

  room(): Promise<void> | null {
    if (this.#outbox.bytes < this.window || this.#stopped) return null;
    this.#roomMade ??= new Once();
    return this.#roomMade.promise;
  }

  /** Until everything is acknowledged, or it takes too long. */
  async flushed(): Promise<void> {
    if (this.#outbox.isEmpty || this.#link === null) return;
    this.#emptied ??= new Once();
    const deadline = this.#clock.after(LEAVE_DEADLINE, () => this.#emptied?.resolve());
    await this.#emptied.promise;
    deadline.cancel();
  }

  /** Sends as much of what there is as the connection takes. */
  pump(): void {
    this.#waking?.cancel();
    this.#waking = null;
    this.#fresh = 0;
    const link = this.#link;
    if (link === null) return;
    while (link.isReady) {
      this.#answer();
      if (this.#queue.peek() === undefined) break;
      link.write(this.#queue);
    }
  }

  /** What the other side waits for goes first. */
  #answer(): void {
    if (this.#ackDue) this.#urgent.push(encodeAck(this.#expected - 1));
    this.#noAck();
    for (const { id, granted } of this.#granted ?? [])
      if (granted !== undefined) this.#urgent.push(encodeCredit(id, granted));
    this.#granted?.clear();
  }

  /** What is to be sent, in order. */
  readonly #queue: Queue = {
    peek: (): Uint8Array | undefined => this.#urgent[0] ?? this.#outbox.peek(),
    shift: (): void => {
      if (this.#urgent.shift() === undefined) this.#outbox.shift();
    },
  };

  #sendPiece(channel: Channel, piece: Uint8Array, encode: typeof encodeData): void {
    const record = this.#outbox.allot(DATA_HEADER + piece.length);
    this.#send(encode(channel.id, this.#outbox.seqnum, piece, record), channel);
  }

  get #unread(): number {
    return this.channels.sharedCredit.unread;
  }

  /** OPEN, DATA and CLOSE: each once and in order. What came before is acknowledged again, and means nothing. */
  #sequenced(record: Extract<DilationRecord, { seqnum: number; subchannel: number }>): void {
    this.#ackDue = true;
    if (record.seqnum < this.#expected) return;
    if (record.seqnum > this.#expected) return this.#events.breach();
    this.#expected++;
    switch (record.type) {
      case "open":
        if (!this.channels.opened(record.subchannel, record.subprotocol)) this.#events.breach();
        break;
      case "data":
        this.#unacknowledged += record.payload.length;
        this.channels.received(record.subchannel, record.payload);
        break;
      case "part":
        this.#unacknowledged += record.payload.length;
        this.channels.receivedPart(record.subchannel, record.payload);
        break;
      case "close":
        // Somebody may wait to hear that all has come.
        this.#unacknowledged = ACK_STEP;
        this.channels.closed(record.subchannel);
        break;
    }
  }

  /** No acknowledgement is due any more. */
  #noAck(): void {
    this.#ackDue = false;
    this.#unacknowledged = 0;
    this.#acking?.cancel();
    this.#acking = null;
  }

  #acknowledged(seqnum: number): void {
    if (!this.#outbox.acknowledge(seqnum)) return this.#events.breach();
    if (this.#outbox.bytes < this.window) this.#makeRoom();
    if (this.#outbox.isEmpty) this.#emptied?.resolve();
  }

  #makeRoom(): void {
    this.#roomMade?.resolve();
    this.#roomMade = null;
  }

  #hasten(record: Uint8Array): void {
    if (this.#urgent.length < MAX_URGENT) this.#urgent.push(record);
  }

  #send(record: Uint8Array, owner: Owner): void {
    if (this.#outbox.seqnum > MAX_SEQNUM) return this.#events.failed(usedUp());
    this.#outbox.push(record, owner);
    this.#fresh += record.length;
    if (this.#fresh >= BATCH) this.pump();
    else this.#wake();
  }

  /** Sends once all that has just happened has been dealt with, so that it goes together. */
  #wake(): void {
    this.#waking ??= this.#clock.after(0, () => this.pump());
  }
}

const NOBODY: Owner = { underway() {} };

function usedUp(): WormholeError {
  return new WormholeError("dilation", "This dilated wormhole has sent all that it can send: make a new one.");
}
