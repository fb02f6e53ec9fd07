/** Carries bytes between two clients. */
import type { Clock } from "../../internal/src/clock.ts";
import type { Client } from "./client.ts";

/** Two clients whose bytes are forwarded to each other. */
export interface Pair {
  /** Bytes that were received and have not left yet. */
  readonly buffered: number;
  /** Stops the idle timer. Bytes that are under way are still forwarded. */
  dissolve(): void;
}

/** The events of a pair. */
export interface PairEvents {
  /** A client sends no more. All that it has sent was written to its partner. */
  ended(client: Client): void;
  /** Neither client has sent a byte for the whole idle time. */
  idle(): void;
}

/** Forwards every byte of each client to the other, and reads from each no faster than the other accepts. */
export function createPair(a: Client, b: Client, clock: Clock, idleMs: number, events: PairEvents): Pair {
  const timer = startIdleTimer(clock, idleMs, () => events.idle());
  forward(a, b, timer.moved, () => events.ended(a));
  forward(b, a, timer.moved, () => events.ended(b));
  return {
    get buffered() {
      return a.buffered + b.buffered;
    },
    dissolve: timer.cancel,
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

interface IdleTimer {
  /** Notes that a byte has moved. */
  readonly moved: () => void;
  readonly cancel: () => void;
}

/** Starts one timer that checks the time of the last byte. A new timer for every chunk would cost too much. */
function startIdleTimer(clock: Clock, idleMs: number, idle: () => void): IdleTimer {
  let last = clock.now();
  const check = () => {
    const left = last + idleMs - clock.now();
    if (left <= 0) idle();
    else timer = clock.after(left, check);
  };
  let timer = clock.after(idleMs, check);
  return {
    moved: () => {
      last = clock.now();
    },
    cancel: () => timer.cancel(),
  };
}
