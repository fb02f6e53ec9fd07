/** Clients that do not answer, and clients that do not listen, while a fake clock runs. */
import { describe, expect, it } from "vitest";
import { FakeClock } from "./fake-clock.ts";
import { Peer } from "./peer.ts";
import { started } from "./started.ts";

/** A server whose time passes only as a client that is always awake comes and goes, so that all others keep up. */
async function slowed() {
  const clock = new FakeClock();
  const { url } = await started({ clock });
  const awake = await Peer.bound(url, "awake");
  return {
    url,
    /** Lets up to so many seconds pass; fewer if it is over before. Gives how many it was. */
    pass: async (seconds: number, over = () => false): Promise<number> => {
      for (let passed = 0; passed < seconds; passed++) {
        if (over()) return passed;
        clock.advance(1);
        await awake.settled();
      }
      return seconds;
    },
  };
}

describe("a silent client", () => {
  it("is pinged, and stays as long as it answers", async () => {
    const { url, pass } = await slowed();
    const quiet = await Peer.bound(url, "a");
    let pings = 0;
    quiet.websocket.on("ping", () => pings++);
    await pass(600);
    expect(pings).toBeGreaterThanOrEqual(600 / 40);
    expect(pings).toBeLessThanOrEqual(600 / 30);
    expect(await quiet.answer({ type: "list" })).toMatchObject({ type: "nameplates" });
  });

  it("is dropped after 75 seconds without an answer", async () => {
    const { url, pass } = await slowed();
    const dead = await Peer.bound(url, "a", "app", { autoPong: false });
    await pass(74);
    expect(dead.websocket.readyState).toBe(dead.websocket.OPEN);
    const rest = await pass(60, () => dead.websocket.readyState !== dead.websocket.OPEN);
    expect(rest).toBeLessThan(10);
  });
});

describe("a client that asks and never reads", () => {
  it("is not read from any more, and dropped when it has taken nothing for half a minute", async () => {
    const { url, pass } = await slowed();
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
    // Of 120 MB the machine's own buffers hold some; the server has taken next to nothing.
    expect(unread).toBeGreaterThan(90_000_000);
  });

  it("and that only sleeps for a while finds everything in order when it wakes", async () => {
    const { url, pass } = await slowed();
    const [writer, sleeper] = [await Peer.bound(url, "a"), await Peer.bound(url, "b")];
    for (const peer of [writer, sleeper]) await peer.ask({ type: "open", mailbox: "m" });
    sleeper.websocket.pause();
    const body = "ab".repeat(50_000);
    for (let phase = 0; phase < 80; phase++) writer.say({ type: "add", phase: String(phase), body });
    await writer.settled();
    await pass(20);
    sleeper.websocket.resume();
    await sleeper.heard(({ phase }) => phase === "79");
    const phases = (await sleeper.settled()).flatMap(({ type, phase }) => (type === "message" ? [Number(phase)] : []));
    expect(phases).toEqual(Array.from({ length: 80 }, (_, phase) => phase));
    await pass(60);
    expect(await sleeper.answer({ type: "list" })).toMatchObject({ type: "nameplates" });
  });
});
