/** The keep-alive: the machine, and the driver with its timer. */
import { describe, expect, it } from "vitest";
import { type KeepaliveEvent, type KeepaliveState, keepalive } from "../../../src/dilation/connection/keepalive.ts";
import { KeepaliveDriver } from "../../../src/dilation/connection/keepalive-driver.ts";
import { PROBE_DEADLINE_MS } from "../../../src/dilation/limits.ts";
import { VirtualClock } from "../../../src/testing/virtual-clock.ts";

const THIRD = 10_000;
const off = { at: "off" } as const;
const trusting = { at: "trusting", third: THIRD } as const;
const asking = { at: "asking", third: THIRD } as const;

const connected = { on: "connected", third: THIRD } as const;
const received = { on: "tick", received: true } as const;
const silent = { on: "tick", received: false } as const;
const doubt = { on: "doubt", within: 2_000 } as const;
const lost = { on: "lost" } as const;

const ping = { do: "ping" } as const;
const cancel = { do: "cancel" } as const;
const dead = { do: "dead" } as const;
const timer = (after: number) => ({ do: "timer", after }) as const;

const step = (state: KeepaliveState, event: KeepaliveEvent) => keepalive.step(state, event);

describe("the keep-alive", () => {
  it.each([
    ["begins with a connection", off, connected, [trusting, timer(THIRD)]],
    ["continues after a sign of life", trusting, received, [trusting, timer(THIRD)]],
    ["asks after a third of the interval without one", trusting, silent, [asking, ping, timer(THIRD)]],
    ["trusts again after an answer", asking, received, [trusting, timer(THIRD)]],
    ["gives up if a ping was not answered", asking, silent, [off, dead]],
    ["asks at once when there is doubt", trusting, doubt, [asking, ping, timer(2_000)]],
    ["asks again when there is doubt once more", asking, doubt, [asking, ping, timer(2_000)]],
    ["begins again with a better connection", trusting, connected, [trusting, timer(THIRD)]],
    ["forgets the ping over the old connection", asking, connected, [trusting, timer(THIRD)]],
    ["ends with the connection", trusting, lost, [off, cancel]],
    ["ends with the connection that was asked", asking, lost, [off, cancel]],
    ["asks nothing if there is no connection", off, doubt, [off]],
    ["ignores a second loss", off, lost, [off]],
    ["ignores a late timer", off, silent, [off]],
  ] as const)("%s", (_, state, event, expected) => {
    expect(step(state, event)).toEqual(expected);
  });
});

/** A driver that watches a connection, and the story of its calls with their times. */
function watch(interval: number) {
  const clock = new VirtualClock();
  const connection = { isPaused: false, hasSpoken: false, answers: false };
  const story: string[] = [];
  const note = (what: string) => story.push(`${what} at ${clock.now()}`);
  const driver = new KeepaliveDriver(clock, interval, {
    isPaused: () => connection.isPaused,
    received() {
      const { hasSpoken } = connection;
      connection.hasSpoken = false;
      return hasSpoken;
    },
    ping() {
      note("ping");
      if (connection.answers) connection.hasSpoken = true;
    },
    dead: () => note("dead"),
  });
  return { clock, connection, story, driver };
}

describe("with an interval of 30 seconds", () => {
  // proves: dilation/silence-is-loss
  it("a silent connection is pinged once, and is considered dead if it does not answer for 10 seconds", async () => {
    const { clock, story, driver } = watch(30_000);
    driver.connected();
    await clock.advance(120_000);
    expect(story).toEqual(["ping at 10000", "dead at 20000"]);
  });

  it.each([1, 4_000, 9_999, 10_000])("one that falls silent at %i ms is dead within the interval", async (last) => {
    const { clock, connection, story, driver } = watch(30_000);
    driver.connected();
    await clock.advance(last - 1);
    connection.hasSpoken = true;
    await clock.advance(120_000);
    expect(story).toEqual(["ping at 20000", "dead at 30000"]);
  });

  it("one that answers lives, and is pinged every 20 seconds while it sends nothing else", async () => {
    const { clock, connection, story, driver } = watch(30_000);
    connection.answers = true;
    driver.connected();
    await clock.advance(100_000);
    expect(story).toEqual([10_000, 30_000, 50_000, 70_000, 90_000].map((time) => `ping at ${time}`));
  });

  it("one that sends data is not pinged", async () => {
    const { clock, connection, story, driver } = watch(30_000);
    driver.connected();
    for (let n = 0; n < 20; n++) {
      connection.hasSpoken = true;
      await clock.advance(9_000);
    }
    expect(story).toEqual([]);
  });

  it("one that is not read is never dead, and gets a ping every 10 seconds", async () => {
    const { clock, connection, story, driver } = watch(30_000);
    connection.isPaused = true;
    driver.connected();
    await clock.advance(50_000);
    expect(story).toEqual([10_000, 20_000, 30_000, 40_000, 50_000].map((time) => `ping at ${time}`));
  });

  it("one in doubt must answer before the deadline, whatever it sent earlier", async () => {
    const { clock, connection, story, driver } = watch(30_000);
    driver.connected();
    await clock.advance(5_000);
    connection.hasSpoken = true;
    driver.doubt();
    await clock.advance(60_000);
    expect(story).toEqual(["ping at 5000", `dead at ${5_000 + PROBE_DEADLINE_MS}`]);
  });

  it("a connection that was lost is no longer watched", async () => {
    const { clock, story, driver } = watch(30_000);
    driver.connected();
    await clock.advance(15_000);
    driver.lost();
    await clock.advance(60_000);
    expect(story).toEqual(["ping at 10000"]);
  });
});

it("a short interval also shortens the doubt", async () => {
  const { clock, story, driver } = watch(3_000);
  driver.connected();
  driver.doubt();
  await clock.advance(60_000);
  expect(story).toEqual(["ping at 0", "dead at 1000"]);
});
