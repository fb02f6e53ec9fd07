/** Reproducible randomness for simulations. */
import type { Random } from "../../packages/wormhole/src/base/random.ts";

/** The source of all random choices in a simulation. The same seed makes the same choices. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    // Adjacent seeds must not make similar worlds.
    this.#state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) | 0;
    for (let i = 0; i < 4; i++) this.#next();
  }

  /** A number from 0 to `below` - 1. */
  number(below: number): number {
    return Math.floor((this.#next() / 0x1_0000_0000) * below);
  }

  /** Returns true once in `n` calls, on average. */
  once(n: number): boolean {
    return this.number(n) === 0;
  }

  /** One of the choices. */
  pick<T>(choices: readonly T[]): T {
    const choice = choices[this.number(choices.length)];
    if (choice === undefined) throw new RangeError("nothing to pick from");
    return choice;
  }

  /** The same items in any order. */
  shuffled<T>(items: readonly T[]): T[] {
    const placed = items.map((item) => ({ item, place: this.#next() }));
    return placed.sort((a, b) => a.place - b.place).map(({ item }) => item);
  }

  /** Random bytes, for `platform.random`. */
  readonly bytes: Random = (length) => Uint8Array.from({ length }, () => this.number(256));

  /** The next 32 bits of the generator mulberry32. */
  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  }
}
