/** Repeated timers. */
import { expect, it } from "vitest";
import { every } from "../src/clock.ts";
import { FakeClock } from "./fake-clock.ts";

it("every() ticks at each interval until it is cancelled", () => {
  const clock = new FakeClock();
  const ticks: number[] = [];
  const timer = every(clock, 10, () => ticks.push(clock.now()));
  clock.advance(35);
  expect(ticks).toEqual([10, 20, 30]);
  timer.cancel();
  clock.advance(100);
  expect([ticks.length, clock.pending]).toEqual([3, 0]);
});

it("a tick may cancel its own timer", () => {
  const clock = new FakeClock();
  let ticks = 0;
  const timer = every(clock, 10, () => {
    ticks++;
    timer.cancel();
  });
  clock.advance(100);
  expect([ticks, clock.pending]).toEqual([1, 0]);
});
