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

/** Events that are kept: a transfer has some dozens. */
const MAX_EVENTS = 10_000;

/**
 * Records what a wormhole, and what is built on it, does when. Give one to `createWormhole` as `timing`, and take
 * `toJSON()` at any time, also after a failure.
 */
export class Timing {
  readonly #events: { name: string; start: number; stop: number | null; details: JsonObject }[] = [];
  readonly #now: () => number;

  /** `now` gives milliseconds since the epoch. */
  constructor(now: () => number = () => performance.timeOrigin + performance.now()) {
    this.#now = now;
  }

  /** Something begins; the function that is returned ends it, once, and may add details. */
  begin(name: string, details: JsonObject = {}): (more?: JsonObject) => void {
    const event = { name, start: this.#seconds(), stop: null as number | null, details };
    if (this.#events.length < MAX_EVENTS) this.#events.push(event);
    return (more = {}) => {
      if (event.stop !== null) return;
      event.stop = this.#seconds();
      event.details = { ...event.details, ...more };
    };
  }

  /** Something happens at once. */
  add(name: string, details: JsonObject = {}): void {
    this.begin(name, details)();
  }

  /** All events in the order of their beginnings. */
  toJSON(): TimedEvent[] & JsonValue {
    return this.#events.map((event) => ({ ...event }));
  }

  #seconds(): number {
    return Math.round(this.#now() * 1000) / 1_000_000;
  }
}
