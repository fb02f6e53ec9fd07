/** When things happened, for whoever wonders where the time goes. Names and sizes only: no codes, keys or messages. */
import type { JsonObject, JsonValue } from "./json.ts";

/** Something that took time, or happened at one moment: then `stop` is `start`. Seconds since the epoch. */
export interface TimedEvent {
  readonly name: string;
  readonly start: number;
  /** `null` for what had not ended. */
  readonly stop: number | null;
  readonly details: JsonObject;
}

/** An event that may not have ended yet. */
type Recorded = { -readonly [Name in keyof TimedEvent]: TimedEvent[Name] };

/** Events that are kept: a transfer has some dozens. */
const MAX_EVENTS = 10_000;

/**
 * Records what a wormhole, a transit or a transfer does when. Give one to each of them as `timing`, and take `toJSON()`
 * at any time, also after a failure.
 */
export class Timing {
  readonly #events: Recorded[] = [];
  readonly #now: () => number;

  /** `now` gives milliseconds since the epoch. */
  constructor(now: () => number = () => performance.timeOrigin + performance.now()) {
    this.#now = now;
  }

  /**
   * Something begins; the function that is returned ends it, once, and may add details.
   * @param at milliseconds since the epoch, for what has begun before there was a Timing. Default: now
   */
  begin(name: string, details: JsonObject = {}, at: number = this.#now()): (more?: JsonObject) => void {
    const event = this.#keep({ name, start: seconds(at), stop: null, details });
    return (more = {}) => {
      if (event.stop !== null) return;
      event.stop = seconds(this.#now());
      event.details = { ...event.details, ...more };
    };
  }

  /** Something happens at once. */
  add(name: string, details: JsonObject = {}): void {
    const now = seconds(this.#now());
    this.#keep({ name, start: now, stop: now, details });
  }

  /** All events in the order in which they were noticed. */
  toJSON(): TimedEvent[] & JsonValue {
    return this.#events.map((event) => ({ ...event }));
  }

  #keep(event: Recorded): Recorded {
    if (this.#events.length < MAX_EVENTS) this.#events.push(event);
    return event;
  }
}

/** Something takes as long as this work; the details say so if it fails. Without a `timing`, it is just done. */
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

/** Microseconds are kept: a clock has no more to tell. */
function seconds(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1_000_000;
}
