/** A timer that has been set, and can be taken back. */
export interface Timer {
  cancel(): void;
}

/** The only source of time for drivers. Machines have none: they ask for timers and are told when one fires. */
export interface Clock {
  /** Milliseconds; only differences mean anything. */
  now(): number;
  /** Calls `fire` once, `milliseconds` from now; with 0, when all that has happened already has been dealt with. */
  after(milliseconds: number, fire: () => void): Timer;
}

/** The clock of the platform, present everywhere. */
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
