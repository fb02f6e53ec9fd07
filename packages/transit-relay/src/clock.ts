/** A timer that has been set, and can be taken back. */
export interface Timer {
  cancel(): void;
}

/** The only source of time for the drivers. The rules have none: they ask for deadlines and are told when one is past. */
export interface Clock {
  /** Milliseconds; only differences mean anything. */
  now(): number;
  /** Calls `fire` once, `milliseconds` from now. */
  after(milliseconds: number, fire: () => void): Timer;
}

/** The clock of the platform. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(milliseconds, fire) {
    const timer = setTimeout(fire, milliseconds);
    return { cancel: () => clearTimeout(timer) };
  },
};
