/** Live connections are kept for several intervals of the keep-alive, whatever they carry. */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { type Meeting, onStage, ROLES } from "./stage.ts";

const PING_INTERVAL_SECONDS = 2;
const INTERVALS = 5;
const LONG_MS = INTERVALS * PING_INTERVAL_SECONDS * 1000;

const MIB = 1024 * 1024;

onStage((stage) => {
  describe.concurrent.each(ROLES)("we are the %s", (role) => {
    const meet = () => stage.meet({ role, pingInterval: PING_INTERVAL_SECONDS });

    it("an idle connection is kept", async () => {
      const meeting = await meet();
      await sleep(LONG_MS);
      expectOneConnection(meeting);
    });

    it("an idle connection is kept by our pings alone", async () => {
      const meeting = await stage.meet({ role, pingInterval: PING_INTERVAL_SECONDS, theirPingInterval: 60 });
      await sleep(LONG_MS);
      expectOneConnection(meeting);
    });

    it("a connection on which only they write is kept", async () => {
      const meeting = await meet();
      const arrivals = await meeting.ours.listen("steady");
      const theirs = await meeting.theirs.connect("steady");
      for (const end = performance.now() + LONG_MS; performance.now() < end; await sleep(100))
        await theirs.write("tick");
      await theirs.finish();
      expect((await (await arrivals.next()).heard.all()).length).toBeGreaterThan(LONG_MS / 200);
      expectOneConnection(meeting);
    });

    it("a connection on which only we write is kept", async () => {
      const meeting = await meet();
      const arrivals = await meeting.theirs.listen("steady");
      const ours = await meeting.ours.connect("steady");
      for (const end = performance.now() + LONG_MS; performance.now() < end; await sleep(100)) await ours.write("tick");
      await ours.finish();
      expect((await (await arrivals.next()).heard.all()).length).toBeGreaterThan(LONG_MS / 200);
      expectOneConnection(meeting);
    });

    // If our side does not read, their leader gets no answer and closes the connection when it can. This is not a loss.
    it("a side that reads nothing for a long time can read everything later", async () => {
      const meeting = await meet();
      const pushed = meeting.theirs.push("much", 64 * MIB);
      const { value: subchannel } = await meeting.ours.dilated.listener("much").listen().next();
      await sleep(LONG_MS);
      let bytes = 0;
      for await (const chunk of subchannel?.readable ?? []) bytes += chunk.length;
      expect(bytes).toBe(64 * MIB);
      await pushed;
    });

    // A ping of Python waits behind the megabytes in the sockets' buffers, and this reader takes 4 MiB a second at most.
    // Python's interval leaves the machine time for other work.
    it("a slow reader gets everything", async () => {
      const meeting = await stage.meet({ role, pingInterval: PING_INTERVAL_SECONDS, theirPingInterval: 8 });
      const pushed = meeting.theirs.push("much", 40 * MIB);
      const { value: subchannel } = await meeting.ours.dilated.listener("much").listen().next();
      let bytes = 0;
      for await (const chunk of subchannel?.readable ?? []) {
        const before = bytes;
        bytes += chunk.length;
        if (Math.floor(before / MIB) < Math.floor(bytes / MIB)) await sleep(250);
      }
      expect(bytes).toBe(40 * MIB);
      await pushed;
      expectOneConnection(meeting);
    });
  });
});

function expectOneConnection({ ours, theirs }: Meeting): void {
  expect([ours.connections, theirs.connections]).toEqual([1, 1]);
  expect(ours.statuses.at(-1)).toMatchObject({ generation: 1, peerConnection: { state: "connected" } });
}
