/** The waits of a transfer: how they are reported, and which of them end. */
import { describe, expect, it } from "vitest";
import { VirtualClock } from "../../src/testing.ts";
import type { WaitingFor } from "../../src/transfer/api.ts";
import { DEADLINES, type Leg, throughMailbox, untilSent, Wait, waitFor } from "../../src/transfer/waits.ts";

function watch(leg: Leg) {
  const clock = new VirtualClock();
  const reports: string[] = [];
  const ends: unknown[] = [];
  const context = {
    platform: { clock } as never,
    emit: (event: { type: string }) => {
      if ("seconds" in event && "waitingFor" in event) reports.push(`${event.waitingFor} ${event.seconds}`);
    },
    fail: (error: unknown) => void ends.push(error),
  };
  return { clock, reports, ends, context, wait: new Wait(context, leg) };
}

/** Lets time pass. Nothing here needs a promise to settle. */
function pass(clock: VirtualClock, milliseconds: number): void {
  const end = clock.now() + milliseconds;
  while (clock.step(end));
}

const LEGS: readonly WaitingFor[] = [
  "server",
  "peer",
  "proof",
  "offer",
  "answer",
  "connection",
  "bytes",
  "storage",
  "confirmation",
];

describe("a wait", () => {
  // proves: transfer/waits-reported
  it.each(LEGS)("for %s is reported early, at growing intervals, and then each minute", (leg) => {
    const { clock, reports } = watch(leg);
    pass(clock, 4_000);
    expect(reports).toEqual([]);
    pass(clock, 240_000);
    expect(reports).toEqual([5, 15, 60, 120, 180, 240].map((seconds) => `${leg} ${seconds}`));
  });

  it("for the server is reported to be over as soon as the server is back", () => {
    let leg: WaitingFor = "server";
    const { clock, reports } = watch(() => leg);
    pass(clock, 8_000);
    leg = "peer";
    pass(clock, 1_000);
    expect(reports).toEqual(["server 5", "peer 0"]);
    pass(clock, 5_000);
    expect(reports.slice(2)).toEqual(["peer 5"]);
  });

  it.each<[string, WaitingFor, number]>([
    ["a short wait for the server", "server", 3_000],
    ["a wait for the peer", "peer", 8_000],
  ])("%s ends without a report", (_, first, milliseconds) => {
    let leg = first;
    const { clock, reports } = watch(() => leg);
    pass(clock, milliseconds);
    leg = "proof";
    pass(clock, 2_000);
    expect(reports).not.toContain("proof 0");
  });

  // proves: transfer/silence-ends
  it.each<[WaitingFor, number]>([
    ["proof", 300],
    ["bytes", 3600],
    ["confirmation", 3600],
  ])("for %s ends after %d seconds, once, and sets no more timers", (leg, seconds) => {
    const { clock, ends } = watch(leg);
    pass(clock, (seconds - 1) * 1000);
    expect(ends).toEqual([]);
    pass(clock, 86_400_000);
    expect(ends).toMatchObject([{ code: "stalled", peerMessage: "nothing has moved for too long" }]);
    expect(clock.pending).toBe(0);
  });

  it.each(LEGS.filter((leg) => DEADLINES[leg] === undefined))("for %s never ends by itself", (leg) => {
    const { clock, ends, wait } = watch(leg);
    pass(clock, 86_400_000);
    expect(ends).toEqual([]);
    wait.stop();
    expect(clock.pending).toBe(0);
  });

  // proves: transfer/silence-ends
  it("is not over while bytes move, however slowly", () => {
    const { clock, reports, ends, wait } = watch("bytes");
    for (let hour = 0; hour < 40; hour++) {
      pass(clock, 3_000_000);
      wait.moved(1024);
    }
    pass(clock, 1_000);
    expect(ends).toEqual([]);
    reports.length = 0;
    for (let i = 0; i < 100; i++) {
      pass(clock, 4_000);
      wait.moved(100_000);
    }
    expect(reports).toEqual([]);
  });

  // proves: transfer/silence-ends
  it("is not prolonged for ever by single bytes", () => {
    const { clock, reports, ends, wait } = watch("bytes");
    for (let i = 0; i < 121; i++) {
      wait.moved(1);
      pass(clock, 30_000);
    }
    expect(reports).toContain("bytes 60");
    expect(ends).toHaveLength(1);
  });

  // proves: transfer/sleep-does-not-count
  it("does not count the time in which the computer or the process slept", () => {
    const { clock, ends, reports, context, wait: awake } = watch("bytes");
    awake.stop();
    // A timer that was due during the sleep fires once, after it.
    const asleep = { ...context, platform: { clock: { after: sleepy(clock) } } as never };
    const wait = new Wait(asleep, "bytes");
    pass(clock, 2 * 3_600_000);
    wait.stop();
    expect(ends).toEqual([]);
    expect(reports).toEqual(["bytes 5"]);
  });

  it("names what is waited for at the moment, and begins anew if that changes", () => {
    let leg: WaitingFor = "peer";
    const { clock, reports } = watch(() => leg);
    pass(clock, 15_000);
    leg = "server";
    pass(clock, 20_000);
    leg = "peer";
    pass(clock, 10_000);
    expect(reports).toEqual(["peer 5", "peer 15", "server 5", "server 15", "peer 0", "peer 5"]);
  });

  it("names this computer's disk while that is busy, and never ends because of it", async () => {
    const { clock, reports, ends, wait } = watch("bytes");
    let stored = () => {};
    const storing = wait.during("storage", new Promise<void>((resolve) => (stored = resolve)));
    pass(clock, 2 * 3_600_000);
    expect(ends).toEqual([]);
    expect(new Set(reports.map((report) => report.split(" ")[0]))).toEqual(new Set(["storage"]));
    stored();
    await storing;
    reports.length = 0;
    pass(clock, 10_000);
    expect(reports).toEqual(["bytes 5"]);
  });

  it("leaves no timer behind, whether it succeeds or fails", async () => {
    const { clock, context, wait } = watch("answer");
    wait.stop();
    await expect(waitFor(context, "answer", Promise.resolve(1))).resolves.toBe(1);
    await expect(waitFor(context, "answer", Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(clock.pending).toBe(0);
  });
});

/** A clock that falls asleep for ten minutes at each timer. */
function sleepy(clock: VirtualClock): VirtualClock["after"] {
  return (milliseconds, fire) => clock.after(milliseconds + 600_000, fire);
}

it.each([
  [throughMailbox, "connected", 0, "answer"],
  [throughMailbox, "disconnected", 0, "server"],
  [untilSent, "connected", 1, "answer"],
  [untilSent, "disconnected", 0, "answer"],
  [untilSent, "disconnected", 1, "server"],
] as const)(
  "what is waited for is the server while it is away and needed (%o, %s, %d unsent)",
  (leg, connection, unsent, waitingFor) => {
    const { clock, reports } = watch(
      leg({ status: () => ({ connection, unsent, key: "none", code: "none" }) }, "answer"),
    );
    pass(clock, 6_000);
    expect(reports).toEqual([`${waitingFor} 5`]);
  },
);
