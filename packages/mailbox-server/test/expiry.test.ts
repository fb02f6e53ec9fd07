/** Idle mailboxes are forgotten after the time that the operator has set, counted while the server is up. */
import { describe, expect, it } from "vitest";
import { type MailboxServerOptions, MemoryStore } from "../src/index.ts";
import { claim } from "../src/nameplates.ts";
import { FakeClock } from "./fake-clock.ts";
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
    /** Lets time pass. Only then is the server asked anything, so nobody keeps anything alive by asking. */
    pass: (seconds: number) => clock.advance(seconds),
  };
}

/** A side that claims a nameplate, leaves a message and goes. */
async function leaveMessage(server: { bound(side: string): Promise<Peer> }, nameplate: string): Promise<string> {
  const peer = await server.bound("a");
  const mailbox = await peer.told({ type: "claim", nameplate }, "mailbox");
  await peer.ask({ type: "open", mailbox });
  await peer.ask({ type: "add", phase: "pake", body: "00" });
  await peer.close();
  return mailbox;
}

async function listed(server: { bound(side: string): Promise<Peer> }): Promise<unknown> {
  const peer = await server.bound("looker-on");
  const { nameplates } = (await peer.answer({ type: "list" })) ?? {};
  await peer.close();
  return nameplates;
}

describe.each(kinds)("with mailboxes in %s", (kind) => {
  it("a code waits for eleven minutes, and not for much longer", async () => {
    const server = await withClock({ db: database(kind) });
    const mailbox = await leaveMessage(server, "7");
    server.pass(11 * MINUTE);
    expect(await listed(server)).toEqual([{ id: "7" }]);
    server.pass(3 * MINUTE);
    expect(await listed(server)).toEqual([]);
    const late = await server.bound("b");
    expect(await late.ask({ type: "open", mailbox })).toMatchObject([{ type: "ack" }]);
  });

  it.each(["claim", "open", "add"])("its time begins anew with a side's %s", async (how) => {
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

  it("a mailbox stays while somebody is subscribed, and eleven minutes more", async () => {
    const server = await withClock({ db: database(kind) });
    await leaveMessage(server, "7");
    const peer = await server.bound("a");
    await peer.ask({ type: "open", mailbox: await peer.told({ type: "claim", nameplate: "7" }, "mailbox") });
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

it("a server that is asked to keeps mailboxes for a week, so that the sides need never be online together", async () => {
  const server = await withClock({ expireAfter: 7 * 24 * 60 * MINUTE });
  const mailbox = await leaveMessage(server, "7");
  server.pass(6 * 24 * 60 * MINUTE);
  const late = await server.bound("b");
  expect(await late.answer({ type: "claim", nameplate: "7" })).toEqual({ type: "claimed", mailbox });
  expect((await late.ask({ type: "open", mailbox })).at(-1)).toMatchObject({ type: "message", phase: "pake" });
});

it("many that expire at once all go", async () => {
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

describe("a server that was down", () => {
  it("does not count that time, and gives clients two minutes to come back", async () => {
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

  it("goes on counting where it stopped", async () => {
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

  it("counts runs that are shorter than the time between two looks", async () => {
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

  it("keeps what somebody was subscribed to as if it had just been used", async () => {
    const db = temporaryFile("mailbox.sqlite");
    const before = await withClock({ db });
    const peer = await before.bound("a");
    await peer.ask({ type: "open", mailbox: await peer.told({ type: "claim", nameplate: "7" }, "mailbox") });
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
