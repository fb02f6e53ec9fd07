/** Subchannels between our library and the reference one, opened by either side in either role. */
import { beforeAll, describe, expect, it } from "vitest";
import type { End, Kind, Stream } from "./end.ts";
import { type Meeting, onStage, ROLES } from "./stage.ts";

const DIRECTIONS = ["ours", "theirs"] as const;
type Direction = (typeof DIRECTIONS)[number];
const otherOf = (side: Direction) => (side === "ours" ? "theirs" : "ours");

const MIB = 1024 * 1024;
/** The longest chunk that our side sends to a program without parts. */
const WHOLE = 65_510;
/**
 * Lengths of writes. With a record's header of 9 bytes, 65,510 bytes fill one Noise message exactly, and 65,511 need a second
 * one. The longest write that is not cut has 8 MiB.
 */
const LENGTHS = [0, 1, 65_510, 65_511, 65_536, 200_000, 8 * MIB];
const textOf = (length: number) => "0123456789".repeat(Math.ceil(length / 10)).slice(0, length);

let names = 0;
const freshName = () => `interop ✓ ${names++}`;

/** Makes a subchannel that `from` has opened. Returns both of its ends. */
async function open(from: End, to: End, kind: Kind = "half"): Promise<[opened: Stream, accepted: Stream]> {
  const name = freshName();
  const arrivals = await to.listen(name, kind);
  return Promise.all([from.connect(name, kind), arrivals.next()]);
}

onStage((stage) => {
  describe.each(ROLES)("we are the %s", (role) => {
    let meeting: Meeting;
    beforeAll(async () => {
      meeting = await stage.meet({ role });
    });

    describe.each(DIRECTIONS)("a subchannel that %s opens", (from) => {
      const to = otherOf(from);

      // proves: api/python-peer
      it("carries each write of either side as one chunk, and a long one of ours as several", async () => {
        const [opened, accepted] = await open(meeting[from], meeting[to]);
        const texts = LENGTHS.map(textOf);
        for (const text of texts) await Promise.all([opened.write(text), accepted.write(text)]);
        for (const [{ heard }, expected] of [
          [from === "ours" ? opened : accepted, texts],
          [from === "ours" ? accepted : opened, texts.flatMap(inPieces)],
        ] as const) {
          await heard.some(expected.length);
          expect(heard.chunks.map(({ length }) => length)).toEqual(expected.map(({ length }) => length));
          expect(heard.chunks.join("")).toBe(expected.join(""));
          expect(heard.hasEnded).toBe(false);
        }
      });

      it.each(["opened", "accepted"] as const)(
        "continues in one direction after the end that was %s has finished",
        async (first) => {
          const [opened, accepted] = await open(meeting[from], meeting[to]);
          const [leaver, stayer] = first === "opened" ? [opened, accepted] : [accepted, opened];
          await leaver.write("last words ✓ 🪱");
          const finished = leaver.finish();
          expect(await stayer.heard.all()).toEqual(["last words ✓ 🪱"]);
          await finished;
          for (const text of ["I am", "still", "here"]) await stayer.write(text);
          expect(await leaver.heard.some(3)).toEqual(["I am", "still", "here"]);
          expect([leaver.heard.isClosed, stayer.heard.isClosed]).toEqual([false, false]);
          await stayer.finish();
          await Promise.all([leaver.heard.closed(), stayer.heard.closed()]);
        },
      );

      it("ends both directions at once when their end, which cannot close one, closes", async () => {
        const streams = await open(meeting[from], meeting[to], "full");
        const [ours, theirs] = from === "ours" ? streams : streams.toReversed();
        await theirs?.write("all of it");
        await theirs?.finish();
        expect(await ours?.heard.all()).toEqual(["all of it"]);
        await ours?.finish();
        await Promise.all([ours?.heard.closed(), theirs?.heard.closed()]);
      });

      it("ends both directions at once when our end closes and theirs cannot close one", async () => {
        const streams = await open(meeting[from], meeting[to], "full");
        const [ours, theirs] = from === "ours" ? streams : streams.toReversed();
        await ours?.write("all of it");
        await ours?.finish();
        expect(await theirs?.heard.all()).toEqual(["all of it"]);
        await Promise.all([ours?.heard.closed(), theirs?.heard.closed()]);
      });

      it("ends both directions once, when both close at the same time", async () => {
        const streams = await open(meeting[from], meeting[to], "full");
        await Promise.all(streams.map((stream) => stream.finish()));
        await Promise.all(streams.map(({ heard }) => heard.closed()));
      });

      it("waits for a later listener, with its data and its end", async () => {
        const name = freshName();
        const opened = await meeting[from].connect(name);
        for (const text of ["one", "", "three"]) await opened.write(text);
        const finished = opened.finish();
        await pingPong(meeting);
        const accepted = await (await meeting[to].listen(name)).next();
        expect(await accepted.heard.all()).toEqual(["one", "", "three"]);
        await accepted.write("answer");
        expect(await opened.heard.some(1)).toEqual(["answer"]);
        await accepted.finish();
        await Promise.all([finished, opened.heard.closed(), accepted.heard.closed()]);
      });

      it("is one of many, each with its own data", async () => {
        const name = freshName();
        const arrivals = await meeting[to].listen(name);
        const numbers = Array.from({ length: 40 }, (_, index) => `${index}`);
        const opened = await Promise.all(numbers.map(() => meeting[from].connect(name)));
        await Promise.all(opened.map((stream, index) => stream.write(numbers[index] ?? "")));
        const accepted = await Promise.all(numbers.map(() => arrivals.next()));
        await Promise.all(accepted.map(async ({ heard, write }) => write(`re ${(await heard.some(1))[0]}`)));
        for (const [index, { heard }] of opened.entries()) expect(await heard.some(1)).toEqual([`re ${index}`]);
        await Promise.all([...opened, ...accepted].map((stream) => stream.finish()));
        await Promise.all([...opened, ...accepted].map((stream) => stream.heard.closed()));
      });
    });

    it("a write of more than 8 MiB is cut by our side, and not by theirs", async () => {
      const [ours, theirs] = await open(meeting.ours, meeting.theirs);
      const text = textOf(9 * MIB);
      await Promise.all([ours.write(text), theirs.write(text)]);
      const pieces = [text.slice(0, 8 * MIB), text.slice(8 * MIB)].flatMap(inPieces).map(({ length }) => length);
      expect((await theirs.heard.some(pieces.length)).map(({ length }) => length)).toEqual(pieces);
      expect((await ours.heard.some(1)).map(({ length }) => length)).toEqual([9 * MIB]);
      expect([ours.heard.chunks.join(""), theirs.heard.chunks.join("")]).toEqual([text, text]);
    });

    it("data that they write after our close is dropped until they close, too", async () => {
      const name = freshName();
      const arrivals = await meeting.theirs.listen(name);
      const subchannel = await meeting.ours.dilated.connector(name).connect();
      const theirs = await arrivals.next();
      await Promise.all([subchannel.close(), theirs.heard.all()]);
      for (let index = 0; index < 10; index++) await theirs.write(textOf(100_000));
      await theirs.finish();
      await Promise.all([subchannel.closed, theirs.heard.closed()]);
      await pingPong(meeting);
    });

    it("a subchannel without a listener disturbs no other one", async () => {
      await Promise.all(DIRECTIONS.map((from) => meeting[from].connect(freshName())));
      await pingPong(meeting);
    });

    it("an unexpected subchannel is closed at once, at both ends", async () => {
      const { theirs } = await stage.meet({ role, ours: { expectedSubprotocols: ["known"] } });
      for (const kind of ["half", "full"] as const) {
        const refused = await theirs.connect("unknown", kind);
        expect(await refused.heard.all()).toEqual([]);
        if (kind === "half") await refused.finish();
        await refused.heard.closed();
      }
    });

    it("data written before we close our wormhole arrives, and their subchannels end", async () => {
      const { ours, theirs } = await stage.meet({ role });
      const [opened, accepted] = await open(ours, theirs);
      await opened.write("x".repeat(1_000_000));
      await ours.close();
      expect((await accepted.heard.all()).join("")).toHaveLength(1_000_000);
    });

    it("after they close their wormhole, which they do not announce, our side waits for its patience", async () => {
      const { ours, theirs } = await stage.meet({ role, ours: { patience: 1 } });
      const arrivals = ours.dilated.listener("x").listen();
      const { closed } = await ours.dilated.connector("y").connect();
      await theirs.close();
      await expect(arrivals.next()).rejects.toMatchObject({ name: "WormholeError", code: "peer-gone" });
      await expect(closed).rejects.toMatchObject({ code: "peer-gone" });
      expect(ours.statuses.at(-1)?.peerConnection.state).toBe("stopped");
    });
  });
});

/** Exchanges two messages. Afterwards, everything that was sent before has been processed. */
async function pingPong({ ours, theirs }: Meeting): Promise<void> {
  const [opened, accepted] = await open(ours, theirs);
  await opened.write("ping");
  await accepted.heard.some(1);
  await accepted.write("pong");
  await opened.heard.some(1);
}

/** The chunks in which a write of our side arrives: an attacker on the network could cut a longer one in two. */
function inPieces(text: string): string[] {
  if (text.length <= WHOLE) return [text];
  return [text.slice(0, WHOLE), ...inPieces(text.slice(WHOLE))];
}
