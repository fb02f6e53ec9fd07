/** Connections to the mailbox server that break at every moment of a session, on either side, and servers that restart. */
import { describe, expect, it } from "vitest";
import { converse, expectEverythingOnce, expectMessages, sayOne } from "./exchange.ts";
import { withDatabase } from "./mailboxes.ts";
import { agree, CODE, closeWell, type Flavours, introduced, type Meeting, onMailboxes, PAIRS } from "./stage.ts";
import type { Moment } from "./wire.ts";

const said = (type: string, phase?: string) =>
  ({ from: "client", type, ...(phase !== undefined && { phase }) }) as const;
const answered = (type: string) => ({ from: "server", type }) as const;
const echo = (phase: string) => ({ from: "server", type: "message", phase, own: true }) as const;
const heard = (phase: string) => ({ from: "server", type: "message", phase, own: false }) as const;

const MOMENTS: { readonly [title: string]: Moment } = {
  "its first word is lost": { ...said("bind"), lost: true },
  "its claim is lost": { ...said("claim"), lost: true },
  "the answer to its claim is lost": { ...answered("claimed"), lost: true },
  "its claim was answered": { ...answered("claimed"), lost: false },
  "its opening of the mailbox is lost": { ...said("open"), lost: true },
  "its half of the key exchange is lost": { ...said("add", "pake"), lost: true },
  "its half of the key exchange is there": { ...said("add", "pake"), lost: false },
  "the echo of its half is lost": { ...echo("pake"), lost: true },
  "the peer's half is lost": { ...heard("pake"), lost: true },
  "the peer's half has come": { ...heard("pake"), lost: false },
  "its version is lost": { ...said("add", "version"), lost: true },
  "the peer's version is lost": { ...heard("version"), lost: true },
  "the peer's version has come": { ...heard("version"), lost: false },
  "its release of the nameplate is lost": { ...said("release"), lost: true },
  "the answer to its release is lost": { ...answered("released"), lost: true },
  "its first message is lost": { ...said("add", "0"), lost: true },
  "the echo of its second message is lost": { ...echo("1"), lost: true },
  "the peer's second message is lost": { ...heard("1"), lost: true },
  "the peer's last message has come": { ...heard("2"), lost: false },
  "its goodbye is lost": { ...said("close"), lost: true },
  "the answer to its goodbye is lost": { ...answered("closed"), lost: true },
};

/** Who is cut, and the flavours that this is tried with: all combinations have their turn. */
const CASES = Object.entries(MOMENTS).flatMap(([title, moment], index) =>
  (["ours", "theirs"] as const).map((who, turn) => {
    const [ours, theirs] = PAIRS[(index + 2 * turn) % PAIRS.length] ?? (["deferred", "deferred"] as const);
    return { title, moment, who, ours, theirs };
  }),
);

onMailboxes((stage) => {
  const title = "$who is cut when $title (ours $ours, theirs $theirs)";
  it.each(CASES)(title, async ({ moment, who, ours, theirs }) => {
    const meeting = await stage.meet([ours, theirs], { cuts: { [who]: moment } });
    await agree(meeting);
    await converse(meeting);
    await closeWell(meeting);
    expect([meeting.ours, meeting.theirs].map(({ tap }) => tap.connections)).toEqual(who === "ours" ? [2, 1] : [1, 2]);
    expectEverythingOnce(meeting);
  });

  it.each(["ours", "theirs"] as const)("%s is cut while it waits for its peer", async (who) => {
    const meeting = await stage.meet(["delegated", "deferred"]);
    const { side, tap } = meeting[who];
    await side.setCode(CODE);
    await tap.hears("add pake");
    tap.sever();
    await meeting[who === "ours" ? "theirs" : "ours"].side.setCode(CODE);
    tap.mend();
    await converse(meeting);
    await closeWell(meeting);
    expectEverythingOnce(meeting);
  });

  describe.each(["allocate", "allocated"] as const)("the answer to allocate is lost: %s", (type) => {
    const moment: Moment = { from: type === "allocate" ? "client" : "server", type, lost: true };
    it.each(["ours", "theirs"] as const)("%s asks again", async (who) => {
      const meeting = await stage.meet(["deferred", "deferred"], { cuts: { [who]: moment } });
      const other = who === "ours" ? "theirs" : "ours";
      await meeting[who].side.allocateCode();
      await meeting[other].side.setCode(await meeting[who].side.story.first("code"));
      expect(meeting[who].tap.connections).toBe(2);
      await converse(meeting);
      await closeWell(meeting);
      expectEverythingOnce(meeting);
    });
  });

  it("one that closes before the peer has proved itself is lonely, and the peer still hears it", async () => {
    for (const [leaver, other] of [
      ["ours", "theirs"],
      ["theirs", "ours"],
    ] as const) {
      const meeting = await stage.meet(["deferred", "deferred"]);
      const cut = meeting[other].tap.cutAt({ ...said("add", "version"), lost: true });
      void cut.then(() => meeting[other].tap.sever());
      await agree(meeting);
      await cut;
      await meeting[leaver].side.story.first("key");
      await meeting[leaver].tap.hears("add version");
      await meeting[leaver].side.close();
      expect(await meeting[leaver].side.story.first("closed")).toMatchObject({ error: "LonelyError" });
      expect(meeting[leaver].tap.moods).toEqual(["lonely"]);
      meeting[other].tap.mend();
      await meeting[other].side.story.first("versions");
      await meeting[other].side.close();
      expect(await meeting[other].side.story.first("closed")).toBe("happy");
    }
  });

  it.each(["ours", "theirs"] as const)("%s says a last word and goodbye while the line breaks", async (who) => {
    const lastWord: Moment = { ...said("add", "0"), lost: true };
    const meeting = await stage.meet(["deferred", "deferred"], { cuts: { [who]: lastWord } });
    await agree(meeting);
    await introduced(meeting);
    await sayOne(meeting, 0);
    await meeting[who].side.close();
    await meeting[who].side.story.first("closed");
    if (who === "ours") await meeting.theirs.side.story.first("message");
    await closeWell(meeting);
    // The reference library forgets what was not confirmed before it closes.
    if (who === "theirs") expect(meeting.ours.side.story.all("message")).toEqual([]);
  });

  it("a goodbye that nobody hears is given up after a while, and said so, where the reference library waits", async () => {
    const meeting = await stage.meet(["deferred", "deferred"]);
    const { ours, theirs } = meeting;
    await agree(meeting);
    await introduced(meeting);
    for (const { side, tap } of [ours, theirs]) {
      tap.sever();
      await side.close();
    }
    expect(await ours.side.story.first("closed")).toMatchObject({ error: "ServerConnectionError" });
    expect(theirs.side.story.all("closed")).toEqual([]);
    theirs.tap.mend();
    expect(await theirs.side.story.first("closed")).toBe("happy");
  });

  describe.each([PAIRS[0], PAIRS[3]] as Flavours[])(
    "a server that restarts with its database, ours %s, theirs %s",
    (...flavours) => {
      it("before the peer has come", async () => {
        await withRestart(flavours, async (meeting, restart) => {
          await meeting.ours.side.setCode(CODE);
          await meeting.ours.tap.hears("add pake");
          await restart(() => meeting.theirs.side.setCode(CODE));
          await converse(meeting);
        });
      });

      it("between messages, more of which are sent meanwhile", async () => {
        await withRestart(flavours, async (meeting, restart) => {
          await agree(meeting);
          await introduced(meeting);
          await sayOne(meeting, 0);
          await restart(() => sayOne(meeting, 1));
          await sayOne(meeting, 2);
        });
      });
    },
  );

  async function withRestart(
    flavours: Flavours,
    body: (meeting: Meeting, restart: (meanwhile: () => Promise<void>) => Promise<void>) => Promise<void>,
  ): Promise<void> {
    await withDatabase(async (db) => {
      let server = await stage.server({ db });
      try {
        const meeting = await stage.meet(flavours, { url: server.url });
        await Promise.all([meeting.ours, meeting.theirs].map(({ side }) => side.story.first("welcome")));
        await body(meeting, async (meanwhile) => {
          await server.stop();
          await meanwhile();
          server = await stage.server({ db });
          for (const { tap } of [meeting.ours, meeting.theirs]) tap.leadTo(server.url);
        });
        await expectMessages(meeting);
        await closeWell(meeting);
        expectEverythingOnce(meeting);
      } finally {
        await server.stop();
      }
    });
  }
});
