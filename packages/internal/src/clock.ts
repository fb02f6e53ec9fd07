/** Time for the servers. Everything that waits or measures takes a clock, so that a test can replace it. */

/** A timer that was set. */
export interface Timer {
  /** Stops the timer. Does nothing after it has fired. */
  cancel(): void;
}

/** A source of time that never steps back. */
export interface Clock {
  /** Milliseconds since an arbitrary moment; only differences mean anything. */
  now(): number;
  /** Calls `fire` once, `milliseconds` from now. */
  after(milliseconds: number, fire: () => void): Timer;
}

/** A clock that also has the time of day. */
export interface WallClock extends Clock {
  /** Seconds since 1970, for clients to read. May step back. */
  wall(): number;
}

/** The clock of this process. */
export const systemClock: WallClock = {
  wall: () => Date.now() / 1000,
  now: () => performance.now(),
  after(milliseconds, fire) {
    const timer = setTimeout(fire, milliseconds);
    return { cancel: () => clearTimeout(timer) };
  },
};

/** Calls `tick` again and again, `milliseconds` apart, until the timer is cancelled. */
export function every(clock: Clock, milliseconds: number, tick: () => void): Timer {
  const fire = () => {
    timer = clock.after(milliseconds, fire);
    tick();
  };
  let timer = clock.after(milliseconds, fire);
  return { cancel: () => timer.cancel() };
}
