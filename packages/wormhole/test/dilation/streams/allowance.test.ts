/** The credit that subchannels share, with readers that read, stop, or end. */
import fc from "fast-check";
import { expect, it } from "vitest";
import {
  CREDIT_BYTES,
  CREDIT_STEP_BYTES,
  FIRST_CREDIT_BYTES,
  MAX_UNREAD_CREDITED_BYTES,
  SHARED_CREDIT_BYTES,
} from "../../../src/dilation/limits.ts";
import { Allowance, SharedCredit } from "../../../src/dilation/streams/allowance.ts";

/** A subchannel whose writer always uses its whole credit. */
class Greedy {
  readonly #allowance: Allowance;
  unread = 0;
  #received = 0;
  #isOver = false;

  constructor(shared: SharedCredit) {
    this.#allowance = new Allowance(shared);
    this.#fill();
  }

  read(bytes: number): void {
    const taken = Math.min(bytes, this.unread);
    this.unread -= taken;
    this.#allowance.consumed(taken);
    this.#fill();
  }

  end(): void {
    this.#isOver = true;
    this.#allowance.end();
  }

  #fill(): void {
    if (this.#isOver) return;
    const more = (this.#allowance.total ?? FIRST_CREDIT_BYTES) - this.#received;
    this.#allowance.arrived(more);
    this.#received += more;
    this.unread += more;
  }
}

it("one reader gets half of the shared credit, two readers a third each", () => {
  const shared = new SharedCredit();
  const one = new Greedy(shared);
  one.read(2 * CREDIT_STEP_BYTES);
  expect(one.unread).toBe(CREDIT_BYTES + SHARED_CREDIT_BYTES / 2);
  const other = new Greedy(shared);
  for (let i = 0; i < 100; i++) {
    one.read(2 * CREDIT_STEP_BYTES);
    other.read(2 * CREDIT_STEP_BYTES);
  }
  for (const { unread } of [one, other]) {
    expect(unread).toBeGreaterThan(CREDIT_BYTES + SHARED_CREDIT_BYTES / 3 - 2 * CREDIT_STEP_BYTES);
    expect(unread).toBeLessThan(CREDIT_BYTES + SHARED_CREDIT_BYTES / 3 + 2 * CREDIT_STEP_BYTES);
  }
});

it("a reader that stops leaves credit for the next one, and returns it by reading on", () => {
  const shared = new SharedCredit();
  const stopped = new Greedy(shared);
  stopped.read(2 * CREDIT_STEP_BYTES);
  const next = new Greedy(shared);
  next.read(2 * CREDIT_STEP_BYTES);
  expect(next.unread).toBe(CREDIT_BYTES + SHARED_CREDIT_BYTES / 4);
  stopped.end();
  next.read(2 * CREDIT_STEP_BYTES);
  expect(next.unread).toBeLessThanOrEqual(CREDIT_BYTES + SHARED_CREDIT_BYTES / 4);
  stopped.read(Number.POSITIVE_INFINITY);
  next.read(2 * CREDIT_STEP_BYTES);
  expect(next.unread).toBe(CREDIT_BYTES + SHARED_CREDIT_BYTES / 2);
});

it("unused credit of a subchannel that has ended is free again", () => {
  const shared = new SharedCredit();
  const ended = new Allowance(shared);
  ended.arrived(2 * CREDIT_STEP_BYTES);
  expect(ended.consumed(2 * CREDIT_STEP_BYTES)).toBe(true);
  ended.end();
  const next = new Greedy(shared);
  next.read(2 * CREDIT_STEP_BYTES);
  expect(next.unread).toBe(CREDIT_BYTES + SHARED_CREDIT_BYTES / 2);
});

it("readers that stop one after the other leave credit for the next one", () => {
  const shared = new SharedCredit();
  const all: Greedy[] = [];
  for (let n = 0; n < 15; n++) {
    const one = new Greedy(shared);
    for (let i = 0; i < 8; i++) one.read(FIRST_CREDIT_BYTES);
    all.push(one);
  }
  const unread = all.map((one) => one.unread);
  expect(unread.reduce((sum, each) => sum + each)).toBeLessThanOrEqual(MAX_UNREAD_CREDITED_BYTES);
});

it("a reader continues even if the others have left no shared credit", () => {
  const shared = new SharedCredit();
  shared.arrived(MAX_UNREAD_CREDITED_BYTES);
  const one = new Greedy(shared);
  for (let i = 0; i < 100; i++) {
    expect(one.unread).toBe(FIRST_CREDIT_BYTES);
    one.read(FIRST_CREDIT_BYTES);
  }
});

it("unread data never exceeds the credit of each and the shared credit together", () => {
  const deed = fc.record({
    reader: fc.nat({ max: 9 }),
    what: fc.oneof(
      { weight: 8, arbitrary: fc.integer({ min: 1, max: 3 * CREDIT_BYTES }) },
      { weight: 1, arbitrary: fc.constant("end" as const) },
    ),
  });
  fc.assert(
    fc.property(fc.array(deed, { maxLength: 200 }), (deeds) => {
      const shared = new SharedCredit();
      const all = Array.from({ length: 10 }, () => new Greedy(shared));
      for (const { reader, what } of deeds) {
        const one = all[reader] as Greedy;
        if (what === "end") one.end();
        else one.read(what);
        const unread = all.reduce((sum, each) => sum + each.unread, 0);
        expect(unread).toBeLessThanOrEqual(all.length * CREDIT_BYTES + SHARED_CREDIT_BYTES);
      }
      for (const one of all) one.end();
      for (const one of all) one.read(Number.POSITIVE_INFINITY);
      expect(shared.room(0, 0)).toBe(CREDIT_BYTES + SHARED_CREDIT_BYTES / 2);
    }),
  );
});
