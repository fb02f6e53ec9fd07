/** Time for drivers: the interface, and the clock of the platform. */

/** A timer that has been set and can be cancelled. */
export interface Timer {
  /** Takes the timer back. After it has fired, this does nothing. */
  cancel(): void;
}

/** The only source of time for drivers. Machines have no clock: they set timers by effects, and get events in return. */
export interface Clock {
  /** The present time in milliseconds, counted from an arbitrary moment. Only differences are meaningful. */
  now(): number;
  /** Calls `fire` once, `milliseconds` from now. With 0, it is called after all events that are already pending. */
  after(milliseconds: number, fire: () => void): Timer;
}

/** Node's timer without a delay. Browsers have no such timer. */
declare const setImmediate: ((fire: () => void) => unknown) | undefined;
declare const clearImmediate: (immediate: unknown) => void;

/**
 * The clock of the platform. Where there is `setImmediate`, a wait of 0 uses it: `setTimeout` waits at least 1 ms
 * (https://nodejs.org/api/timers.html#settimeoutcallback-delay-args).
 */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(milliseconds, fire) {
    if (milliseconds === 0 && typeof setImmediate === "function") {
      const immediate = setImmediate(fire);
      return { cancel: () => clearImmediate(immediate) };
    }
    const timer = setTimeout(fire, milliseconds);
    return { cancel: () => clearTimeout(timer) };
  },
};
