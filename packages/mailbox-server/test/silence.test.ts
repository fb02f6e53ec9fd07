/** Clients that do not answer and clients that do not read, under a fake clock. */
import { describe, expect, it } from "vitest";
import { FakeClock } from "../../internal/test/fake-clock.ts";
import { Peer } from "./peer.ts";
import { started } from "./started.ts";

/**
 * A server whose clock moves one second at a time. After each second, a live client makes a round trip, so that pings
 * and answers of all others have time to travel.
 */
async function withSlowClock() {
  const clock = new FakeClock();
  const { url } = await started({ clock });
  const live = await Peer.bound(url, "live");
  return {
    url,
    /** Lets seconds pass until `over()`. Resolves with how many did. */
    pass: async (seconds: number, over = () => false): Promise<number> => {
      for (let passed = 0; passed < seconds; passed++) {
        if (over()) return passed;
        clock.advance(1000);
        await live.settled();
      }
      return seconds;
    },
  };
}

describe("a silent client", () => {
  it("is pinged, and stays connected while it answers", async () => {
    const { url, pass } = await withSlowClock();
    const quiet = await Peer.bound(url, "a");
    let pings = 0;
    quiet.websocket.on("ping", () => pings++);
    await pass(600);
    expect(pings).toBeGreaterThanOrEqual(600 / 40);
    expect(pings).toBeLessThanOrEqual(600 / 30);
    expect(await quiet.answer({ type: "list" })).toMatchObject({ type: "nameplates" });
  });

  it("is dropped after 75 seconds without an answer", async () => {
    const { url, pass } = await withSlowClock();
    const dead = await Peer.bound(url, "a", "app", { autoPong: false });
    await pass(74);
    expect(dead.websocket.readyState).toBe(dead.websocket.OPEN);
    const rest = await pass(60, () => dead.websocket.readyState !== dead.websocket.OPEN);
    expect(rest).toBeLessThan(10);
  });
});

describe("a client that asks and never reads", () => {
  it("is no longer read from, and is dropped after it has read nothing for half a minute", async () => {
    const { url, pass } = await withSlowClock();
    const slow = await Peer.bound(url, "a");
    slow.websocket.pause();
    const ping = JSON.stringify({ type: "ping", ping: "x".repeat(60_000) });
    for (let asked = 0; asked < 2000; asked++) slow.websocket.send(ping);
    let unread = 0;
    const dropped = await pass(70, () => {
      unread = slow.websocket.bufferedAmount || unread;
      return slow.websocket.readyState !== slow.websocket.OPEN;
    });
    expect(dropped).toBeGreaterThan(30);
    expect(dropped).toBeLessThan(60);
    // Of 120 MB, the operating system buffers some. The server has read very little.
    expect(unread).toBeGreaterThan(90_000_000);
  });

  it("for a while only receives everything in order when it reads again", async () => {
    const { url, pass } = await withSlowClock();
    const [writer, sleeper] = [await Peer.bound(url, "a"), await Peer.bound(url, "b")];
    for (const peer of [writer, sleeper]) await peer.ask({ type: "open", mailbox: "m" });
    sleeper.websocket.pause();
    const body = "ab".repeat(50_000);
    for (let phase = 0; phase < 80; phase++) writer.send({ type: "add", phase: String(phase), body });
    await writer.settled();
    await pass(20);
    sleeper.websocket.resume();
    await sleeper.arrived(({ phase }) => phase === "79");
    const phases = (await sleeper.settled()).flatMap(({ type, phase }) => (type === "message" ? [Number(phase)] : []));
    expect(phases).toEqual(Array.from({ length: 80 }, (_, phase) => phase));
    await pass(60);
    expect(await sleeper.answer({ type: "list" })).toMatchObject({ type: "nameplates" });
  });
});
