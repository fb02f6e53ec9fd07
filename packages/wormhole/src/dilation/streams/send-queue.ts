/** Everything that waits to be sent, in one order: urgent records first, then those of the outbox. */
import { Outbox } from "./outbox.ts";

/** Pings and pongs that may wait for a connection that accepts nothing. */
const MAX_URGENT = 32;

export class SendQueue {
  /** Numbered records, which are kept until they are acknowledged. */
  readonly outbox = new Outbox();
  /** Pings, pongs, acknowledgements and credit, which are not kept. */
  #urgent: Uint8Array[] = [];

  get hasUrgent(): boolean {
    return this.#urgent.length > 0;
  }

  /** Adds a ping or a pong, unless too many are waiting. */
  addUrgent(record: Uint8Array): void {
    if (this.#urgent.length < MAX_URGENT) this.#urgent.push(record);
  }

  /** Adds acknowledgements and credit. Their number is bounded by their source. */
  answer(records: readonly Uint8Array[]): void {
    this.#urgent.push(...records);
  }

  /** Discards the urgent records: the connection that they were meant for is lost. */
  dropUrgent(): void {
    this.#urgent = [];
  }

  /** Returns the next record without removing it. */
  peek(): Uint8Array | undefined {
    return this.#urgent[0] ?? this.outbox.peek();
  }

  /** Removes the record that {@link peek} returned. */
  shift(): void {
    if (this.#urgent.shift() === undefined) this.outbox.shift();
  }
}
