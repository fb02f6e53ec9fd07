/** However a wormhole ends, both libraries report the same to their applications and to the server. */
import { beforeAll, describe, expect, it } from "vitest";
import { CAUSES, REFUSAL } from "./causes.ts";
import { ending, expected } from "./ending.ts";
import type { Mailbox } from "./mailboxes.ts";
import { agree, type End, introduced, onMailboxes, PAIRS } from "./stage.ts";
import { openMailbox } from "./strangers.ts";

/** Less than our deadline for answers of the server, and enough for a busy machine. */
const AT_ONCE_MS = 4000;

async function endsAtOnce(end: End): Promise<boolean> {
  const before = performance.now();
  await end.side.log.first("closed");
  return performance.now() - before < AT_ONCE_MS;
}

onMailboxes((stage) => {
  let refusing: Mailbox;
  beforeAll(async () => {
    refusing = await stage.server({ signalError: REFUSAL });
  });

  // proves: api/close
  describe.each(PAIRS)("ours %s, theirs %s", (...flavours) => {
    it.each(Object.entries(CAUSES))("%s", async (_, { lead, closed, moods, lingers = false }) => {
      const { ours, theirs } = await lead(stage, flavours, refusing.url);
      expect(await Promise.all([endsAtOnce(theirs), endsAtOnce(ours)])).toEqual([true, !lingers]);
      expect(await ending(theirs)).toEqual(expected(theirs, closed, moods));
      expect(await ending(ours)).toEqual(expected(ours, closed, moods));
    });
  });

  it("a third side in the mailbox does no harm on our server, and blocks reconnecting sides on Python's", async () => {
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
      for (const { side } of [ours, theirs]) await side.log.first("message");
      for (const { side } of [ours, theirs]) await side.close();
      for (const { side } of [ours, theirs]) expect(await side.log.first("closed")).toBe("happy");
    } else {
      expect(await ours.side.log.first("closed")).toEqual({ error: "ServerError", words: "crowded" });
      // The reference library receives the same error, and then waits forever for the answer to its close.
      await theirs.tap.sent("close");
      expect(ours.tap.moods).toEqual(["errory"]);
      expect(theirs.tap.moods).toEqual(["errory"]);
    }
  });
});
