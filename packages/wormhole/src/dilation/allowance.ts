import { CREDIT, CREDIT_STEP, FIRST_CREDIT, SHARED_CREDIT } from "./limits.ts";

/**
 * Credit that is there for all subchannels together. Each takes up to half of what the others have left: one alone much,
 * eight little each, and whoever keeps what it has by not reading always leaves some for the next. The rule is that of
 * Choudhury and Hahne, "Dynamic Queue Length Thresholds for Shared-Memory Packet Switches", 1998.
 */
export class SharedCredit {
  #lent = 0;

  /** What one may hold that holds so much now. */
  share(held: number): number {
    return Math.floor((SHARED_CREDIT - this.#lent + held) / 2);
  }

  lend(more: number): void {
    this.#lent += more;
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
  }

  /** The reader has taken so much. True: the other side may send more, and should hear of it. */
  consumed(cost: number): boolean {
    this.#consumed += cost;
    this.#settle();
    const most = this.#consumed + CREDIT + this.#shared.share(this.#lent);
    if (this.#isOver || most - this.#granted < CREDIT_STEP) return false;
    this.#granted = most;
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
