/** Both libraries refuse the same calls with the same errors, except where ours is deliberately stricter. */
import { describe, expect, it } from "vitest";
import { GETTERS, type Side } from "./side.ts";
import { agree, CODE, closeWell, introduced, type Meeting, onMailboxes, utf8 } from "./stage.ts";

const DIGITS = "1234567890".repeat(4);
const GOOD_CODES = ["7-a", "007-a", "0-", "7-日本語-🪱", "7--", "7-A_b.c", `${DIGITS}-a`];
const BAD_CODES = ["", "-a", "x-a", "7-a b", " 7-a", "7-a ", "+7-a", "7.0-a", "7 -a", "guitarist-revenge"];
/** Codes without a secret, and with blanks that are not U+0020: slips of a person. */
const BAD_CODES_TO_US = ["7", "7-", "7-a\n", "7-a\tb"];
/**
 * Numbers that the reference library accepts, and for which its server closes the connection or another one refuses.
 */
const BAD_NUMBERS = ["7\n-a", "\u0663-a", `1${DIGITS}-a`];

const outcome = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => "done",
    ({ name }: Error) => name,
  );

onMailboxes((stage) => {
  /** The outcomes of the same call on both sides. */
  async function both(call: (side: Side) => Promise<unknown>): Promise<string[]> {
    const meeting = await stage.meet(["deferred", "delegated"]);
    const outcomes = await each(meeting, (side) => outcome(call(side)));
    await each(meeting, (side) => side.close());
    await each(meeting, (side) => side.log.first("closed"));
    return outcomes;
  }

  describe("codes", () => {
    it.each(GOOD_CODES)("%j is a code", async (code) => {
      expect(await both((side) => side.setCode(code))).toEqual(["done", "done"]);
    });

    // proves: api/bad-code
    it.each(BAD_CODES)("%j is not a code", async (code) => {
      expect(await both((side) => side.setCode(code))).toEqual(["KeyFormatError", "KeyFormatError"]);
    });

    it.each(BAD_CODES_TO_US)("%j is not a code for ours (the reference library accepts it)", async (code) => {
      expect(await both((side) => side.setCode(code))).toEqual(["KeyFormatError", "done"]);
    });

    it.each(BAD_NUMBERS)("%j has no number that a server accepts", async (code) => {
      const { side } = await stage.ours("deferred");
      expect(await outcome(side.setCode(code))).toBe("KeyFormatError");
      await side.close();
    });

    // proves: api/one-code
    it("a wormhole has one code, and an invalid one does not count", async () => {
      const meeting = await stage.meet(["deferred", "delegated"]);
      const { ours, theirs } = meeting;
      for (const { side } of [ours, theirs]) {
        expect(await outcome(side.setCode("7-a b"))).toBe("KeyFormatError");
        await side.setCode(CODE);
        expect(await outcome(side.setCode(CODE))).toBe("OnlyOneCodeError");
        expect(await outcome(side.setCode("7-a b"))).toBe("KeyFormatError");
        expect(await outcome(side.allocateCode())).toBe("OnlyOneCodeError");
        expect(await outcome(side.typeCode(CODE))).toBe("OnlyOneCodeError");
      }
      await introduced(meeting);
      await closeWell(meeting);
    });
  });

  // proves: api/derived-keys
  it("keys can be derived once there is a key, and after the end", async () => {
    const meeting = await stage.meet(["deferred", "deferred"]);
    const { ours, theirs } = meeting;
    const derive = (side: Side) => side.deriveKey("purpose", 32);
    expect(await each(meeting, (side) => outcome(derive(side)))).toEqual(["NoKeyError", "NoKeyError"]);
    await agree(meeting);
    await each(meeting, (side) => side.log.first("key"));
    const [key] = await each(meeting, derive);
    await introduced(meeting);
    await closeWell(meeting);
    expect([await derive(ours.side), await derive(theirs.side)]).toEqual([key, key]);
  });

  it("after the end, ours refuses a message and the reference library drops it", async () => {
    const meeting = await stage.meet(["deferred", "deferred"]);
    await agree(meeting);
    await introduced(meeting);
    await closeWell(meeting);
    const outcomes = await each(meeting, (side) => outcome(side.send(utf8("late"))));
    expect(outcomes).toEqual(["WormholeClosedError", "done"]);
  });

  it("getters of the deferred flavour can be called again", async () => {
    const meeting = await stage.meet(["deferred", "deferred"]);
    await agree(meeting);
    await introduced(meeting);
    for (const getter of GETTERS.filter((name) => name !== "message")) {
      const again = await each(meeting, (side) => side.get(getter));
      expect(again).toEqual([meeting.ours, meeting.theirs].map(({ side }) => side.log.all(getter)[0]));
    }
    await closeWell(meeting);
  });
});

/** The results of both sides: ours, then theirs. */
function each<T>({ ours, theirs }: Meeting, act: (side: Side) => Promise<T>): Promise<T[]> {
  return Promise.all([act(ours.side), act(theirs.side)]);
}
