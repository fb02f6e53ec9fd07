/** The watchdog over a connection on which bytes are expected to move. */
import { describe, expect, it } from "vitest";
import { VirtualClock } from "../../src/testing.ts";
import { Watchdog } from "../../src/transfer/watchdog.ts";

describe("the watchdog", () => {
  function watch() {
    const clock = new VirtualClock();
    const reports: string[] = [];
    const watchdog = new Watchdog(clock, {
      stalled: (seconds) => reports.push(`stalled ${seconds}`),
      dead: (seconds) => reports.push(`dead ${seconds}`),
    });
    return { clock, reports, watchdog };
  }

  it("reports a stall after a minute of silence, and the end after two", async () => {
    const { clock, reports } = watch();
    await clock.advance(59_000);
    expect(reports).toEqual([]);
    await clock.advance(600_000);
    expect(reports).toEqual(["stalled 60", "dead 120"]);
  });

  it("reports nothing while bytes move", async () => {
    const { clock, reports, watchdog } = watch();
    for (let i = 0; i < 20; i++) {
      await clock.advance(50_000);
      watchdog.touch();
    }
    watchdog.stop();
    await clock.advance(1_000_000);
    expect(reports).toEqual([]);
  });
});
