/** The clock of one simulated machine, which can be suspended. Virtual time itself is in timeline.ts. */
import type { Clock, Timer } from "../../../packages/wormhole/src/net/clock.ts";
import type { Sleeper, Timeline } from "./timeline.ts";

interface Alarm {
  readonly due: number;
  readonly fire: () => void;
  cancel: () => void;
}

/** The clock of one machine. While the machine is suspended, the clock and its timers stand still. */
export class MachineClock implements Clock {
  readonly #time: Timeline;
  readonly #owner: Sleeper;
  readonly #alarms = new Set<Alarm>();
  /** Milliseconds that the clock has stood still. */
  #lost = 0;
  #stopped: number | null = null;

  constructor(time: Timeline, owner: Sleeper) {
    this.#time = time;
    this.#owner = owner;
  }

  /** Number of timers that are set. */
  get timers(): number {
    return this.#alarms.size;
  }

  now(): number {
    return (this.#stopped ?? this.#time.now) - this.#lost;
  }

  after(milliseconds: number, fire: () => void): Timer {
    const alarm: Alarm = { due: this.now() + milliseconds, fire, cancel: () => {} };
    this.#alarms.add(alarm);
    this.#plan(alarm);
    return {
      cancel: () => {
        this.#alarms.delete(alarm);
        alarm.cancel();
      },
    };
  }

  /** Stops the clock and its timers. */
  stop(): void {
    this.#stopped = this.#time.now;
    for (const alarm of this.#alarms) alarm.cancel();
  }

  /** Resumes the clock. Its timers fire later by the time that it has stood still. */
  go(): void {
    this.#lost += this.#time.now - (this.#stopped ?? this.#time.now);
    this.#stopped = null;
    for (const alarm of [...this.#alarms].sort((a, b) => a.due - b.due)) this.#plan(alarm);
  }

  #plan(alarm: Alarm): void {
    const run = () => {
      this.#alarms.delete(alarm);
      alarm.fire();
    };
    alarm.cancel = this.#time.after(Math.max(0, alarm.due - this.now()), run, this.#owner);
  }
}
