import { CREDIT, CREDIT_STEP, FIRST_CREDIT, MAX_UNREAD_CREDITED, SHARED_CREDIT } from "../limits.ts";

/** A grant is worth a record when it is such a part of what may be under way. */
const WORTHWHILE = 1 / 4;

/**
 * What all subchannels together may be granted. Each takes up to a part of what the others have left: one alone much,
 * eight little each, and whoever keeps what it has by not reading always leaves some for the next. The rule is that of
 * Choudhury and Hahne, "Dynamic Queue Length Thresholds for Shared-Memory Packet Switches", 1998; here it bounds both what
 * is granted and may never be used, and what is there and is not read.
 */
export class SharedCredit {
  #lent = 0;
  #unread = 0;

  /** What waits for all readers together. */
  get unread(): number {
    return this.#unread;
  }

  /** What may be under way over a subchannel that is read; it has been lent so much, and leaves so much unread. */
  room(lent: number, unread: number): number {
    const share = (SHARED_CREDIT - (this.#lent - lent)) / 2;
    const left = (MAX_UNREAD_CREDITED - (this.#unread - unread)) / 4;
    return Math.floor(Math.max(FIRST_CREDIT, Math.min(CREDIT + share, left)));
  }

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

/** What the other side may send over one subchannel: a credit beyond what its reader has taken, and a share of what all have. */
export class Allowance {
  readonly #shared: SharedCredit;
  #received = 0;
  #consumed = 0;
  /** In all the life of the subchannel. */
  #granted = FIRST_CREDIT;
  /** What is lent of the shared credit: as much of what was granted as may come or has come, and was not read. */
  #lent = 0;
  #isOver = false;

  constructor(shared: SharedCredit) {
    this.#shared = shared;
  }

  /** Bytes in all; undefined if that is what the other side may send anyway. */
  get total(): number | undefined {
    return this.#granted > FIRST_CREDIT ? this.#granted : undefined;
  }

  arrived(cost: number): void {
    this.#received += cost;
    this.#shared.arrived(cost);
  }

  /** The reader has taken so much. True: the other side may send more, and should hear of it. */
  consumed(cost: number): boolean {
    this.#consumed += cost;
    this.#shared.consumed(cost);
    this.#settle();
    const room = this.#shared.room(this.#lent, this.#received - this.#consumed);
    const more = this.#consumed + room - this.#granted;
    if (this.#isOver || more < Math.min(room * WORTHWHILE, CREDIT_STEP)) return false;
    this.#granted += more;
    this.#settle();
    return true;
  }

  /** Nothing more comes: what was granted beyond it is free again. */
  end(): void {
    this.#isOver = true;
    this.#granted = Math.min(this.#granted, this.#received);
    this.#settle();
  }

  #settle(): void {
    const lent = Math.max(0, this.#granted - this.#consumed - CREDIT);
    this.#shared.lend(lent - this.#lent);
    this.#lent = lent;
  }
}
