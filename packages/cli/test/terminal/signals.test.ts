/** The first and the second signal, with a process in memory. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { StopSignal } from "../../src/host.ts";
import { abortOnSignals, Interrupted } from "../../src/terminal/signals.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A process that remembers how it ended. */
function host() {
  const exits: number[] = [];
  let kill: (signal: StopSignal) => void = () => {};
  const stopping = vi.fn();
  const signal = abortOnSignals(
    {
      onSignal: (listener) => {
        kill = listener;
      },
      exit: (exitCode) => void exits.push(exitCode),
    },
    stopping,
  );
  return { signal, exits, stopping, kill: (name: StopSignal) => kill(name) };
}

it("the first signal aborts, and the process continues", () => {
  const { signal, exits, stopping, kill } = host();
  kill("SIGTERM");
  expect(signal.reason).toBeInstanceOf(Interrupted);
  expect(signal.reason).toMatchObject({ signal: "SIGTERM", exitCode: 143 });
  expect([exits, stopping.mock.calls.length]).toEqual([[], 1]);
});

it("the other side is told first, because the terminal may be gone", () => {
  const order: string[] = [];
  let kill: (signal: StopSignal) => void = () => {};
  const onSignal = (listener: typeof kill) => {
    kill = listener;
  };
  const signal = abortOnSignals({ onSignal, exit: () => {} }, () => order.push("words"));
  signal.addEventListener("abort", () => order.push("farewell"));
  kill("SIGHUP");
  expect(order).toEqual(["farewell", "words"]);
});

it("the deadline ends the process within five seconds of the first signal", () => {
  const { exits, kill } = host();
  kill("SIGINT");
  vi.advanceTimersByTime(3_000);
  expect(exits).toEqual([]);
  vi.advanceTimersByTime(1_900);
  expect(exits).toEqual([130]);
});

it("a second signal ends the process at once", () => {
  const { exits, kill, stopping } = host();
  kill("SIGTERM");
  kill("SIGINT");
  expect([exits, stopping.mock.calls.length]).toEqual([[130], 1]);
});
