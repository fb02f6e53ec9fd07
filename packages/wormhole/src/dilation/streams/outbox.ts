/**
 * Records that the peer has not acknowledged, in order. They are numbered over the whole life of a dilation. On each new
 * connection they are sent again, before anything new.
 */
import { MAX_RECYCLED_BYTES } from "../limits.ts";
import { Recycler } from "./recycler.ts";

/** The cost of a record in addition to its bytes, so that many small records are not free. */
const RECORD_COST_BYTES = 64;
/** Acknowledged entries are cut off in batches of at least this many. */
const MIN_TRIM = 64;

interface Sent {
  /** The encoded record. */
  readonly record: Uint8Array;
  readonly owner: Owner;
}

/** The subchannel that a record belongs to. */
export interface Owner {
  /** Unacknowledged bytes have become more, or fewer if negative. */
  underway(bytes: number): void;
}

export class Outbox {
  /** Entries before the head are acknowledged. They are cut off from time to time. */
  readonly #records: (Sent | undefined)[] = [];
  #head = 0;
  /** Index of the next record to send over the present connection. */
  #next = 0;
  /** Sequence number of the record at the head. */
  #headSeqnum = 0;
  /** One more than the highest sequence number that was sent over any connection. */
  #sent = 0;
  #bytes = 0;
  readonly #recycler = new Recycler(MAX_RECYCLED_BYTES);

  /** Sequence number of the next record that is pushed. */
  get seqnum(): number {
    return this.#headSeqnum + (this.#records.length - this.#head);
  }

  /** Number of acknowledged records. */
  get acknowledged(): number {
    return this.#headSeqnum;
  }

  /** Cost of all unacknowledged records. */
  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#head === this.#records.length;
  }

  /** Returns memory for a record, to be filled and passed to {@link push}. */
  allot(length: number): Uint8Array {
    return this.#recycler.take(length);
  }

  /** Adds a record that bears the number {@link seqnum}. */
  push(record: Uint8Array, owner: Owner): void {
    this.#records.push({ record, owner });
    this.#bytes += record.length + RECORD_COST_BYTES;
    owner.underway(record.length + RECORD_COST_BYTES);
  }

  /** Returns the next record to send without removing it. */
  peek(): Uint8Array | undefined {
    return this.#records[this.#next]?.record;
  }

  /** Marks the record that {@link peek} returned as sent. */
  shift(): void {
    this.#next++;
    this.#sent = Math.max(this.#sent, this.#headSeqnum + this.#next - this.#head);
  }

  /** Starts again with the first unacknowledged record, for a new connection. */
  rewind(): void {
    this.#next = this.#head;
  }

  /** Removes every record up to this number, which the peer has. Returns false if that number was never sent. */
  acknowledge(seqnum: number): boolean {
    if (seqnum >= this.#sent) return false;
    const end = this.#head + (seqnum + 1 - this.#headSeqnum);
    for (; this.#head < end; this.#head++) {
      const sent = this.#records[this.#head] as Sent;
      this.#records[this.#head] = undefined;
      this.#headSeqnum++;
      this.#bytes -= sent.record.length + RECORD_COST_BYTES;
      sent.owner.underway(-sent.record.length - RECORD_COST_BYTES);
      this.#recycler.giveBack(sent.record);
    }
    // Records that arrived over an old connection are not sent again over this one.
    this.#next = Math.max(this.#next, this.#head);
    this.#trim();
    return true;
  }

  /** Cuts off acknowledged entries. This copies the others, so it waits until at least half are acknowledged. */
  #trim(): void {
    if (this.#head < MIN_TRIM || this.#head * 2 < this.#records.length) return;
    this.#records.splice(0, this.#head);
    this.#next -= this.#head;
    this.#head = 0;
  }
}
