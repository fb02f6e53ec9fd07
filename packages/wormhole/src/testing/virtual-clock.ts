import type { Clock, Timer } from "../net/clock.ts";

interface Alarm {
  at: number;
  fire: () => void;
}

/** Time that passes only when it is told to. */
export class VirtualClock implements Clock {
  #now = 0;
  #alarms: Alarm[] = [];

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, fire: () => void): Timer {
    const alarm = { at: this.#now + milliseconds, fire };
    this.#alarms.push(alarm);
    return { cancel: () => this.#forget(alarm) };
  }

  /** Lets time pass, and all that happens in it: after each alarm, promises run before the next. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    await settled();
    for (let alarm = this.#next(end); alarm; alarm = this.#next(end)) {
      this.#now = alarm.at;
      this.#forget(alarm);
      alarm.fire();
      await settled();
    }
    this.#now = end;
    await settled();
  }

  #next(end: number): Alarm | undefined {
    return this.#alarms.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
  }

  #forget(alarm: Alarm): void {
    this.#alarms = this.#alarms.filter((other) => other !== alarm);
  }
}

/** After every promise that can settle has settled. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
