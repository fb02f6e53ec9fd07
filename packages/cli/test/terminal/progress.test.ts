/** The text of the progress bar, and the rate that it shows. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { advance, type Progress, progressLine, startProgress, summary } from "../../src/terminal/progress.ts";

/** A transfer that has run for `seconds` at a steady rate. */
function steady(total: number, rate: number, seconds: number): Progress {
  let progress = startProgress(total, 0);
  for (let tick = 1; tick <= seconds * 5; tick++) {
    progress = advance(progress, Math.min(total, (rate * tick) / 5), tick * 200);
  }
  return progress;
}

describe("the progress line", () => {
  it("shows the share, a bar, the bytes, the rate and the time left", () => {
    expect(progressLine(steady(100e6, 10e6, 5), 100)).toBe(
      " 50%  [====================>                   ]  50.0 MB of 100.0 MB  10.0 MB/s  0:05 left",
    );
  });

  it("shows neither rate nor time before the first measurement", () => {
    expect(progressLine(startProgress(5_000, 0), 50)).toBe("  0%  [>                      ]  0 Bytes of 5.0 kB");
  });

  it("has no time left at the end", () => {
    expect(progressLine(steady(10e6, 10e6, 1), 60)).toBe(
      "100%  [=====================]  10.0 MB of 10.0 MB  10.0 MB/s",
    );
  });

  it("leaves out the bar, the time, the rate and the bytes, in this order, in narrower terminals", () => {
    const at = (width: number) => progressLine(steady(100e6, 10e6, 5), width);
    expect(at(59)).toBe(" 50%  [====>   ]  50.0 MB of 100.0 MB  10.0 MB/s  0:05 left");
    expect(at(50)).toBe(" 50%  50.0 MB of 100.0 MB  10.0 MB/s  0:05 left");
    expect(at(40)).toBe(" 50%  50.0 MB of 100.0 MB  10.0 MB/s");
    expect(at(30)).toBe(" 50%  50.0 MB of 100.0 MB");
    expect(at(10)).toBe(" 50%");
    expect(at(2)).toBe(" 5");
  });

  it("is never wider than the terminal", () => {
    const samples = fc.array(fc.tuple(fc.nat(2 ** 40), fc.nat(10_000)), { maxLength: 20 });
    fc.assert(
      fc.property(samples, fc.nat(2 ** 40), fc.integer({ min: 1, max: 300 }), (moves, total, width) => {
        let progress = startProgress(total, 0);
        let now = 0;
        for (const [bytes, elapsed] of moves) {
          now += elapsed;
          progress = advance(progress, bytes, now);
        }
        const line = progressLine(progress, width);
        expect(line.length).toBeLessThanOrEqual(width);
        expect(line).not.toMatch(/NaN|Infinity|-\d/);
      }),
    );
  });

  it("is full for an empty file", () => {
    expect(progressLine(startProgress(0, 0), 40)).toBe("100%  [============]  0 Bytes of 0 Bytes");
  });
});

describe("the rate", () => {
  it("follows a change of speed within seconds, without jumps", () => {
    const fast = steady(1e9, 100e6, 2);
    let slow = fast;
    for (let tick = 1; tick <= 5; tick++) slow = advance(slow, 200e6 + tick * 2e6, 2_000 + tick * 200);
    expect(slow.rate).toBeGreaterThan(50e6);
    for (let tick = 6; tick <= 75; tick++) slow = advance(slow, 200e6 + tick * 2e6, 2_000 + tick * 200);
    expect(slow.rate).toBeLessThan(12e6);
  });

  it("falls while no data moves", () => {
    const stalled = advance(steady(1e9, 100e6, 2), 200e6, 60_000);
    expect(stalled.rate).toBeLessThan(1);
  });
});

it("the summary shows bytes, time and mean rate", () => {
  expect(summary(steady(100e6, 10e6, 10))).toBe("100.0 MB in 0:10, 10.0 MB/s");
  expect(summary(startProgress(0, 5))).toBe("0 Bytes in 0:00");
});

it.each([
  [9, "0:09"],
  [75, "1:15"],
  [3 * 3600 + 62, "3:01:02"],
  [90_000, "over a day"],
])("%i seconds left are shown as %s", (seconds, text) => {
  const progress = { ...startProgress(seconds * 1000, 0), rate: 1000 };
  expect(progressLine(progress, 80)).toContain(`${text} left`);
});
