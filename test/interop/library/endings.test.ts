/** Every way in which a wormhole ends: both libraries tell the same, to their applications and to the server. */
import { beforeAll, describe, expect, it } from "vitest";
import { CAUSES, REFUSAL } from "./causes.ts";
import { ending, expected } from "./ending.ts";
import type { Mailbox } from "./mailboxes.ts";
import { openMailbox } from "./onlookers.ts";
import { agree, type End, introduced, onMailboxes, PAIRS } from "./stage.ts";

/** Milliseconds: less than our deadline for the server's answers, more than anything takes on a busy machine. */
const AT_ONCE = 4000;

async function endsAtOnce(end: End): Promise<boolean> {
  const before = performance.now();
  await end.side.story.first("closed");
  return performance.now() - before < AT_ONCE;
}

onMailboxes((stage) => {
  let refusing: Mailbox;
  beforeAll(async () => {
    refusing = await stage.server({ signalError: REFUSAL });
  });

  describe.each(PAIRS)("ours %s, theirs %s", (...flavours) => {
    it.each(Object.entries(CAUSES))("%s", async (_, { lead, closed, moods, lingers = false }) => {
      const { ours, theirs } = await lead(stage, flavours, refusing.url);
      expect(await Promise.all([endsAtOnce(theirs), endsAtOnce(ours)])).toEqual([true, !lingers]);
      expect(await ending(theirs)).toEqual(expected(theirs, closed, moods));
      expect(await ending(ours)).toEqual(expected(ours, closed, moods));
    });
  });

  it("a stranger in the mailbox harms nobody on our server, and on Python's whoever connects again", async () => {
    const meeting = await stage.meet(["delegated", "deferred"]);
    const { ours, theirs } = meeting;
    await agree(meeting);
    await introduced(meeting);
    await openMailbox(stage.url, ours.tap);
    for (const { tap } of [ours, theirs]) {
      tap.sever();
      tap.mend();
    }
    if (stage.kind.survivesStrangers) {
      await ours.side.send(new Uint8Array(1));
      await theirs.side.send(new Uint8Array(1));
      for (const { side } of [ours, theirs]) await side.story.first("message");
      for (const { side } of [ours, theirs]) await side.close();
      for (const { side } of [ours, theirs]) expect(await side.story.first("closed")).toBe("happy");
    } else {
      expect(await ours.side.story.first("closed")).toEqual({ error: "ServerError", words: "crowded" });
      // The reference library is told so too, and then waits for ever for the answer to its goodbye.
      await theirs.tap.hears("close");
      expect(ours.tap.moods).toEqual(["errory"]);
      expect(theirs.tap.moods).toEqual(["errory"]);
    }
  });
});
