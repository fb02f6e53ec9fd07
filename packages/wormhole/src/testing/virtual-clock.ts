/** A clock whose time only a test advances. */
import type { Clock, Timer } from "../net/clock.ts";

interface Alarm {
  readonly at: number;
  readonly fire: () => void;
}

/**
 * A clock whose time passes only by {@link advance}. Give it to a wormhole as `platform: { clock }`, and waits of minutes
 * take no time.
 *
 * It begins at 0. Alarms fire in the order of their times, and those of one time in the order in which they were set.
 *
 * @example
 * const clock = new VirtualClock();
 * const wormhole = createWormhole({ appId, relayUrl, platform: { clock, openMessageSocket: server.openMessageSocket } });
 * server.down = true;
 * server.drop();
 * await clock.advance(60_000); // a minute of attempts to reconnect
 */
export class VirtualClock implements Clock {
  #now = 0;
  /** In the order in which they fire. The first ones have fired: to remove each at once is slow among thousands. */
  readonly #alarms: Alarm[] = [];
  #fired = 0;

  /** The present time, in milliseconds since the clock was made. */
  now(): number {
    return this.#now;
  }

  /** How many timers are set: 0 once everything that used this clock has ended. */
  get pending(): number {
    return this.#alarms.length - this.#fired;
  }

  after(milliseconds: number, fire: () => void): Timer {
    const alarm = { at: this.#now + milliseconds, fire };
    const earlier = this.#alarms.findLastIndex(({ at }) => at <= alarm.at);
    this.#alarms.splice(Math.max(earlier + 1, this.#fired), 0, alarm);
    return { cancel: () => this.#forget(alarm) };
  }

  /**
   * Lets `milliseconds` pass, and everything that happens in them. After each alarm, all promises that can settle have
   * settled before the next alarm fires.
   */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    await settled();
    while (this.step(end)) await settled();
    await settled();
  }

  /**
   * Fires the next alarm, and returns whether there was one until `end` (default: at any time). If not, the time is
   * `end` afterwards. Unlike {@link advance}, it waits for nothing: for programs without promises, such as simulations of
   * thousands of worlds.
   *
   * @example
   * while (clock.step(60_000)); // everything of the first minute
   */
  step(end = Number.POSITIVE_INFINITY): boolean {
    const alarm = this.#alarms[this.#fired];
    if (alarm === undefined || alarm.at > end) {
      if (Number.isFinite(end)) this.#now = Math.max(this.#now, end);
      return false;
    }
    this.#now = Math.max(this.#now, alarm.at);
    this.#fired++;
    if (this.#fired * 2 >= this.#alarms.length) {
      this.#alarms.splice(0, this.#fired);
      this.#fired = 0;
    }
    alarm.fire();
    return true;
  }

  #forget(alarm: Alarm): void {
    const index = this.#alarms.lastIndexOf(alarm);
    if (index >= this.#fired) this.#alarms.splice(index, 1);
  }
}

/** Resolves once every promise that can settle has settled. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
