/** Time for drivers: the interface of a clock, and the clock of the system. */

/** A timer that has been set. */
export interface Timer {
  /** Takes the timer back. After it has fired, this does nothing. */
  cancel(): void;
}

/** The only source of time for drivers. Machines read no clock: they ask for timers, and a timer that fires is an event. */
export interface Clock {
  /** The present time in milliseconds. Only differences between two readings have a meaning. */
  now(): number;
  /** Calls `fire` once, `milliseconds` from now. With 0, after every event that has already happened has been handled. */
  after(milliseconds: number, fire: () => void): Timer;
}

/** Node's timer that fires after the events that have already happened. Browsers have no such timer. */
declare const setImmediate: ((fire: () => void) => unknown) | undefined;
declare const clearImmediate: (immediate: unknown) => void;

/** The clock of the system, in every runtime. */
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
