import { describe, expect, it } from "vitest";
import { timeAxis } from "../../src/timing/axis.ts";

const WIDTH = 700;
const lengths = (moments: readonly number[]) => timeAxis(moments, WIDTH).folds.map(({ from, to }) => to - from);

describe("a time axis", () => {
  it("is even where nothing has to be folded", () => {
    const axis = timeAxis([0, 100, 250, 400], WIDTH);
    expect([0, 100, 200, 400].map(axis.place)).toEqual([0, 175, 350, 700]);
    expect(axis.folds).toEqual([]);
  });

  it("keeps what is outside at its ends", () => {
    const axis = timeAxis([0, 100], WIDTH);
    expect([axis.place(-5), axis.place(200)]).toEqual([0, WIDTH]);
  });

  it("folds the long waits, and gives their room to what happens", () => {
    const axis = timeAxis([0, 50, 100, 60_100, 60_150, 60_200], WIDTH);
    expect(axis.folds).toMatchObject([{ from: 100, to: 60_100 }]);
    const [first, second] = [axis.place(100), WIDTH - axis.place(60_100)];
    expect(first).toBeGreaterThan(300);
    expect(second).toBeCloseTo(first);
  });

  it("folds neither what is short nor what is a small part, nor all there is", () => {
    expect(lengths([0, 1, 250, 251])).toEqual([]);
    expect(lengths([0, 1000, 2000, 3000, 4000, 5000])).toEqual([]);
    expect(lengths([0, 60_000])).toEqual([]);
  });

  it("never runs backwards", () => {
    const moments = Array.from({ length: 40 }, (_, index) => index ** 4);
    const { place } = timeAxis(moments, WIDTH);
    const places = moments.map(place);
    expect([...places].sort((a, b) => a - b)).toEqual(places);
    expect(places.at(-1)).toBeCloseTo(WIDTH);
  });

  it("has round ticks that leave each other room, and none in a fold", () => {
    const axis = timeAxis([0, 150, 60_150, 60_400], WIDTH);
    expect(axis.ticks[0]).toBe(0);
    expect(axis.ticks.length).toBeGreaterThan(4);
    expect(axis.ticks.filter((time) => time > 150 && time < 60_150)).toEqual([]);
    expect(axis.ticks.filter((time) => time % 50 !== 0)).toEqual([]);
    const places = axis.ticks.map(axis.place);
    for (const [index, place] of places.slice(1).entries()) expect(place - (places[index] ?? 0)).toBeGreaterThan(60);
  });

  it("copes with a single moment", () => {
    const axis = timeAxis([0], WIDTH);
    expect([axis.place(0), axis.ticks, axis.folds]).toEqual([0, [], []]);
  });
});
