/**
 * The receiving half of a dilation's traffic: sequence numbers, acknowledgements, credit, and the pause when readers are
 * too slow. It outlives every connection.
 */
import type { Clock, Timer } from "../../net/clock.ts";
import { ACK_DELAY_MS, ACK_STEP_BYTES, MAX_UNREAD_BYTES, MAX_UNREAD_CREDITED_BYTES } from "../limits.ts";
import { type DilationRecord, encodeAck, encodeCredit, encodePong } from "../wire/records.ts";
import { SharedCredit } from "./allowance.ts";
import type { Channel } from "./channel.ts";
import { Channels } from "./channels.ts";
import type { FramedConnection } from "./framed-connection.ts";
import type { Sending } from "./sending.ts";

const NO_RECORDS: readonly Uint8Array[] = [];

export interface ArrivingOptions {
  readonly clock: Clock;
  readonly sending: Sending;
  /** Subprotocols that the peer may open; undefined means all. */
  readonly expectedSubprotocols: readonly string[] | undefined;
  /** Called when the peer sends a record that the protocol forbids. */
  readonly breach: () => void;
}

export class Arriving {
  readonly channels: Channels;
  readonly sharedCredit = new SharedCredit();
  readonly #clock: Clock;
  readonly #sending: Sending;
  readonly #breach: () => void;
  #connection: FramedConnection | null = null;
  /** Sequence number of the peer's next record. */
  #expected = 0;
  #ackDue = false;
  /** Bytes received since the last acknowledgement, and the timer of the next one. */
  #unacknowledged = 0;
  #acking: Timer | null = null;
  #maxUnread = MAX_UNREAD_BYTES;
  /** Subchannels whose new credit the peer has not been sent; null if the peer does not use credit. */
  #granted: Set<Channel> | null = null;

  constructor({ clock, sending, expectedSubprotocols, breach }: ArrivingOptions) {
    this.#clock = clock;
    this.#sending = sending;
    this.#breach = breach;
    this.channels = new Channels(sending, this, expectedSubprotocols);
  }

  /** The peer's extensions are known: `credits` and `parts` are two of them. */
  assign({ credits, parts }: { readonly credits: boolean; readonly parts: boolean }): void {
    if (credits) this.#granted = new Set();
    // A chunk that comes in parts cannot be read before its end, so there must be room for the longest one.
    if (credits || parts) this.#maxUnread = MAX_UNREAD_CREDITED_BYTES;
  }

  /** Records come over this connection from now on. */
  begin(connection: FramedConnection): void {
    this.#connection = connection;
    // The acknowledgement spares the peer from sending again what has arrived.
    this.#ackDue = this.#expected > 0;
    // Credit that was sent over the previous connection may be lost.
    if (this.#granted) for (const channel of this.channels.granted()) this.#granted.add(channel);
    if (this.#unread > this.#maxUnread) connection.pause();
  }

  /** The connection is lost. */
  end(): void {
    this.#connection = null;
    this.#cancelAck();
  }

  /** Ends all subchannels with this error. */
  stop(error: Error): void {
    this.#cancelAck();
    this.channels.stop(error);
  }

  /** Number of sequenced records that have arrived. */
  get receivedRecords(): number {
    return this.#expected;
  }

  /** Processes one record. */
  take(record: DilationRecord): void {
    switch (record.type) {
      case "ping":
        return this.#sending.hasten(encodePong(record.id));
      case "pong":
        return;
      case "ack":
        if (!this.#sending.acknowledged(record.seqnum)) this.#breach();
        return;
      case "credit":
        return this.channels.get(record.subchannel)?.receiveCredit(record.total);
      case "kcm":
        return this.#breach();
      case "open":
      case "data":
      case "part":
      case "close":
        return this.#takeSequenced(record);
    }
  }

  /** Every record that has arrived so far was processed. */
  settled(): void {
    if (this.#unread > this.#maxUnread && this.#connection?.isPaused === false) this.#connection.pause();
    if (this.#sending.hasUrgent || this.#unacknowledged >= ACK_STEP_BYTES) this.#sending.wake();
    // Acknowledging every record would cost both sides more than the record.
    else if (this.#ackDue) this.#acking ??= this.#clock.after(ACK_DELAY_MS, () => this.#sending.pump());
  }

  /** A reader has taken bytes: the connection may be resumed. */
  consumed(): void {
    if (this.#connection?.isPaused && this.#unread <= this.#maxUnread / 2) this.#connection.resume();
  }

  /** The peer may send more over this subchannel, and is to be told. */
  grant(channel: Channel): void {
    if (this.#granted === null) return;
    this.#granted.add(channel);
    this.#sending.wake();
  }

  /** Returns the acknowledgement and the credit that are due, which are then considered sent. */
  answers(): readonly Uint8Array[] {
    if (!this.#ackDue && !this.#granted?.size) return NO_RECORDS;
    const records = this.#ackDue ? [encodeAck(this.#expected - 1)] : [];
    this.#cancelAck();
    for (const { id, granted } of this.#granted ?? [])
      if (granted !== undefined) records.push(encodeCredit(id, granted));
    this.#granted?.clear();
    return records;
  }

  get #unread(): number {
    return this.sharedCredit.unread;
  }

  /** Processes each OPEN, DATA, PART and CLOSE once and in order. Repeated ones are only acknowledged again. */
  #takeSequenced(record: Extract<DilationRecord, { seqnum: number; subchannel: number }>): void {
    this.#ackDue = true;
    if (record.seqnum < this.#expected) return;
    if (record.seqnum > this.#expected) return this.#breach();
    this.#expected++;
    switch (record.type) {
      case "open":
        if (!this.channels.opened(record.subchannel, record.subprotocol)) this.#breach();
        break;
      case "data":
        this.#unacknowledged += record.payload.length;
        this.channels.get(record.subchannel)?.receive(record.payload);
        break;
      case "part":
        this.#unacknowledged += record.payload.length;
        this.channels.get(record.subchannel)?.receivePart(record.payload);
        break;
      case "close":
        // The peer's application may be waiting for this acknowledgement.
        this.#unacknowledged = ACK_STEP_BYTES;
        this.channels.get(record.subchannel)?.receiveClose();
        break;
    }
  }

  #cancelAck(): void {
    this.#ackDue = false;
    this.#unacknowledged = 0;
    this.#acking?.cancel();
    this.#acking = null;
  }
}
