/** The virtual clock: the order of its timers, and a wormhole that waits for no other clock. */
import { describe, expect, it } from "vitest";
import { createWormhole } from "../../src/index.ts";
import { MemoryMailboxServer, VirtualClock } from "../../src/testing.ts";

/** Sets timers that note their names. */
function noting(clock: VirtualClock) {
  const fired: string[] = [];
  return { fired, set: (name: string, after: number) => clock.after(after, () => void fired.push(name)) };
}

describe("a virtual clock", () => {
  it("fires timers in the order of their times, and those of one time in the order in which they were set", async () => {
    const clock = new VirtualClock();
    const { fired, set } = noting(clock);
    for (const [name, after] of [
      ["c", 20],
      ["a", 10],
      ["d", 20],
      ["b", 10],
      ["later", 21],
    ] as const)
      set(name, after);
    await clock.advance(20);
    expect(fired).toEqual(["a", "b", "c", "d"]);
    expect([clock.now(), clock.pending]).toEqual([20, 1]);
  });

  it("lets all promises settle after each timer, so that what one timer sets in motion is in time", async () => {
    const clock = new VirtualClock();
    const times: number[] = [];
    const walk = async () => {
      for (let steps = 0; steps < 3; steps++) {
        await new Promise<void>((resolve) => void clock.after(10, resolve));
        times.push(clock.now());
      }
    };
    void walk();
    await clock.advance(100);
    expect(times).toEqual([10, 20, 30]);
  });

  it("does not fire what was cancelled, also by a timer of the same time", async () => {
    const clock = new VirtualClock();
    const { fired, set } = noting(clock);
    clock.after(10, () => second.cancel());
    const second = set("second", 10);
    const third = set("third", 5);
    third.cancel();
    await clock.advance(10);
    third.cancel();
    expect([fired, clock.pending]).toEqual([[], 0]);
  });

  it("steps from timer to timer without waiting, up to an end", () => {
    const clock = new VirtualClock();
    const { fired, set } = noting(clock);
    set("a", 10);
    set("b", 30);
    expect([clock.step(20), clock.now()]).toEqual([true, 10]);
    expect([clock.step(20), clock.now()]).toEqual([false, 20]);
    expect([clock.step(), clock.now()]).toEqual([true, 30]);
    expect([clock.step(), clock.now()]).toEqual([false, 30]);
    expect(fired).toEqual(["a", "b"]);
  });

  it("counts and cancels timers rightly while some of them have fired", () => {
    const clock = new VirtualClock();
    const { fired, set } = noting(clock);
    const timers = Array.from({ length: 9 }, (_, n) => set(String(n), 10 * n));
    for (let steps = 0; steps < 3; steps++) clock.step();
    timers[1]?.cancel();
    timers[4]?.cancel();
    expect(clock.pending).toBe(5);
    for (const name of ["new", "newer"]) set(name, 40);
    set("late", -25);
    while (clock.step());
    timers[8]?.cancel();
    expect([fired.join(" "), clock.pending]).toEqual(["0 1 2 late 3 5 6 new newer 7 8", 0]);
  });

  it("never goes back: a timer in the past fires at the present time", () => {
    const clock = new VirtualClock();
    clock.step(100);
    clock.after(-50, () => {});
    expect([clock.step(), clock.now(), clock.step(10), clock.now()]).toEqual([true, 100, false, 100]);
  });

  it("is all that a wormhole waits for: a minute without a server passes at once", async () => {
    const [server, clock] = [new MemoryMailboxServer(), new VirtualClock()];
    const platform = { clock, openMessageSocket: server.openMessageSocket };
    const wormhole = createWormhole({ appId: "x", relayUrl: "ws://memory/v1", platform });
    await wormhole.getWelcome();
    server.down = true;
    server.drop();
    await clock.advance(60_000);
    server.down = false;
    await clock.advance(60_000);
    wormhole.allocateCode();
    await clock.advance(0);
    expect(await wormhole.getCode()).toMatch(/^1-/);
    await wormhole.close().catch(() => {});
    expect(clock.pending).toBe(0);
  });
});
