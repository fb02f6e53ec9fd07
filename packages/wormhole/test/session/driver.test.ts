/** How the driver of a session uses sockets, timers and stamps. The test controls the sockets. */
import { describe, expect, it, onTestFinished } from "vitest";
import {
  CheckpointJournal,
  createWormhole,
  type JsonObject,
  LonelyError,
  ServerConnectionError,
  type WormholeOptions,
  type WormholeStatus,
} from "../../src/index.ts";
import { Bare } from "./bare.ts";
import { type HeldSocket, holding } from "./held-socket.ts";
import { reported, World } from "./world.ts";

/** A world whose sockets the test controls. */
function held({ platform, ...more }: Partial<WormholeOptions> = {}) {
  const sockets: HeldSocket[] = [];
  const world = new World({ openMessageSocket: holding(sockets), ...platform });
  return { clock: world.clock, sockets, options: world.options(more) };
}

/** A wormhole with the controls that dilation uses. Its first socket is open and has its welcome. */
async function travelling(more: Partial<WormholeOptions> = {}, welcome: JsonObject = {}) {
  const { clock, sockets, options } = held(more);
  const wormhole = new Bare(options);
  onTestFinished(() => wormhole.close());
  await clock.advance(0);
  const socket = sockets[0] as HeldSocket;
  socket.greet(welcome);
  return { clock, sockets, wormhole, socket };
}

/** A wormhole whose first socket is open and has its welcome. */
async function greeted(more: Partial<WormholeOptions> = {}, welcome: JsonObject = {}) {
  const { clock, sockets, options } = held(more);
  const wormhole = createWormhole(options);
  onTestFinished(() => void wormhole.close().catch(() => {}));
  await clock.advance(0);
  const socket = sockets[0] as HeldSocket;
  socket.greet(welcome);
  return { clock, sockets, options, wormhole, socket };
}

/** A welcome that asks for a stamp. The work for 24 bits takes longer than any test: it has to be given up. */
function wantsWork(resource: string, bits: number): JsonObject {
  return { "permission-required": { hashcash: { bits, resource } } };
}

/** The resource of each stamp that was sent, `undefined` for a command without a stamp. */
function stampedResources({ sent }: HeldSocket): (string | undefined)[] {
  return sent.map(({ stamp }) => (stamp === undefined ? undefined : String(stamp).split(":")[3]));
}

const types = ({ sent }: HeldSocket) => sent.map(({ type }) => type);

describe("a socket", () => {
  // proves: api/event-closed
  it("that was hung up is ignored", async () => {
    const { socket, wormhole, clock, sockets } = await greeted();
    const closed = wormhole.close();
    await clock.advance(5_000);
    await expect(closed).rejects.toThrow(LonelyError);
    expect(socket.closes).toBe(1);
    socket.events.opened();
    socket.say({ type: "error", error: "late" });
    socket.cut();
    await clock.advance(120_000);
    expect(sockets).toHaveLength(1);
    await expect(wormhole.close()).rejects.toThrow(LonelyError);
  });

  it("that was lost is ignored, but its successor is not", async () => {
    const { socket, wormhole, clock, sockets } = await greeted();
    socket.cut();
    await clock.advance(5_000);
    const second = sockets[1] as HeldSocket;
    socket.greet({ error: "from the past" });
    socket.cut();
    second.greet();
    wormhole.setCode("7-a");
    expect(types(second)).toContain("claim");
    expect(sockets).toHaveLength(2);
  });

  // proves: session/welcome-deadline
  it("that gets no welcome is hung up after ten seconds, and the next one is tried", async () => {
    const { socket, clock, sockets } = await greeted();
    socket.cut();
    await clock.advance(2_000);
    sockets[1]?.events.opened();
    await clock.advance(9_999);
    expect([sockets.length, sockets[1]?.closes]).toEqual([2, 0]);
    await clock.advance(5_000);
    expect([sockets.length, sockets[1]?.closes]).toEqual([3, 1]);
  });

  it("that never opens ends the wormhole if it is the first", async () => {
    const { clock, sockets, options } = held();
    const wormhole = createWormhole(options);
    await clock.advance(0);
    sockets[0]?.events.closed({ failure: "refused", detail: "no listener" });
    await expect(wormhole.getWelcome()).rejects.toThrow(ServerConnectionError);
    await expect(wormhole.close()).rejects.toThrow(ServerConnectionError);
    await clock.advance(120_000);
    expect(sockets).toHaveLength(1);
  });

  it("that is lost during a save gets no more commands, and the next one gets them", async () => {
    const { clock, sockets, options } = held();
    let save = () => {};
    const journal = new CheckpointJournal(() => {
      return new Promise<void>((resolve) => {
        save = resolve;
      });
    });
    const saved = async () => {
      for (let i = 0; i < 5; i++) {
        save();
        await clock.advance(0);
      }
    };
    const wormhole = createWormhole({ ...options, delegate: {}, journal });
    await saved();
    const [first] = sockets as [HeldSocket];
    first.greet();
    await saved();
    wormhole.setCode("7-a");
    first.cut();
    await saved();
    expect(types(first)).toEqual(["bind"]);
    await clock.advance(5_000);
    await saved();
    await clock.advance(5_000);
    const second = sockets[1] as HeldSocket;
    second.greet();
    await saved();
    expect(types(second)).toEqual(["bind", "claim"]);
    wormhole.abandon();
    expect(second.closes).toBe(1);
  });
});

describe("when the addresses of this computer have changed", () => {
  it("the socket is replaced at once, and the old one is ignored", async () => {
    const { wormhole, sockets, socket } = await travelling();
    wormhole.setCode("7-a");
    wormhole.moved();
    const [, second] = sockets as [HeldSocket, HeldSocket];
    expect([sockets.length, socket.closes, second.closes]).toEqual([2, 1, 0]);
    socket.say({ type: "error", error: "from the past" });
    socket.say({ type: "claimed", mailbox: "m" });
    socket.cut();
    second.greet();
    expect(types(second)).toEqual(["bind", "claim"]);
    expect(types(socket)).toEqual(["bind", "claim"]);
    expect(wormhole.end).toBeUndefined();
  });

  it("an attempt starts again, and the first failure is still final", async () => {
    const { clock, sockets, options } = held();
    const wormhole = new Bare(options);
    await clock.advance(0);
    wormhole.moved();
    wormhole.moved();
    expect(sockets.map(({ closes }) => closes)).toEqual([1, 1, 0]);
    sockets[0]?.cut();
    sockets[1]?.greet();
    await clock.advance(60_000);
    expect([sockets.length, wormhole.end]).toEqual([3, undefined]);
    sockets[2]?.events.closed({ failure: "refused", detail: "no listener" });
    expect(wormhole.end).toBeInstanceOf(ServerConnectionError);
  });

  it("the deadline of the old socket does not apply to the new one", async () => {
    const { clock, sockets, options } = held();
    const wormhole = new Bare(options);
    onTestFinished(() => wormhole.close());
    await clock.advance(0);
    sockets[0]?.events.opened();
    await clock.advance(9_000);
    wormhole.moved();
    await clock.advance(2_000);
    sockets[1]?.events.opened();
    await clock.advance(9_999);
    expect([sockets.length, wormhole.end]).toEqual([2, undefined]);
    await clock.advance(1);
    expect(wormhole.end).toBeInstanceOf(ServerConnectionError);
  });

  it("the stamp for the old socket is aborted", async () => {
    const errors = reported();
    const { wormhole, clock, sockets } = await travelling({}, wantsWork("old", 24));
    wormhole.moved();
    sockets[1]?.greet(wantsWork("new", 4));
    await clock.advance(0);
    expect(sockets.map(stampedResources)).toEqual([[], ["new", undefined]]);
    expect(errors).toEqual([]);
  });
});

describe("an application in a hurry", () => {
  it("ends the pause: one attempt starts at once", async () => {
    const { wormhole, clock, sockets, socket } = await travelling();
    socket.cut();
    wormhole.hurry();
    expect(sockets).toHaveLength(2);
    wormhole.hurry();
    await clock.advance(60_000);
    expect(sockets).toHaveLength(2);
    sockets[1]?.greet();
    wormhole.hurry();
    await clock.advance(60_000);
    expect(sockets.map(({ closes }) => closes)).toEqual([0, 0]);
  });

  it("probes a connection that seems to be up", async () => {
    const { wormhole, socket, sockets } = await travelling();
    wormhole.hurry();
    wormhole.hurry();
    expect(sockets).toHaveLength(1);
    expect([socket.probes, socket.closes]).toEqual([2, 0]);
  });

  it("does not shorten later pauses, because attempts keep counting", async () => {
    const { wormhole, clock, sockets, socket } = await travelling();
    socket.cut();
    for (let attempt = 1; attempt < 20; attempt++) {
      wormhole.hurry();
      sockets.at(-1)?.cut();
    }
    expect(sockets).toHaveLength(20);
    await clock.advance(59_999);
    expect(sockets).toHaveLength(20);
    await clock.advance(1_001);
    expect(sockets).toHaveLength(21);
  });
});

describe("timers", () => {
  it("of an abandoned wormhole never fire", async () => {
    const { clock, sockets, options } = held();
    const wormhole = createWormhole({ ...options, delegate: {} });
    await clock.advance(0);
    sockets[0]?.greet();
    sockets[0]?.cut();
    wormhole.abandon();
    await clock.advance(120_000);
    expect(sockets).toHaveLength(1);
  });

  it("exist once of each name: a wormhole that is closed twice has one deadline", async () => {
    const { wormhole, clock } = await greeted();
    wormhole.setCode("7-a");
    const ends: string[] = [];
    const note = () => void ends.push("closed");
    void wormhole.close().catch(note);
    await clock.advance(3_000);
    void wormhole.close().catch(note);
    await clock.advance(1_999);
    expect(ends).toEqual([]);
    await clock.advance(1);
    expect(ends).toEqual(["closed", "closed"]);
  });
});

describe("a stamp", () => {
  it("is dropped with its connection", async () => {
    const errors = reported();
    const { socket, clock, sockets } = await greeted();
    socket.cut();
    await clock.advance(5_000);
    sockets[1]?.greet(wantsWork("old", 24));
    sockets[1]?.cut();
    await clock.advance(5_000);
    sockets[2]?.greet(wantsWork("new", 4));
    await clock.advance(0);
    expect(sockets.map(stampedResources)).toEqual([[undefined], [], ["new", undefined]]);
    expect(errors).toEqual([]);
  });

  it("is given up when the wormhole closes", async () => {
    const { wormhole, clock, socket } = await greeted({}, wantsWork("r", 24));
    await expect(wormhole.close()).rejects.toThrow(LonelyError);
    expect(clock.pending).toBe(0);
    expect(stampedResources(socket)).toEqual([]);
  });
});

describe("the status", () => {
  async function watched(steps: (given: Awaited<ReturnType<typeof greeted>>) => Promise<void> | void) {
    const seen: WormholeStatus[] = [];
    const given = await greeted({ onStatus: (status) => void seen.push(status) });
    await steps(given);
    return { seen, connections: seen.map(({ connection }) => connection), ...given };
  }

  it("shows a loss at once, and each attempt after it", async () => {
    const { connections } = await watched(async ({ socket, clock, sockets }) => {
      socket.cut();
      await clock.advance(2_000);
      sockets[1]?.cut();
      await clock.advance(4_000);
      sockets[2]?.greet();
    });
    expect(connections).toEqual(["connected", "disconnected", "connecting", "disconnected", "connecting", "connected"]);
  });

  it("has the code as used once a message from the peer has arrived, before the server confirms the release", async () => {
    const { seen } = await watched(({ wormhole, socket }) => {
      wormhole.setCode("7-a");
      socket.say({ type: "claimed", mailbox: "m" });
      socket.say({ type: "message", side: "them", phase: "version", body: "00" });
    });
    expect([...new Set(seen.map(({ code }) => code))]).toEqual(["none", "known", "used"]);
  });

  it("is closed at the end, and is not reported after that", async () => {
    const { connections, seen, wormhole, clock } = await watched(async ({ wormhole, clock }) => {
      wormhole.close().catch(() => {});
      await clock.advance(5_000);
    });
    expect(connections.at(-1)).toBe("closed");
    const count = seen.length;
    wormhole.close().catch(() => {});
    await clock.advance(60_000);
    expect(seen).toHaveLength(count);
  });

  it("is disconnected, not closed, while the wormhole closes without a connection", async () => {
    const { connections } = await watched(async ({ wormhole, socket, clock }) => {
      wormhole.setCode("7-a");
      socket.cut();
      wormhole.close().catch(() => {});
      await clock.advance(1);
    });
    expect(connections.at(-1)).toBe("disconnected");
  });
});

it.each([
  ["when its socket has closed", 400, 400],
  ["after three seconds, if its socket does not close", 86_400_000, 3_000],
])("a wormhole has closed %s", async (_, closing, expected) => {
  const world: World = new World({
    openMessageSocket: (_url, events) => {
      queueMicrotask(() => events.opened());
      queueMicrotask(() => events.received('{"type":"welcome","welcome":{"error":"full"}}'));
      const end = () => events.closed({ failure: "closed", detail: "closed by us" });
      return { send() {}, close: () => void world.clock.after(closing, end) };
    },
  });
  const wormhole = createWormhole(world.options());
  const ended = wormhole.closed.catch(() => world.clock.now());
  await world.clock.advance(5_000);
  expect(await ended).toBe(expected);
});
