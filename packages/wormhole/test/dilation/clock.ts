/**
 * The clock of the tests in this folder. Its time passes much faster than real time, but only when all pending work is
 * done. Therefore a busy machine does not change any result.
 */
import { afterAll, beforeAll } from "vitest";
import type { Timer } from "../../src/net/clock.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";

/** Virtual milliseconds that pass at a time. */
const STEP_MS = 20;

/** A virtual clock that advances by itself, but only while no timer of 0 ms is pending. */
class FlowingClock extends VirtualClock {
  isFlowing = false;
  readonly #pending = new Set<NodeJS.Immediate>();

  override after(milliseconds: number, fire: () => void): Timer {
    if (milliseconds > 0) return super.after(milliseconds, fire);
    const immediate = setImmediate(() => {
      this.#pending.delete(immediate);
      fire();
    });
    this.#pending.add(immediate);
    const cancel = () => {
      this.#pending.delete(immediate);
      clearImmediate(immediate);
    };
    return { cancel };
  }

  async flow(): Promise<void> {
    this.isFlowing = true;
    while (this.isFlowing) {
      do await new Promise((resolve) => setImmediate(resolve));
      while (this.#pending.size > 0);
      await this.advance(STEP_MS);
    }
  }
}

const flowing = new FlowingClock();

/** The clock of all dilations in a test file. */
export const clock: VirtualClock = flowing;

beforeAll(() => void flowing.flow());

afterAll(() => {
  flowing.isFlowing = false;
});

/** Resolves after this many virtual milliseconds. */
export function pass(milliseconds: number): Promise<void> {
  return new Promise((resolve) => void clock.after(milliseconds, resolve));
}

/** Resolves to whether a promise resolves within this many virtual milliseconds. */
export function soon(something: Promise<unknown>, milliseconds = 100): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(milliseconds, () => resolve(false));
    something.then(() => resolve(true), reject).finally(() => timer.cancel());
  });
}
