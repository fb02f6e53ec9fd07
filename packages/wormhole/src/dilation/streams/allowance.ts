/** How much the peer may send over each subchannel: the credit that this side grants. */
import {
  CREDIT_BYTES,
  CREDIT_STEP_BYTES,
  FIRST_CREDIT_BYTES,
  MAX_UNREAD_CREDITED_BYTES,
  SHARED_CREDIT_BYTES,
} from "../limits.ts";

/** A grant is worth a record if it is at least this part of the subchannel's room. */
const WORTHWHILE = 1 / 4;

/**
 * The credit that all subchannels share. Each one may take a certain part of the credit that the others have left.
 * Therefore a single subchannel gets much, eight get little each, and subchannels that do not read always leave some for
 * the next one. The rule is that of Choudhury and Hahne, "Dynamic Queue Length Thresholds for Shared-Memory Packet
 * Switches", 1998. Here it limits both unused credit and unread data.
 */
export class SharedCredit {
  #lent = 0;
  #unread = 0;

  /** Cost of all data that was not read. */
  get unread(): number {
    return this.#unread;
  }

  /** The cost that may be outstanding on a subchannel that has been lent `lent` and has `unread` waiting. */
  room(lent: number, unread: number): number {
    const share = (SHARED_CREDIT_BYTES - (this.#lent - lent)) / 2;
    const left = (MAX_UNREAD_CREDITED_BYTES - (this.#unread - unread)) / 4;
    return Math.floor(Math.max(FIRST_CREDIT_BYTES, Math.min(CREDIT_BYTES + share, left)));
  }

  /** Lends more, or takes back if negative. */
  lend(more: number): void {
    this.#lent += more;
  }

  arrived(cost: number): void {
    this.#unread += cost;
  }

  consumed(cost: number): void {
    this.#unread -= cost;
  }
}

/** The credit of one subchannel: a fixed amount beyond what its reader has taken, and a part of the shared credit. */
export class Allowance {
  readonly #shared: SharedCredit;
  #received = 0;
  #consumed = 0;
  /** The cost that the peer may send during the whole life of the subchannel. */
  #granted = FIRST_CREDIT_BYTES;
  /** The part of the shared credit that this subchannel holds: granted, not yet read, and beyond its own credit. */
  #lent = 0;
  #isOver = false;

  constructor(shared: SharedCredit) {
    this.#shared = shared;
  }

  /** The cost that the peer may send in total; undefined if it is the initial credit. */
  get total(): number | undefined {
    return this.#granted > FIRST_CREDIT_BYTES ? this.#granted : undefined;
  }

  arrived(cost: number): void {
    this.#received += cost;
    this.#shared.arrived(cost);
  }

  /** Counts data that the reader has taken. Returns true if the total has grown, so that it should be sent to the peer. */
  consumed(cost: number): boolean {
    this.#consumed += cost;
    this.#shared.consumed(cost);
    this.#settle();
    const room = this.#shared.room(this.#lent, this.#received - this.#consumed);
    const more = this.#consumed + room - this.#granted;
    if (this.#isOver || more < Math.min(room * WORTHWHILE, CREDIT_STEP_BYTES)) return false;
    this.#granted += more;
    this.#settle();
    return true;
  }

  /** Frees unused credit, because no more data comes. */
  end(): void {
    this.#isOver = true;
    this.#granted = Math.min(this.#granted, this.#received);
    this.#settle();
  }

  #settle(): void {
    const lent = Math.max(0, this.#granted - this.#consumed - CREDIT_BYTES);
    this.#shared.lend(lent - this.#lent);
    this.#lent = lent;
  }
}
