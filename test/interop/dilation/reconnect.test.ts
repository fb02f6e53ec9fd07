/** Connections are lost in several ways. Both sides make another one, and no data is lost or repeated. */
import { describe, expect, it } from "vitest";
import type { Stream } from "./end.ts";
import { type Meeting, onStage, ROLES, type Way } from "./stage.ts";

/** Ways to lose a connection. */
const LOSSES: readonly { readonly title: string; readonly way: Way; readonly lose: (meeting: Meeting) => unknown }[] = [
  { title: "they drop it", way: "direct", lose: ({ theirs }) => theirs.cut() },
  { title: "they drop it at the relay", way: "relay", lose: ({ theirs }) => theirs.cut() },
  { title: "the network cuts it", way: "relay", lose: ({ valve }) => valve.cut() },
];

/** How often each connection is lost. */
const TIMES = 3;
/** Seconds of silence after which a connection is replaced, in tests of silence. */
const PING_INTERVAL_SECONDS = 2;

/** Opens a subchannel. Returns both of its ends. */
async function open({ ours, theirs }: Meeting, name: string): Promise<[ours: Stream, theirs: Stream]> {
  const arrivals = await theirs.listen(name);
  return Promise.all([ours.connect(name), arrivals.next()]);
}

onStage((stage) => {
  describe.concurrent.each(ROLES)("we are the %s", (role) => {
    it.each(LOSSES)("$title, while both write", async ({ way, lose }) => {
      const meeting = await stage.meet({ role, way });
      const [ours, theirs] = await open(meeting, "numbers");
      for (let time = 1; time <= TIMES; time++) {
        const numbers = Array.from({ length: 50 }, (_, index) => `${time}:${index}`);
        await Promise.all([...numbers.flatMap((number) => [ours.write(number), theirs.write(number)]), lose(meeting)]);
        await meeting.ours.connected(time + 1);
        await meeting.theirs.connected(time + 1);
      }
      await Promise.all([ours.finish(), theirs.finish()]);
      const all = Array.from({ length: TIMES * 50 }, (_, index) => `${Math.floor(index / 50) + 1}:${index % 50}`);
      expect(await theirs.heard.all()).toEqual(all);
      expect(await ours.heard.all()).toEqual(all);
      await Promise.all([ours.heard.closed(), theirs.heard.closed()]);
    });

    it.each(LOSSES)("$title, while subchannels are opened, used and closed", async ({ way, lose }) => {
      const meeting = await stage.meet({ role, way });
      const arrivals = { ours: await meeting.ours.listen("theirs"), theirs: await meeting.theirs.listen("ours") };
      await lose(meeting);
      const opened = await Promise.all([meeting.ours.connect("ours"), meeting.theirs.connect("theirs")]);
      const written = opened.map(async ({ write, finish }) => {
        for (const text of ["one", "two"]) await write(text);
        await finish();
      });
      for (const accepted of [await arrivals.theirs.next(), await arrivals.ours.next()]) {
        expect(await accepted.heard.all()).toEqual(["one", "two"]);
        await accepted.finish();
        await accepted.heard.closed();
      }
      await Promise.all([...written, ...opened.map(({ heard }) => heard.closed())]);
    });

    it("a silent connection is replaced, and data written meanwhile arrives", async () => {
      const meeting = await stage.meet({ role, way: "relay", pingInterval: PING_INTERVAL_SECONDS });
      const [ours, theirs] = await open(meeting, "silence");
      meeting.valve.swallow();
      const begin = performance.now();
      await Promise.all([ours, theirs].map(({ write }) => write("hello?")));
      await Promise.all([ours, theirs].map(({ heard }) => heard.some(1)));
      expect(performance.now() - begin).toBeLessThan(3 * PING_INTERVAL_SECONDS * 1000);
      await Promise.all([ours.finish(), theirs.finish()]);
      await Promise.all([ours.heard.closed(), theirs.heard.closed()]);
      expect([ours, theirs].map(({ heard }) => heard.chunks)).toEqual([["hello?"], ["hello?"]]);
    });

    it("a connection that their side does not read is replaced", async () => {
      const meeting = await stage.meet({ role, pingInterval: PING_INTERVAL_SECONDS });
      const [ours, theirs] = await open(meeting, "deaf");
      await meeting.theirs.deafen();
      await ours.write("do you hear me?");
      expect(await theirs.heard.some(1)).toEqual(["do you hear me?"]);
      expect(meeting.ours.connections).toBe(2);
    });
  });
});
