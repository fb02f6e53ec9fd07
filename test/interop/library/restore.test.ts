/** A wormhole of ours is saved and restored in the middle of a session, and the session continues unchanged. */
import type { JsonObject } from "@wormhole-ts/wormhole";
import { describe, expect, it } from "vitest";
import { converse, expectEverythingOnce, expectMessages, sendOneEach, sendOurs, sendTheirs } from "./exchange.ts";
import type { OursDelegated } from "./ours.ts";
import { FLAVOURS } from "./side.ts";
import { agree, CODE, closeWell, type End, introduced, type Meeting, onMailboxes } from "./stage.ts";

type Scene = (meeting: Meeting<OursDelegated>) => Promise<void>;

/** Names that have a meaning in the format of saved states. */
const OUR_VERSIONS: JsonObject = { $bytes: "00", $$: [{ $: null }] };
const THEIR_VERSIONS: JsonObject = JSON.parse('{ "$bytes": "ff", "__proto__": { "at": "closed" }, "constructor": 1 }');

/** Each saves and restores at some point, and ends when three messages were sent each way. */
const SCENES: { readonly [title: string]: Scene } = {
  "before it has reached its server": async (meeting) => {
    const { side, tap } = meeting.ours;
    tap.sever();
    await side.setCode(CODE);
    saveAndRestore(meeting.ours);
    await meeting.theirs.side.setCode(CODE);
    await converse(meeting);
  },

  "while a code is being allocated": async (meeting) => {
    const { side, tap } = meeting.ours;
    const cut = tap.cutAt({ from: "server", type: "allocated", lost: true });
    await side.allocateCode();
    await cut;
    saveAndRestore(meeting.ours);
    await meeting.theirs.side.setCode(await side.log.first("code"));
    await converse(meeting);
  },

  "while it waits for its peer, which comes meanwhile": async (meeting) => {
    const { side, tap } = meeting.ours;
    await side.setCode(CODE);
    await tap.sent("add pake");
    const state = side.save();
    await meeting.theirs.side.setCode(CODE);
    await meeting.theirs.tap.sent("add version");
    side.restore(state);
    await converse(meeting);
  },

  "with a key that is not confirmed yet": async (meeting) => {
    const { ours, theirs } = meeting;
    const cut = theirs.tap.cutAt({ from: "client", type: "add", phase: "version", lost: true });
    void cut.then(() => theirs.tap.sever());
    await agree(meeting);
    await ours.side.log.first("key");
    await cut;
    saveAndRestore(ours);
    theirs.tap.mend();
    await converse(meeting);
  },

  "between messages, while the peer continues": async (meeting) => {
    await agree(meeting);
    await introduced(meeting);
    await sendOneEach(meeting, 0);
    await meeting.ours.side.log.first("message");
    const state = meeting.ours.side.save();
    await sendTheirs(meeting, 1);
    meeting.ours.side.restore(state);
    await sendOurs(meeting, 1);
    await sendOneEach(meeting, 2);
  },

  "with messages that were never sent": async (meeting) => {
    await agree(meeting);
    await introduced(meeting);
    meeting.ours.tap.sever();
    await sendOneEach(meeting, 0);
    await sendOneEach(meeting, 1);
    saveAndRestore(meeting.ours);
    await sendOneEach(meeting, 2);
  },

  "with a message that may or may not have arrived": async (meeting) => {
    const cut = meeting.ours.tap.cutAt({ from: "server", type: "message", phase: "1", own: true, lost: true });
    await agree(meeting);
    await sendOneEach(meeting, 0);
    await sendOneEach(meeting, 1);
    await cut;
    saveAndRestore(meeting.ours);
    await sendOneEach(meeting, 2);
  },

  "after every event": async (meeting) => {
    meeting.ours.side.restoresAfterEachEvent = true;
    await agree(meeting);
    await converse(meeting);
  },
};

onMailboxes((stage) => {
  // proves: api/restore
  describe.each(FLAVOURS)("theirs %s", (flavour) => {
    it.each(Object.entries(SCENES))("%s", async (_, scene) => {
      const versions = { ourVersions: OUR_VERSIONS, theirVersions: THEIR_VERSIONS };
      const meeting = await stage.meetDelegated(flavour, versions);
      await scene(meeting);
      await expectMessages(meeting);
      expect(meeting.ours.side.log.all("versions")).toEqual([THEIR_VERSIONS]);
      expect(meeting.theirs.side.log.all("versions")).toEqual([OUR_VERSIONS]);
      await expectSameKeys(meeting);
      await closeWell(meeting);
      expectEverythingOnce(meeting);
    });

    it("with a close that was lost", async () => {
      const meeting = await stage.meetDelegated(flavour);
      const { ours } = meeting;
      await agree(meeting);
      await converse(meeting);
      const cut = ours.tap.cutAt({ from: "client", type: "close", lost: true });
      await ours.side.close();
      await cut;
      saveAndRestore(ours);
      await closeWell(meeting);
      expectEverythingOnce(meeting);
    });
  });
});

/** Saves the wormhole and restores it at once, over a new connection. */
function saveAndRestore({ side, tap }: End<OursDelegated>): void {
  tap.sever();
  const state = side.save();
  tap.mend();
  side.restore(state);
}

async function expectSameKeys({ ours, theirs }: Meeting): Promise<void> {
  expect(await ours.side.deriveKey("purpose", 32)).toBe(await theirs.side.deriveKey("purpose", 32));
}
