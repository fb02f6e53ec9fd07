/**
 * Hashcash stamps: the work that a busy mailbox server may ask for before it serves a client. Version 1 of
 * hashcash.org: the SHA-1 of the stamp begins with at least as many zero bits as the stamp claims.
 *
 * A stamp is searched for in short slices on the main thread, which needs no worker and works in every runtime.
 */
import { sha1 } from "@noble/hashes/legacy.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import type { Clock, Timer } from "../net/clock.ts";

/** The most zero bits that are searched for: half a minute of one core. Honest servers ask for 20 or so. */
export const MAX_STAMP_BITS = 24;

/** How long one slice may hold up the event loop. A page drops at most one frame. */
const SLICE_MS = 15;
/** Hashes between two looks at the time: about half a millisecond. */
const HASHES_PER_LOOK = 256;
/** Hexadecimal digits of the counter at the end of a stamp. */
const COUNTER_DIGITS = 12;

/** Returns the fixed part of a stamp. `date` has six digits, YYMMDD; `salt` makes the stamp unique. */
export function stampPrefix(bits: number, date: string, resource: string, salt: string): string {
  return `1:${bits}:${date}:${resource}::${salt}:`;
}

/**
 * Completes a stamp: appends a counter to `prefix` (ASCII) so that the SHA-1 of all begins with `bits` zeros (0 to 32).
 * Calls `done` once, never before this function returns. Each slice of work is a timer of `clock`; cancelling the
 * returned timer ends the work.
 */
export function mintStamp(prefix: string, bits: number, clock: Clock, done: (stamp: string) => void): Timer {
  const search = new Search(prefix, bits);
  const work = () => {
    const stamp = search.slice();
    if (stamp === undefined) timer = clock.after(0, work);
    else done(stamp);
  };
  let timer = clock.after(0, work);
  return { cancel: () => timer.cancel() };
}

/** The search for one stamp, by counting up. */
class Search {
  readonly #prefix: string;
  readonly #bits: number;
  readonly #message: Uint8Array;
  #counter = 0;

  constructor(prefix: string, bits: number) {
    this.#prefix = prefix;
    this.#bits = bits;
    this.#message = utf8ToBytes(prefix + "0".repeat(COUNTER_DIGITS));
  }

  /** Searches for about {@link SLICE_MS}. Returns the stamp, or `undefined` if the search has to go on. */
  slice(): string | undefined {
    const end = performance.now() + SLICE_MS;
    do {
      for (let hashes = 0; hashes < HASHES_PER_LOOK; hashes++) {
        const counter = this.#counter++;
        if (this.#fits(counter)) return this.#prefix + digits(counter);
      }
    } while (performance.now() < end);
    return undefined;
  }

  #fits(counter: number): boolean {
    const text = digits(counter);
    const start = this.#message.length - COUNTER_DIGITS;
    for (let i = 0; i < COUNTER_DIGITS; i++) this.#message[start + i] = text.charCodeAt(i);
    return leadingZeros(sha1(this.#message)) >= this.#bits;
  }
}

/** Counts the zero bits at the beginning of a hash, as far as its first 32 bits. */
function leadingZeros([a = 0, b = 0, c = 0, d = 0]: Uint8Array): number {
  return Math.clz32((a << 24) | (b << 16) | (c << 8) | d);
}

function digits(counter: number): string {
  return counter.toString(16).padStart(COUNTER_DIGITS, "0");
}
