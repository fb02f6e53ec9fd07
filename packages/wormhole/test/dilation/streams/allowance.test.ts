/** What may be sent over subchannels that share a credit, whatever their readers do. */
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

/** A subchannel whose writer sends all that it may. */
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

it("one that is read may have half of it under way, and two a third each", () => {
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

it("whoever has stopped reading leaves some for the next one, and all of it when it reads on", () => {
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

it("what was granted to one that has ended, and never came, is free again", () => {
  const shared = new SharedCredit();
  const ended = new Allowance(shared);
  ended.arrived(2 * CREDIT_STEP_BYTES);
  expect(ended.consumed(2 * CREDIT_STEP_BYTES)).toBe(true);
  ended.end();
  const next = new Greedy(shared);
  next.read(2 * CREDIT_STEP_BYTES);
  expect(next.unread).toBe(CREDIT_BYTES + SHARED_CREDIT_BYTES / 2);
});

it("readers that stop one after the other leave room for the next", () => {
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

it("whoever reads goes on, also where others have left nothing", () => {
  const shared = new SharedCredit();
  shared.arrived(MAX_UNREAD_CREDITED_BYTES);
  const one = new Greedy(shared);
  for (let i = 0; i < 100; i++) {
    expect(one.unread).toBe(FIRST_CREDIT_BYTES);
    one.read(FIRST_CREDIT_BYTES);
  }
});

it("together they never leave more unread than each its credit, and once what is shared", () => {
  const deed = fc.record({
    who: fc.nat({ max: 9 }),
    what: fc.oneof(
      { weight: 8, arbitrary: fc.integer({ min: 1, max: 3 * CREDIT_BYTES }) },
      { weight: 1, arbitrary: fc.constant("end" as const) },
    ),
  });
  fc.assert(
    fc.property(fc.array(deed, { maxLength: 200 }), (deeds) => {
      const shared = new SharedCredit();
      const all = Array.from({ length: 10 }, () => new Greedy(shared));
      for (const { who, what } of deeds) {
        const one = all[who] as Greedy;
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
