import type { Clock, Timer } from "../net/clock.ts";

/** How often is looked, in milliseconds. */
const LOOK = 5_000;
/** Silence after which a person is told: a network that changes takes about so long to come back. */
const NOTICE = 60_000;
/** Silence after which the other side is gone: TCP itself would wait for a quarter of an hour. */
const DEAD = 120_000;

/** Sees to it that bytes move. To tell it that they do costs nothing. */
export class Watchdog {
  readonly #clock: Clock;
  readonly #says: { silent(seconds: number): void; dead(seconds: number): void };
  #moved = false;
  #quiet = 0;
  #timer: Timer;

  constructor(clock: Clock, says: { silent(seconds: number): void; dead(seconds: number): void }) {
    this.#clock = clock;
    this.#says = says;
    this.#timer = clock.after(LOOK, () => this.#look());
  }

  /** Bytes have moved. */
  touch(): void {
    this.#moved = true;
  }

  stop(): void {
    this.#timer.cancel();
  }

  #look(): void {
    this.#quiet = this.#moved ? 0 : this.#quiet + LOOK;
    this.#moved = false;
    if (this.#quiet === DEAD) return this.#says.dead(this.#quiet / 1000);
    if (this.#quiet === NOTICE) this.#says.silent(this.#quiet / 1000);
    this.#timer = this.#clock.after(LOOK, () => this.#look());
  }
}
