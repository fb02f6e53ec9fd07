/** Carries bytes between two clients. */
import type { Client } from "./client.ts";
import type { Clock } from "./clock.ts";

/** Two clients that hear each other. */
export interface Pair {
  /** Bytes on their way through: received, and not yet handed to the network. */
  readonly buffered: number;
  /** Stops watching the pair; what is on its way stays on its way. */
  dissolve(): void;
}

/** What the makers of a pair want to know. */
export interface PairEvents {
  /** One of the two will send no more. All that it has sent was written to the other. */
  ended(who: Client): void;
  /** No byte has come from either for the whole idle time. */
  idle(): void;
}

/** Carries every byte of each client to the other, and never takes more from one than the other takes. */
export function createPair(a: Client, b: Client, clock: Clock, idleTime: number, events: PairEvents): Pair {
  const watch = watchIdle(clock, idleTime, () => events.idle());
  forward(a, b, watch.moved, () => events.ended(a));
  forward(b, a, watch.moved, () => events.ended(b));
  return {
    get buffered() {
      return a.buffered + b.buffered;
    },
    dissolve: watch.cancel,
  };
}

function forward(from: Client, to: Client, moved: () => void, ended: () => void): void {
  from.receive({
    bytes(chunk, release) {
      moved();
      to.write(chunk, () => {
        release?.();
        if (to.unsent === 0) from.resume();
      });
      if (to.unsent > 0) from.pause();
    },
    ended,
  });
}

interface Watch {
  readonly moved: () => void;
  readonly cancel: () => void;
}

/** One timer that looks at the time of the last byte, where a new timer for every chunk would cost. */
function watchIdle(clock: Clock, idleTime: number, idle: () => void): Watch {
  let last = clock.now();
  const look = () => {
    const left = last + idleTime - clock.now();
    if (left <= 0) idle();
    else timer = clock.after(left, look);
  };
  let timer = clock.after(idleTime, look);
  return {
    moved: () => {
      last = clock.now();
    },
    cancel: () => timer.cancel(),
  };
}
