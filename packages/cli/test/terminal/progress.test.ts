/** The text of the progress bar, and the rate that it shows. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  advance,
  arrived,
  isStalled,
  type Progress,
  progressLine,
  rateOf,
  startProgress,
  summary,
} from "../../src/terminal/progress.ts";

const MB = 1_000_000;

/** A transfer whose bytes moved as `moves` says: pairs of seconds and bytes in all. */
function moved(total: number, moves: Iterable<readonly [seconds: number, bytes: number]>, isSender = false): Progress {
  let progress = startProgress(total, 0, isSender);
  for (const [seconds, bytes] of moves) progress = advance(progress, Math.min(bytes, total), seconds * 1000);
  return progress;
}

/** Bytes that move every `step` seconds at this rate, until `seconds`. The buffers take `burst` at once. */
function* line({
  rate,
  seconds,
  step = 0.1,
  burst = 0,
  from = 0,
}: {
  rate: number;
  seconds: number;
  step?: number;
  burst?: number;
  from?: number;
}) {
  if (burst > 0) yield [0.01, burst] as const;
  for (let tick = 1; tick * step <= seconds + 1e-9; tick++) {
    yield [from + tick * step, burst + rate * tick * step] as const;
  }
}

const steady = (total: number, rate: number, seconds: number) => moved(total, line({ rate, seconds }));

describe("the progress line", () => {
  it("shows the share, a bar, the bytes, the rate and the time left", () => {
    expect(progressLine(steady(100 * MB, 10 * MB, 5), 5_000, 100)).toBe(
      " 50%  [====================>                   ]  50.0 MB of 100.0 MB  10.0 MB/s  0:05 left",
    );
  });

  it("shows neither rate nor time before the first measurement", () => {
    expect(progressLine(startProgress(5_000, 0), 0, 50)).toBe("  0%  [>                      ]  0 Bytes of 5.0 kB");
  });

  it("has neither rate nor time at the end", () => {
    expect(progressLine(steady(10 * MB, 10 * MB, 1), 1_000, 60)).toBe(
      "100%  [================================]  10.0 MB of 10.0 MB",
    );
  });

  it("leaves out the bar, the time, the rate and the bytes, in this order, in narrower terminals", () => {
    const at = (width: number) => progressLine(steady(100 * MB, 10 * MB, 5), 5_000, width);
    expect(at(59)).toBe(" 50%  [====>   ]  50.0 MB of 100.0 MB  10.0 MB/s  0:05 left");
    expect(at(50)).toBe(" 50%  50.0 MB of 100.0 MB  10.0 MB/s  0:05 left");
    expect(at(40)).toBe(" 50%  50.0 MB of 100.0 MB  10.0 MB/s");
    expect(at(30)).toBe(" 50%  50.0 MB of 100.0 MB");
    expect(at(10)).toBe(" 50%");
    expect(at(2)).toBe(" 5");
  });

  it("is never wider than the terminal, and has no impossible number", () => {
    const samples = fc.array(fc.tuple(fc.nat(2 ** 40), fc.nat(10_000)), { maxLength: 20 });
    fc.assert(
      fc.property(
        samples,
        fc.nat(2 ** 40),
        fc.integer({ min: 1, max: 300 }),
        fc.boolean(),
        (moves, total, width, isSender) => {
          let progress = startProgress(total, 0, isSender);
          let [now, bytes] = [0, 0];
          for (const [more, elapsed] of moves) {
            now += elapsed;
            bytes = Math.min(total, bytes + more);
            progress = advance(progress, bytes, now);
            const text = progressLine(progress, now, width);
            expect(text.length).toBeLessThanOrEqual(width);
            expect(text).not.toMatch(/NaN|Infinity|-\d/);
          }
        },
      ),
    );
  });

  it("is full for an empty file", () => {
    expect(progressLine(startProgress(0, 0), 0, 40)).toBe("100%  [============]  0 Bytes of 0 Bytes");
  });

  it("says that nothing moves, and shows no time, after some seconds of silence", () => {
    const progress = steady(100 * MB, 10 * MB, 5);
    expect(progressLine(progress, 12_000, 60)).toBe(" 50%  [===========>          ]  50.0 MB of 100.0 MB  stalled");
    const again = advance(progress, 51 * MB, 20_000);
    expect(progressLine(again, 20_100, 100)).not.toContain("stalled");
  });

  it.each([0, 5_000, 60_000])("at a sender whose buffers took everything at once, claims no share: %d ms", (later) => {
    const progress = advance(startProgress(4 * MB, 0, true), 4 * MB, 100);
    expect(progressLine(progress, 100 + later, 39)).toBe(" 4.0 MB on the way  waiting for confirm");
    expect(progressLine(progress, 100 + later, 80)).toBe(" 4.0 MB on the way  waiting for confirmation");
  });

  it("at a sender that has written everything, shows how the buffers drain, and then that it waits", () => {
    const progress = moved(20 * MB, line({ rate: 2 * MB, seconds: 7, burst: 6 * MB }), true);
    expect(progressLine(progress, 7_000, 100)).toMatch(/14\.[0-9] MB of 20\.0 MB {2}2\.0 MB\/s {2}0:03 left$/);
    expect(progressLine(progress, 12_000, 100)).toMatch(/^100%.*20\.0 MB of 20\.0 MB {2}waiting for confirmation$/);
  });
});

describe("rate and time left are true from the third second on", () => {
  const TOTAL = 20 * MB;
  it.each([
    ["an even line", { rate: 2 * MB }],
    ["a line that moves in lumps", { rate: 2 * MB, step: 0.65 }],
    ["buffers that take 6 MB at once", { rate: 2 * MB, burst: 6 * MB }],
    ["buffers and lumps", { rate: 2 * MB, burst: 4 * MB, step: 0.7 }],
    ["a slow line", { rate: 300_000, burst: 1 * MB }],
    ["a line that moves rarely", { rate: 100_000, step: 1.4 }],
    ["a fast line", { rate: 4 * MB, step: 0.001 }],
  ])("%s", (_, { rate, ...shape }) => {
    for (let seconds = 3; seconds < 4.5; seconds += 0.2) {
      const progress = moved(TOTAL, line({ rate, seconds, ...shape }), true);
      const now = seconds * 1000;
      const truth = TOTAL - rate * seconds;
      expect(rateOf(progress, now)).toBeGreaterThan(rate * 0.7);
      expect(rateOf(progress, now)).toBeLessThan(rate * 1.3);
      const shown = TOTAL - arrived(progress, now);
      expect(Math.abs(shown - truth)).toBeLessThan(0.3 * truth);
    }
  });

  it("also where each lump is written in pieces, up to the last one", () => {
    const rate = 1 * MB;
    const moves: [number, number][] = [[0.01, 4 * MB]];
    for (let lump = 0; lump < 7; lump++) {
      for (let piece = 1; piece <= 8; piece++) {
        moves.push([1.2 * (lump + 1) + piece * 0.02, 4 * MB + 1.2 * rate * (lump + piece / 8)]);
      }
      const [now = 0] = moves.at(-1) ?? [];
      const measured = rateOf(moved(4 * MB + 7 * 1.2 * rate, moves, true), now * 1000) ?? 0;
      if (now > 3) expect(Math.abs(measured / rate - 1)).toBeLessThan(0.3);
    }
  });

  it("follows a change of speed within seconds", () => {
    const fast = [...line({ rate: 100 * MB, seconds: 2 })];
    const slow = [...line({ rate: 10 * MB, seconds: 4, from: 2 })].map(
      ([at, bytes]) => [at, bytes + 200 * MB] as const,
    );
    const rate = rateOf(moved(1000 * MB, [...fast, ...slow]), 6_000) ?? 0;
    expect(rate).toBeGreaterThan(7 * MB);
    expect(rate).toBeLessThan(13 * MB);
  });

  it("falls while no data moves", () => {
    expect(rateOf(steady(1000 * MB, 100 * MB, 2), 60_000)).toBeLessThan(4 * MB);
  });

  it("a line whose lumps are far apart does not count as stalled between them", () => {
    const progress = moved(MB, line({ rate: 10_000, step: 6, seconds: 60 }));
    expect(isStalled(progress, 67_000)).toBe(false);
    expect(isStalled(progress, 100_000)).toBe(true);
  });
});

it("the summary shows bytes, time and mean rate", () => {
  expect(summary(steady(100 * MB, 10 * MB, 10), 10_000)).toBe("100.0 MB in 0:10, 10.0 MB/s");
  expect(summary(startProgress(1, 5), 300)).toBe("1 Byte in less than a second");
});

it.each([
  [9, "0:09"],
  [75, "1:15"],
  [3 * 3600 + 62, "3:01:02"],
  [90_000, "over a day"],
])("%i seconds left are shown as %s", (seconds, text) => {
  const progress = steady(seconds * 1000 + 10_000, 1000, 10);
  expect(progressLine(progress, 10_000, 80)).toContain(`${text} left`);
});
