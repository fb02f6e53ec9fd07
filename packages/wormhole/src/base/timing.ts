/** Records when things happen. A record holds names and sizes, but never codes, keys or messages. */
import type { JsonObject, JsonValue } from "./json.ts";

/** Something that took time or happened at one moment. Times are seconds since the epoch. */
export interface TimedEvent {
  /** What happened or took time, such as `connect`. */
  readonly name: string;
  /** When it began. */
  readonly start: number;
  /** Equal to `start` for a momentary event; `null` if the event has not ended. */
  readonly stop: number | null;
  /** Names and sizes, never secrets. */
  readonly details: JsonObject;
}

/** An event that may not have ended yet. */
type Recorded = { -readonly [Name in keyof TimedEvent]: TimedEvent[Name] };

/** The largest number of events. A transfer has a few dozen. */
const MAX_EVENTS = 10_000;

/**
 * Records what a wormhole, a transit or a transfer does, and when. Pass it to each of them as `timing`, and call
 * `toJSON()` at any time, even after a failure.
 *
 * @example
 * const timing = new Timing();
 * await using wormhole = createWormhole({ appId, relayUrl, timing });
 * await wormhole.getVersions();
 * console.log(JSON.stringify(timing));
 */
export class Timing {
  readonly #events: Recorded[] = [];
  readonly #now: () => number;

  /** @param now returns milliseconds since the epoch */
  constructor(now: () => number = () => performance.timeOrigin + performance.now()) {
    this.#now = now;
  }

  /**
   * Records that something begins. The returned function records its end, once, and may add details.
   * @param at milliseconds since the epoch, for a beginning in the past. Default: now
   */
  begin(name: string, details: JsonObject = {}, at: number = this.#now()): (more?: JsonObject) => void {
    const event = this.#keep({ name, start: seconds(at), stop: null, details });
    return (more = {}) => {
      if (event.stop !== null) return;
      event.stop = seconds(this.#now());
      event.details = { ...event.details, ...more };
    };
  }

  /** Records that something happens at this moment. */
  add(name: string, details: JsonObject = {}): void {
    const now = seconds(this.#now());
    this.#keep({ name, start: now, stop: now, details });
  }

  /** All events in the order in which they were recorded. */
  toJSON(): TimedEvent[] & JsonValue {
    return this.#events.map((event) => ({ ...event }));
  }

  #keep(event: Recorded): Recorded {
    if (this.#events.length < MAX_EVENTS) this.#events.push(event);
    return event;
  }
}

/**
 * Does some work and records its duration. If the work fails, the details contain `failed: true`. Without a `timing`,
 * nothing is recorded.
 */
export async function measure<T>(timing: Timing | undefined, name: string, work: () => Promise<T>): Promise<T> {
  const end = timing?.begin(name);
  try {
    const result = await work();
    end?.();
    return result;
  } catch (error) {
    end?.({ failed: true });
    throw error;
  }
}

/** Seconds, to the microsecond: no clock is more precise. */
function seconds(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1_000_000;
}
