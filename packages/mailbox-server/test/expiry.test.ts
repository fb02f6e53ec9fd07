/** Idle mailboxes are removed after the time that the operator has set. Only time while the server is up counts. */
import { describe, expect, it } from "vitest";
import { FakeClock } from "../../internal/test/fake-clock.ts";
import { type MailboxServerOptions, MemoryStore } from "../src/index.ts";
import { claim } from "../src/nameplates.ts";
import { Peer } from "./peer.ts";
import { seeded } from "./random.ts";
import { database, kinds, started, temporaryFile } from "./started.ts";

const MINUTE = 60;

async function withClock(options: MailboxServerOptions = {}) {
  const clock = new FakeClock();
  const server = await started({ clock, ...options });
  return {
    close: () => server.close(),
    bound: (side: string) => Peer.bound(server.url, side),
    /** Lets time pass, without a request that could keep a mailbox alive. */
    pass: (seconds: number) => clock.advance(seconds * 1000),
  };
}

/** A side claims a nameplate, leaves a message and disconnects. Resolves with the id of the mailbox. */
async function leaveMessage(server: { bound(side: string): Promise<Peer> }, nameplate: string): Promise<string> {
  const peer = await server.bound("a");
  const mailbox = await peer.answerText({ type: "claim", nameplate }, "mailbox");
  await peer.ask({ type: "open", mailbox });
  await peer.ask({ type: "add", phase: "pake", body: "00" });
  await peer.close();
  return mailbox;
}

async function listed(server: { bound(side: string): Promise<Peer> }): Promise<unknown> {
  const peer = await server.bound("observer");
  const { nameplates } = (await peer.answer({ type: "list" })) ?? {};
  await peer.close();
  return nameplates;
}

describe.each(kinds)("with mailboxes in %s", (kind) => {
  it("a nameplate and its mailbox are kept for eleven minutes, and not much longer", async () => {
    const server = await withClock({ db: database(kind) });
    const mailbox = await leaveMessage(server, "7");
    server.pass(11 * MINUTE);
    expect(await listed(server)).toEqual([{ id: "7" }]);
    server.pass(3 * MINUTE);
    expect(await listed(server)).toEqual([]);
    const late = await server.bound("b");
    expect(await late.ask({ type: "open", mailbox })).toMatchObject([{ type: "ack" }]);
  });

  it.each(["claim", "open", "add"])("the eleven minutes start again with each %s", async (how) => {
    const server = await withClock({ db: database(kind) });
    const mailbox = await leaveMessage(server, "7");
    server.pass(10 * MINUTE);
    const peer = await server.bound("a");
    if (how === "claim") await peer.ask({ type: "claim", nameplate: "7" });
    else await peer.ask({ type: "open", mailbox });
    if (how === "add") {
      server.pass(5);
      await peer.ask({ type: "add", phase: "1", body: "00" });
    }
    await peer.close();
    server.pass(10 * MINUTE);
    expect(await listed(server)).toEqual([{ id: "7" }]);
    server.pass(4 * MINUTE);
    expect(await listed(server)).toEqual([]);
  });

  it("a mailbox with a subscriber is kept, and for eleven minutes afterwards", async () => {
    const server = await withClock({ db: database(kind) });
    await leaveMessage(server, "7");
    const peer = await server.bound("a");
    await peer.ask({ type: "open", mailbox: await peer.answerText({ type: "claim", nameplate: "7" }, "mailbox") });
    for (let minute = 0; minute < 30; minute++) {
      server.pass(MINUTE);
      await peer.settled();
    }
    expect(await listed(server)).toEqual([{ id: "7" }]);
    await peer.close();
    server.pass(11 * MINUTE);
    expect(await listed(server)).toEqual([{ id: "7" }]);
    server.pass(3 * MINUTE);
    expect(await listed(server)).toEqual([]);
  });
});

it("with expireAfter of a week, the two sides need never be online together", async () => {
  const server = await withClock({ expireAfter: 7 * 24 * 60 * MINUTE });
  const mailbox = await leaveMessage(server, "7");
  server.pass(6 * 24 * 60 * MINUTE);
  const late = await server.bound("b");
  expect(await late.answer({ type: "claim", nameplate: "7" })).toEqual({ type: "claimed", mailbox });
  expect((await late.ask({ type: "open", mailbox })).at(-1)).toMatchObject({ type: "message", phase: "pake" });
});

it("more mailboxes than one batch can expire at once", async () => {
  const store = new MemoryStore();
  const server = await withClock({ store });
  const random = seeded(1);
  for (let number = 1; number <= 1200; number++) {
    const world = { store, policy: { allowList: true }, now: 0, up: 0, random };
    expect(claim(world, "app", String(number), "a")).toHaveProperty("mailbox");
  }
  server.pass(14 * MINUTE);
  expect(await listed(server)).toEqual([]);
  expect(store.idleMailboxes(Number.POSITIVE_INFINITY, 10)).toEqual([]);
});

describe("a restart", () => {
  it("the time while the server is down does not count, and nothing expires for two minutes after the start", async () => {
    const db = temporaryFile("mailbox.sqlite");
    const before = await withClock({ db });
    await leaveMessage(before, "7");
    before.pass(11 * MINUTE + 30);
    await before.close();

    const after = await withClock({ db });
    after.pass(119);
    expect(await listed(after)).toEqual([{ id: "7" }]);
    after.pass(3 * MINUTE);
    expect(await listed(after)).toEqual([]);
  });

  it("the up time of several runs adds up", async () => {
    const db = temporaryFile("mailbox.sqlite");
    for (let run = 0; run < 4; run++) {
      const server = await withClock({ db });
      if (run === 0) await leaveMessage(server, "7");
      expect(await listed(server)).toEqual([{ id: "7" }]);
      server.pass(4 * MINUTE);
      if (run === 3) expect(await listed(server)).toEqual([]);
      await server.close();
    }
  });

  it("runs that are shorter than the expiry interval count, too", async () => {
    const db = temporaryFile("mailbox.sqlite");
    for (let run = 0; run < 16; run++) {
      const server = await withClock({ db });
      if (run === 0) await leaveMessage(server, "7");
      server.pass(50);
      await server.close();
    }
    const server = await withClock({ db });
    expect(await listed(server)).toEqual([{ id: "7" }]);
    server.pass(2 * MINUTE);
    expect(await listed(server)).toEqual([]);
  });

  it("a mailbox that had a subscriber when the server stopped counts as just used", async () => {
    const db = temporaryFile("mailbox.sqlite");
    const before = await withClock({ db });
    const peer = await before.bound("a");
    await peer.ask({ type: "open", mailbox: await peer.answerText({ type: "claim", nameplate: "7" }, "mailbox") });
    for (let second = 0; second < 40 * MINUTE; second += 30) {
      before.pass(30);
      await peer.settled();
    }
    await before.close();

    const after = await withClock({ db });
    after.pass(10 * MINUTE);
    expect(await listed(after)).toEqual([{ id: "7" }]);
  });
});
