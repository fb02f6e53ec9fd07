/** Sessions whose connections to the mailbox server are cut, on either side, and whose server restarts. */
import { describe, expect, it } from "vitest";
import { converse, expectEverythingOnce, expectMessages, sendOneEach } from "./exchange.ts";
import { withDatabase } from "./mailboxes.ts";
import { agree, CODE, closeWell, type Flavours, introduced, type Meeting, onMailboxes, PAIRS } from "./stage.ts";
import type { Moment } from "./wire.ts";

const sent = (type: string, phase?: string) =>
  ({ from: "client", type, ...(phase !== undefined && { phase }) }) as const;
const answered = (type: string) => ({ from: "server", type }) as const;
const echo = (phase: string) => ({ from: "server", type: "message", phase, own: true }) as const;
const fromPeer = (phase: string) => ({ from: "server", type: "message", phase, own: false }) as const;

const MOMENTS: { readonly [title: string]: Moment } = {
  "its first command is lost": { ...sent("bind"), lost: true },
  "its claim is lost": { ...sent("claim"), lost: true },
  "the answer to its claim is lost": { ...answered("claimed"), lost: true },
  "its claim was answered": { ...answered("claimed"), lost: false },
  "its open is lost": { ...sent("open"), lost: true },
  "its half of the key exchange is lost": { ...sent("add", "pake"), lost: true },
  "its half of the key exchange has arrived": { ...sent("add", "pake"), lost: false },
  "the echo of its half is lost": { ...echo("pake"), lost: true },
  "the peer's half is lost": { ...fromPeer("pake"), lost: true },
  "the peer's half has come": { ...fromPeer("pake"), lost: false },
  "its version is lost": { ...sent("add", "version"), lost: true },
  "the peer's version is lost": { ...fromPeer("version"), lost: true },
  "the peer's version has come": { ...fromPeer("version"), lost: false },
  "its release of the nameplate is lost": { ...sent("release"), lost: true },
  "the answer to its release is lost": { ...answered("released"), lost: true },
  "its first message is lost": { ...sent("add", "0"), lost: true },
  "the echo of its second message is lost": { ...echo("1"), lost: true },
  "the peer's second message is lost": { ...fromPeer("1"), lost: true },
  "the peer's last message has come": { ...fromPeer("2"), lost: false },
  "its close is lost": { ...sent("close"), lost: true },
  "the answer to its close is lost": { ...answered("closed"), lost: true },
};

/** Each moment on each side, with the four combinations of flavours in turn. */
const CASES = Object.entries(MOMENTS).flatMap(([title, moment], index) =>
  (["ours", "theirs"] as const).map((end, turn) => {
    const [ours, theirs] = PAIRS[(index + 2 * turn) % PAIRS.length] ?? (["deferred", "deferred"] as const);
    return { title, moment, end, ours, theirs };
  }),
);

onMailboxes((stage) => {
  const title = "$end is cut when $title (ours $ours, theirs $theirs)";
  it.each(CASES)(title, async ({ moment, end, ours, theirs }) => {
    const meeting = await stage.meet([ours, theirs], { cuts: { [end]: moment } });
    await agree(meeting);
    await converse(meeting);
    await closeWell(meeting);
    expect([meeting.ours, meeting.theirs].map(({ tap }) => tap.connections)).toEqual(end === "ours" ? [2, 1] : [1, 2]);
    expectEverythingOnce(meeting);
  });

  it.each(["ours", "theirs"] as const)("%s is cut while it waits for its peer", async (end) => {
    const meeting = await stage.meet(["delegated", "deferred"]);
    const { side, tap } = meeting[end];
    await side.setCode(CODE);
    await tap.sent("add pake");
    tap.sever();
    await meeting[end === "ours" ? "theirs" : "ours"].side.setCode(CODE);
    tap.mend();
    await converse(meeting);
    await closeWell(meeting);
    expectEverythingOnce(meeting);
  });

  describe.each(["allocate", "allocated"] as const)("the answer to allocate is lost: %s", (type) => {
    const moment: Moment = { from: type === "allocate" ? "client" : "server", type, lost: true };
    it.each(["ours", "theirs"] as const)("%s asks again", async (end) => {
      const meeting = await stage.meet(["deferred", "deferred"], { cuts: { [end]: moment } });
      const other = end === "ours" ? "theirs" : "ours";
      await meeting[end].side.allocateCode();
      await meeting[other].side.setCode(await meeting[end].side.log.first("code"));
      expect(meeting[end].tap.connections).toBe(2);
      await converse(meeting);
      await closeWell(meeting);
      expectEverythingOnce(meeting);
    });
  });

  it("a side that closes before it has the peer's version is lonely, and the peer still receives its version", async () => {
    for (const [leaver, other] of [
      ["ours", "theirs"],
      ["theirs", "ours"],
    ] as const) {
      const meeting = await stage.meet(["deferred", "deferred"]);
      const cut = meeting[other].tap.cutAt({ ...sent("add", "version"), lost: true });
      void cut.then(() => meeting[other].tap.sever());
      await agree(meeting);
      await cut;
      await meeting[leaver].side.log.first("key");
      await meeting[leaver].tap.sent("add version");
      await meeting[leaver].side.close();
      expect(await meeting[leaver].side.log.first("closed")).toMatchObject({ error: "LonelyError" });
      expect(meeting[leaver].tap.moods).toEqual(["lonely"]);
      meeting[other].tap.mend();
      await meeting[other].side.log.first("versions");
      await meeting[other].side.close();
      expect(await meeting[other].side.log.first("closed")).toBe("happy");
    }
  });

  it.each(["ours", "theirs"] as const)(
    "%s sends a last message and closes while the connection breaks",
    async (end) => {
      const lastMessage: Moment = { ...sent("add", "0"), lost: true };
      const meeting = await stage.meet(["deferred", "deferred"], { cuts: { [end]: lastMessage } });
      await agree(meeting);
      await introduced(meeting);
      await sendOneEach(meeting, 0);
      await meeting[end].side.close();
      await meeting[end].side.log.first("closed");
      if (end === "ours") await meeting.theirs.side.log.first("message");
      await closeWell(meeting);
      // When it closes, the reference library drops messages that were not echoed.
      if (end === "theirs") expect(meeting.ours.side.log.all("message")).toEqual([]);
    },
  );

  it("a close that cannot be sent fails after a while, where the reference library waits", async () => {
    const meeting = await stage.meet(["deferred", "deferred"]);
    const { ours, theirs } = meeting;
    await agree(meeting);
    await introduced(meeting);
    for (const { side, tap } of [ours, theirs]) {
      tap.sever();
      await side.close();
    }
    expect(await ours.side.log.first("closed")).toMatchObject({ error: "ServerConnectionError" });
    expect(theirs.side.log.all("closed")).toEqual([]);
    theirs.tap.mend();
    expect(await theirs.side.log.first("closed")).toBe("happy");
  });

  describe.each([PAIRS[0], PAIRS[3]] as Flavours[])(
    "a server that restarts with its database, ours %s, theirs %s",
    (...flavours) => {
      it("before the peer is there", async () => {
        await withRestart(flavours, async (meeting, restart) => {
          await meeting.ours.side.setCode(CODE);
          await meeting.ours.tap.sent("add pake");
          await restart(() => meeting.theirs.side.setCode(CODE));
          await converse(meeting);
        });
      });

      // proves: api/message-boundaries
      it("between messages, while more are sent", async () => {
        await withRestart(flavours, async (meeting, restart) => {
          await agree(meeting);
          await introduced(meeting);
          await sendOneEach(meeting, 0);
          await restart(() => sendOneEach(meeting, 1));
          await sendOneEach(meeting, 2);
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
        await Promise.all([meeting.ours, meeting.theirs].map(({ side }) => side.log.first("welcome")));
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
