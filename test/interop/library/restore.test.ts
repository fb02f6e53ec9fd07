/** A wormhole of ours that is saved, gone, and restored in the middle of a session. The reference library notices nothing. */

import type { JsonObject } from "@wormhole-ts/wormhole";
import { describe, expect, it } from "vitest";
import { converse, expectEverythingOnce, expectMessages, sayOne, sayOurs, sayTheirs } from "./exchange.ts";
import type { OursDelegated } from "./ours.ts";
import { FLAVOURS } from "./side.ts";
import { agree, CODE, closeWell, type End, introduced, type Meeting, onMailboxes } from "./stage.ts";

type Scene = (meeting: Meeting<OursDelegated>) => Promise<void>;

/** Words that mean something where the state is saved. */
const OUR_VERSIONS: JsonObject = { $bytes: "00", $$: [{ $: null }] };
const THEIR_VERSIONS: JsonObject = JSON.parse('{ "$bytes": "ff", "__proto__": { "at": "closed" }, "constructor": 1 }');

/** Each leads to the point at which three messages have gone each way. */
const SCENES: { readonly [title: string]: Scene } = {
  "before it has reached its server": async (meeting) => {
    const { side, tap } = meeting.ours;
    tap.sever();
    await side.setCode(CODE);
    away(meeting.ours);
    await meeting.theirs.side.setCode(CODE);
    await converse(meeting);
  },

  "while a code is being allocated": async (meeting) => {
    const { side, tap } = meeting.ours;
    const cut = tap.cutAt({ from: "server", type: "allocated", lost: true });
    await side.allocateCode();
    await cut;
    away(meeting.ours);
    await meeting.theirs.side.setCode(await side.story.first("code"));
    await converse(meeting);
  },

  "while it waits for its peer, who comes meanwhile": async (meeting) => {
    const { side, tap } = meeting.ours;
    await side.setCode(CODE);
    await tap.hears("add pake");
    const state = side.leave();
    await meeting.theirs.side.setCode(CODE);
    await meeting.theirs.tap.hears("add version");
    side.comeBack(state);
    await converse(meeting);
  },

  "with a key that nobody has proved yet": async (meeting) => {
    const { ours, theirs } = meeting;
    const cut = theirs.tap.cutAt({ from: "client", type: "add", phase: "version", lost: true });
    void cut.then(() => theirs.tap.sever());
    await agree(meeting);
    await ours.side.story.first("key");
    await cut;
    away(ours);
    theirs.tap.mend();
    await converse(meeting);
  },

  "between messages, while the peer goes on": async (meeting) => {
    await agree(meeting);
    await introduced(meeting);
    await sayOne(meeting, 0);
    await meeting.ours.side.story.first("message");
    const state = meeting.ours.side.leave();
    await sayTheirs(meeting, 1);
    meeting.ours.side.comeBack(state);
    await sayOurs(meeting, 1);
    await sayOne(meeting, 2);
  },

  "with messages that never left": async (meeting) => {
    await agree(meeting);
    await introduced(meeting);
    meeting.ours.tap.sever();
    await sayOne(meeting, 0);
    await sayOne(meeting, 1);
    away(meeting.ours);
    await sayOne(meeting, 2);
  },

  "with a message of which it does not know whether it has arrived": async (meeting) => {
    const cut = meeting.ours.tap.cutAt({ from: "server", type: "message", phase: "1", own: true, lost: true });
    await agree(meeting);
    await sayOne(meeting, 0);
    await sayOne(meeting, 1);
    await cut;
    away(meeting.ours);
    await sayOne(meeting, 2);
  },

  "after every event": async (meeting) => {
    meeting.ours.side.restless = true;
    await agree(meeting);
    await converse(meeting);
  },
};

onMailboxes((stage) => {
  describe.each(FLAVOURS)("theirs %s", (flavour) => {
    it.each(Object.entries(SCENES))("%s", async (_, scene) => {
      const versions = { ourVersions: OUR_VERSIONS, theirVersions: THEIR_VERSIONS };
      const meeting = await stage.meetDelegated(flavour, versions);
      await scene(meeting);
      await expectMessages(meeting);
      expect(meeting.ours.side.story.all("versions")).toEqual([THEIR_VERSIONS]);
      expect(meeting.theirs.side.story.all("versions")).toEqual([OUR_VERSIONS]);
      await expectSameKeys(meeting);
      await closeWell(meeting);
      expectEverythingOnce(meeting);
    });

    it("with a goodbye that was lost", async () => {
      const meeting = await stage.meetDelegated(flavour);
      const { ours } = meeting;
      await agree(meeting);
      await converse(meeting);
      const cut = ours.tap.cutAt({ from: "client", type: "close", lost: true });
      await ours.side.close();
      await cut;
      away(ours);
      await closeWell(meeting);
      expectEverythingOnce(meeting);
    });
  });
});

/** Its process ends, and another goes on at once. */
function away({ side, tap }: End<OursDelegated>): void {
  tap.sever();
  const state = side.leave();
  tap.mend();
  side.comeBack(state);
}

async function expectSameKeys({ ours, theirs }: Meeting): Promise<void> {
  expect(await ours.side.deriveKey("after all", 32)).toBe(await theirs.side.deriveKey("after all", 32));
}
