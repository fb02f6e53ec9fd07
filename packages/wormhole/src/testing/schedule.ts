/** The order in which things arrive, at once or after delays of a clock. */
import type { Clock } from "../net/clock.ts";

/** Plans something that arrives. What was planned first arrives first. */
export type Schedule = (arrive: () => void) => void;

/** Returns a schedule with `delay` milliseconds of a clock, or one of microtasks if there is no clock. */
export function inOrder(clock: Clock | undefined, delay: () => number): Schedule {
  if (clock === undefined) return queueMicrotask;
  let last = 0;
  return (arrive) => {
    last = Math.max(last, clock.now() + delay());
    clock.after(last - clock.now(), arrive);
  };
}
