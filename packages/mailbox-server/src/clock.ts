/** The only source of time here; a test gives its own. */
export interface Clock {
  /** Seconds since 1970, for clients to read. May step back. */
  wall(): number;
  /** Seconds since some moment; only grows. */
  steady(): number;
  /** Calls `tick` again and again, so many seconds apart, until told to stop. Does not keep a process alive. */
  every(seconds: number, tick: () => void): { stop(): void };
}

export const systemClock: Clock = {
  wall: () => Date.now() / 1000,
  steady: () => performance.now() / 1000,
  every(seconds, tick) {
    const timer = setInterval(tick, seconds * 1000).unref();
    return { stop: () => clearInterval(timer) };
  },
};
