/** The watch over a connection on which bytes are expected to move. */
import type { Clock, Timer } from "../net/clock.ts";

/** Interval of the checks. */
const CHECK_MS = 5_000;
/** Silence after which the application is informed. A network change takes about this long to recover from. */
const STALLED_MS = 60_000;
/** Silence after which the peer is considered gone. TCP alone would wait for a quarter of an hour. */
const DEAD_MS = 120_000;

/** The reports of a {@link Watchdog}. `seconds` is the length of the silence. */
export interface WatchdogEvents {
  /** Called once for each silence of a minute. */
  stalled(seconds: number): void;
  /** Called after a silence of two minutes. The watchdog stops by itself. */
  dead(seconds: number): void;
}

/** Reports when no bytes have moved for too long. It uses one timer, so that {@link touch} costs nothing. */
export class Watchdog {
  readonly #clock: Clock;
  readonly #events: WatchdogEvents;
  #moved = false;
  #silenceMs = 0;
  #timer: Timer;

  constructor(clock: Clock, events: WatchdogEvents) {
    this.#clock = clock;
    this.#events = events;
    this.#timer = clock.after(CHECK_MS, () => this.#check());
  }

  /** Notes that bytes have moved. */
  touch(): void {
    this.#moved = true;
  }

  /** Ends the watch. */
  stop(): void {
    this.#timer.cancel();
  }

  #check(): void {
    this.#silenceMs = this.#moved ? 0 : this.#silenceMs + CHECK_MS;
    this.#moved = false;
    if (this.#silenceMs === DEAD_MS) return this.#events.dead(this.#silenceMs / 1000);
    if (this.#silenceMs === STALLED_MS) this.#events.stalled(this.#silenceMs / 1000);
    this.#timer = this.#clock.after(CHECK_MS, () => this.#check());
  }
}
