/** When the progress bar is drawn and removed. Its text is tested in progress.test.ts. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Meter } from "../../src/terminal/meter.ts";
import { screen } from "./screen.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

it("draws five times a second, however often it is updated", () => {
  const { output, written } = screen({ isTerminal: true, columns: 60 });
  const meter = new Meter(output);
  for (let bytes = 0; bytes < 1000; bytes++) meter.update(bytes, 1000);
  expect(written.stderr).toBe("");
  vi.advanceTimersByTime(1000);
  expect(written.stderr.split("\r")).toHaveLength(6);
  expect(written.stderr).toContain("999 Bytes of 1.0 kB");
});

it("leaves a summary at the end, and then stops drawing", () => {
  const { output, written } = screen({ isTerminal: true, columns: 60 });
  const meter = new Meter(output);
  meter.update(1, 5_000_000);
  vi.advanceTimersByTime(1000);
  meter.finish();
  expect(written.stderr).toMatch(/\r\u001b\[K5\.0 MB in 0:01, 5\.0 MB\/s\n$/);
  vi.advanceTimersByTime(1000);
  expect(written.stderr).toMatch(/MB\/s\n$/);
});

it("shows nothing without an update, and says how far it came if it is stopped", () => {
  const { output, written } = screen({ isTerminal: true });
  const meter = new Meter(output);
  meter.finish();
  meter.stop();
  expect(written.stderr).toBe("");
  meter.update(1, 2);
  vi.advanceTimersByTime(200);
  meter.stop();
  expect(written.stderr).toMatch(/\r\u001b\[KStopped after 1 Byte of 2 Bytes\.\n$/);
});

it("writes a line a minute where nothing can be redrawn, and no summary", () => {
  const { output, written } = screen();
  const meter = new Meter(output);
  for (let second = 0; second < 150; second++) {
    meter.update(1_000_000 * second, 200_000_000);
    vi.advanceTimersByTime(1_000);
  }
  meter.finish();
  const lines = written.stderr.trim().split("\n");
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(/^ *\d+% {2}\[=+> +\] {2}5\d\.0 MB of 200\.0 MB {2}1\.0 MB\/s {2}2:\d\d left$/);
  expect(written.stderr).not.toMatch(/[\r\u001b]/);
});

it("leaves the lines about a silence to their sentence", () => {
  const { output, written } = screen();
  const meter = new Meter(output);
  meter.update(1_000, 2_000);
  vi.advanceTimersByTime(200_000);
  expect(written.stderr).toBe("");
});
