/** The time axis of a drawing, with folded gaps. */
import { describe, expect, it } from "vitest";
import { timeAxis } from "../../src/timing/axis.ts";

const lengths = (moments: readonly number[]) => timeAxis(moments).folds.map(({ from, to }) => to - from);

describe("a time axis", () => {
  it("is linear if there is nothing to fold", () => {
    const axis = timeAxis([0, 100, 250, 400]);
    expect([0, 100, 200, 400].map(axis.place)).toEqual([0, 25, 50, 100]);
    expect(axis.folds).toEqual([]);
  });

  it("puts times outside of it at its ends", () => {
    const axis = timeAxis([0, 100]);
    expect([axis.place(-5), axis.place(200)]).toEqual([0, 100]);
  });

  it("folds long gaps, so that the rest gets their room", () => {
    const axis = timeAxis([0, 50, 100, 60_100, 60_150, 60_200]);
    expect(axis.folds).toMatchObject([{ from: 100, to: 60_100 }]);
    const [first, second] = [axis.place(100), 100 - axis.place(60_100)];
    expect(first).toBeGreaterThan(45);
    expect(second).toBeCloseTo(first);
  });

  it("folds no gap that is short, a small share of the time, or the whole time", () => {
    expect(lengths([0, 1, 250, 251])).toEqual([]);
    expect(lengths([0, 1000, 2000, 3000, 4000, 5000])).toEqual([]);
    expect(lengths([0, 60_000])).toEqual([]);
  });

  it("never runs backwards", () => {
    const moments = Array.from({ length: 40 }, (_, index) => index ** 4);
    const { place } = timeAxis(moments);
    const places = moments.map(place);
    expect([...places].sort((a, b) => a - b)).toEqual(places);
    expect(places.at(-1)).toBeCloseTo(100);
  });

  it("has round ticks, apart from each other, and none in a fold", () => {
    const axis = timeAxis([0, 150, 60_150, 60_400]);
    expect(axis.ticks[0]).toBe(0);
    expect(axis.ticks.length).toBeGreaterThan(4);
    expect(axis.ticks.filter((time) => time > 150 && time < 60_150)).toEqual([]);
    expect(axis.ticks.filter((time) => time % 50 !== 0)).toEqual([]);
    const places = axis.ticks.map(axis.place);
    for (const [index, place] of places.slice(1).entries()) expect(place - (places[index] ?? 0)).toBeGreaterThan(6);
  });

  it("can have a single moment", () => {
    const axis = timeAxis([0]);
    expect([axis.place(0), axis.ticks, axis.folds]).toEqual([0, [], []]);
  });
});
