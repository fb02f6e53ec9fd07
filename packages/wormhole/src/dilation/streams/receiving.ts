/** The receiving half of a dilation's traffic: sequence numbers and acknowledgements. It outlives every connection. */
import type { Clock, Timer } from "../../net/clock.ts";
import { ACK_DELAY_MS, ACK_STEP_BYTES } from "../limits.ts";
import { type DilationRecord, encodeAck, encodePong } from "../wire/records.ts";
import { Channels } from "./channels.ts";
import type { FramedConnection } from "./framed-connection.ts";
import type { Sending } from "./sending.ts";
import { UnreadLimit } from "./unread-limit.ts";

const NO_RECORDS: readonly Uint8Array[] = [];

export interface ReceivingOptions {
  readonly clock: Clock;
  readonly sending: Sending;
  /** Subprotocols that the peer may open; undefined means all. */
  readonly expectedSubprotocols: readonly string[] | undefined;
  /** Called when the peer sends a record that the protocol forbids. */
  readonly breach: () => void;
}

export class Receiving {
  readonly channels: Channels;
  readonly #unread: UnreadLimit;
  readonly #clock: Clock;
  readonly #sending: Sending;
  readonly #breach: () => void;
  /** Sequence number of the peer's next record. */
  #expected = 0;
  #ackDue = false;
  /** Bytes received since the last acknowledgement, and the timer of the next one. */
  #unacknowledged = 0;
  #acking: Timer | null = null;

  constructor({ clock, sending, expectedSubprotocols, breach }: ReceivingOptions) {
    this.#clock = clock;
    this.#sending = sending;
    this.#breach = breach;
    this.#unread = new UnreadLimit({ wake: () => sending.wake(), breach });
    this.channels = new Channels(sending, this.#unread, expectedSubprotocols);
  }

  /** Both sides use credit. */
  useCredit(): void {
    this.#unread.useCredit();
  }

  /** Receives over this connection from now on. */
  begin(connection: FramedConnection): void {
    // With this acknowledgement, the peer does not send again the records that have arrived.
    this.#ackDue = this.#expected > 0;
    this.#unread.begin(connection, this.channels.granted());
  }

  /** The connection is lost. */
  end(): void {
    this.#unread.end();
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
        return this.#sending.sendUrgent(encodePong(record.id));
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

  /** Answers the records that have arrived so far, at once or soon. */
  settled(): void {
    this.#unread.arrived();
    const isAckDue = this.#ackDue && !this.#unread.isFull;
    if (this.#sending.hasUrgent || (isAckDue && this.#unacknowledged >= ACK_STEP_BYTES)) this.#sending.wake();
    // Acknowledging every record would cost both sides more than the record.
    else if (isAckDue) this.#acking ??= this.#clock.after(ACK_DELAY_MS, () => this.#sending.pump());
  }

  /** Returns the acknowledgement and the credit that are due. They are then considered sent. */
  answers(): readonly Uint8Array[] {
    const isAckDue = this.#ackDue && !this.#unread.isFull;
    if (!isAckDue && !this.#unread.isDue) return NO_RECORDS;
    const acks = isAckDue ? [encodeAck(this.#expected - 1)] : [];
    if (isAckDue) this.#cancelAck();
    return [...acks, ...this.#unread.take()];
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
        if (this.channels.get(record.subchannel)?.receive(record.payload) === false) this.#breach();
        break;
      case "part":
        this.#unacknowledged += record.payload.length;
        if (this.channels.get(record.subchannel)?.receivePart(record.payload) === false) this.#breach();
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
