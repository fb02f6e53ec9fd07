import { MAX_RECYCLED } from "../limits.ts";
import { Recycler } from "./recycler.ts";

/** What a record costs beside its bytes: many small ones must not be for free. */
const RECORD_COST = 64;

/** A record on its way: as it is encoded, once and for ever. */
interface Sent {
  readonly record: Uint8Array;
  readonly owner: Owner;
}

/** Whose record it is, and who wants to know when the other side has it. */
export interface Owner {
  /** So many more bytes are under way; a negative number when they are acknowledged. */
  underway(bytes: number): void;
}

/**
 * Records that the other side has not acknowledged, in order. They are numbered over the whole life of a dilation; on
 * each new connection they are sent again, before anything new.
 */
export class Outbox {
  /** Older entries have been acknowledged; they are cut off now and then. */
  readonly #records: (Sent | undefined)[] = [];
  #head = 0;
  /** The next to be sent on the present connection, as a place in the list. */
  #next = 0;
  /** The number of the record at the head. */
  #headSeqnum = 0;
  /** One more than the highest number that was ever sent, on whatever connection. */
  #sent = 0;
  #bytes = 0;
  readonly #recycler = new Recycler(MAX_RECYCLED);

  /** The number of the next record. */
  get seqnum(): number {
    return this.#headSeqnum + (this.#records.length - this.#head);
  }

  /** How many records were acknowledged. */
  get acknowledged(): number {
    return this.#headSeqnum;
  }

  /** Bytes that are not acknowledged, and what they cost beside. */
  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#head === this.#records.length;
  }

  /** Memory for a record, to be filled and given to {@link push}. */
  allot(length: number): Uint8Array {
    return this.#recycler.take(length);
  }

  /** Takes a record that bears the number {@link seqnum}. */
  push(record: Uint8Array, owner: Owner): void {
    this.#records.push({ record, owner });
    this.#bytes += record.length + RECORD_COST;
    owner.underway(record.length + RECORD_COST);
  }

  /** The next record to be sent, without taking it. */
  peek(): Uint8Array | undefined {
    return this.#records[this.#next]?.record;
  }

  /** The record of {@link peek} is on its way. */
  shift(): void {
    this.#next++;
    this.#sent = Math.max(this.#sent, this.#headSeqnum + this.#next - this.#head);
  }

  /** A new connection: everything is sent again. */
  rewind(): void {
    this.#next = this.#head;
  }

  /** The other side has everything up to this number. False: it cannot have that. */
  acknowledge(seqnum: number): boolean {
    if (seqnum >= this.#sent) return false;
    const end = this.#head + (seqnum + 1 - this.#headSeqnum);
    for (; this.#head < end; this.#head++) {
      const sent = this.#records[this.#head] as Sent;
      this.#records[this.#head] = undefined;
      this.#headSeqnum++;
      this.#bytes -= sent.record.length + RECORD_COST;
      sent.owner.underway(-sent.record.length - RECORD_COST);
      this.#recycler.giveBack(sent.record);
    }
    // What came over an old connection need not be sent again over this one.
    this.#next = Math.max(this.#next, this.#head);
    this.#trim();
    return true;
  }

  /** Cutting off costs a copy of the rest, so it is done when half is old. */
  #trim(): void {
    if (this.#head < 64 || this.#head * 2 < this.#records.length) return;
    this.#records.splice(0, this.#head);
    this.#next -= this.#head;
    this.#head = 0;
  }
}
