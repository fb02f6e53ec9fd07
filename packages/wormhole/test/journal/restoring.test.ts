import { describe, expect, it, vi } from "vitest";
import {
  CheckpointJournal,
  createWormhole,
  type DelegatedWormhole,
  restoreWormhole,
  type SerializedWormhole,
  WormholeClosedError,
  type WormholeDelegate,
} from "../../src/index.ts";
import type { MessageSocketEvents } from "../../src/net/message-socket.ts";
import { World } from "./program.ts";

const CODE = "4-purple-sausages";
const bytes = (text: string) => new TextEncoder().encode(text);

/** Notes each event's name, and runs what the test wants to happen at one of them. */
function listener(at: { [event: string]: () => void } = {}): WormholeDelegate & { seen: string[] } {
  const seen: string[] = [];
  const note = (event: string) => {
    seen.push(event);
    at[event]?.();
  };
  return {
    seen,
    wormholeGotWelcome: () => note("welcome"),
    wormholeGotCode: () => note("code"),
    wormholeGotUnverifiedKey: () => note("key"),
    wormholeGotVerifier: () => note("verifier"),
    wormholeGotVersions: () => note("versions"),
    wormholeGotMessage: (message) => note(`message ${new TextDecoder().decode(message)}`),
    wormholeClosed: (result) => note(`closed ${result === "happy" ? result : result.code}`),
  };
}

const ALL = ["welcome", "code", "key", "verifier", "versions", "message x", "message y", "closed happy"];

function create(world: World, delegate: WormholeDelegate, journal?: CheckpointJournal): DelegatedWormhole {
  const { relayUrl, platform } = world;
  return createWormhole({ appId: "example.com/test", relayUrl, platform, delegate, ...(journal && { journal }) });
}

function restore(world: World, state: SerializedWormhole, delegate: WormholeDelegate): DelegatedWormhole {
  const { platform } = world;
  return restoreWormhole(JSON.parse(JSON.stringify(state)) as SerializedWormhole, { platform, delegate });
}

/** A peer that says x and y. */
function peer(world: World): DelegatedWormhole {
  const wormhole = create(world, {});
  wormhole.setCode(CODE);
  wormhole.sendMessage(bytes("x"));
  wormhole.sendMessage(bytes("y"));
  return wormhole;
}

describe("a restored wormhole", () => {
  it.each(ALL.slice(0, 7))("tells what was not told when its first life ended in the middle of %s", async (end) => {
    const world = new World();
    const other = peer(world);
    const first = listener({ [end]: () => a.abandon() });
    const a = create(world, first);
    a.setCode(CODE);
    await world.clock.advance(0);
    const second = listener({ "message y": () => b.close() });
    const b = restore(world, a.serialize(), second);
    if (end === "message y") b.close();
    await world.clock.advance(0);
    expect([...first.seen, ...second.seen]).toEqual(ALL);
    other.close();
  });

  it("tells what its journal saved as untold, even if letting go was the last thing that happened", async () => {
    const world = new World();
    const other = peer(world);
    let saved: SerializedWormhole | undefined;
    const first = listener({ verifier: () => a.abandon() });
    const a = create(
      world,
      first,
      new CheckpointJournal(() => {
        saved = a.serialize();
      }),
    );
    a.setCode(CODE);
    await world.clock.advance(0);
    const second = listener({ "message y": () => b.close() });
    const b = restore(world, saved ?? a.serialize(), second);
    await world.clock.advance(0);
    expect([...first.seen, ...second.seen]).toEqual(ALL);
    other.close();
  });

  it("derives the same keys", async () => {
    const world = new World();
    const other = peer(world);
    const a = create(world, {});
    a.setCode(CODE);
    await world.clock.advance(0);
    const key = a.deriveKey("purpose", 32);
    a.abandon();
    const b = restore(world, a.serialize(), {});
    expect(b.deriveKey("purpose", 32)).toEqual(key);
    expect(other.deriveKey("purpose", 32)).toEqual(key);
    b.close();
    other.close();
  });

  it.each(["before the nameplate", "before the words"])(
    "asks for the code again if it was being typed, %s",
    async (when) => {
      const world = new World();
      const other = peer(world);
      await world.clock.advance(0);
      const first = listener();
      const a = create(world, first);
      const typing = a.inputCode();
      await world.clock.advance(0);
      if (when === "before the words") typing.chooseNameplate("4");
      a.abandon();
      const second = listener({ "message y": () => b.close() });
      const b = restore(world, a.serialize(), second);
      const again = b.inputCode();
      await world.clock.advance(0);
      expect([...again.getNameplateCompletions("")]).toEqual(["4-"]);
      again.chooseNameplate("4");
      again.chooseWords("purple-sausages");
      await world.clock.advance(0);
      expect([...first.seen, ...second.seen]).toEqual(ALL);
      other.close();
    },
  );

  it("tries again and again if its server is down at first", async () => {
    const world = new World();
    const other = peer(world);
    const first = listener({ key: () => a.abandon() });
    const a = create(world, first);
    a.setCode(CODE);
    await world.clock.advance(0);
    world.server.down = true;
    const second = listener({ "message y": () => b.close() });
    const b = restore(world, a.serialize(), second);
    await world.clock.advance(30_000);
    expect(second.seen).toEqual(["verifier", "versions"].slice(0, second.seen.length));
    world.server.down = false;
    await world.clock.advance(60_000);
    expect([...first.seen, ...second.seen]).toEqual(ALL);
    other.close();
  });

  it("says so at once if its server is down and none was ever reached", async () => {
    const world = new World();
    const a = create(world, {});
    a.setCode(CODE);
    a.abandon();
    world.server.down = true;
    const second = listener();
    restore(world, a.serialize(), second);
    await world.clock.advance(0);
    expect(second.seen).toEqual(["closed server-connection"]);
  });

  it("that is closed at once still gives back what it holds at the server", async () => {
    const world = new World();
    const a = create(world, {});
    a.allocateCode();
    await world.clock.advance(0);
    a.abandon();
    expect(world.server.nameplates).toEqual(["1"]);
    const second = listener();
    restore(world, a.serialize(), second).close();
    await world.clock.advance(0);
    expect(second.seen).toEqual(["closed lonely"]);
    expect(world.server.nameplates).toEqual([]);
    expect(world.server.mailboxes).toBe(0);
  });

  it("that was closing gives up five seconds later if its server is gone", async () => {
    const world = new World();
    const first = listener();
    const a = create(world, first);
    a.allocateCode();
    await world.clock.advance(0);
    world.server.down = true;
    world.server.drop();
    a.close();
    await world.clock.advance(4_000);
    a.abandon();
    const second = listener();
    restore(world, a.serialize(), second);
    await world.clock.advance(4_900);
    expect(second.seen).toEqual([]);
    await world.clock.advance(100);
    expect([...first.seen, ...second.seen]).toEqual(["welcome", "code", "closed lonely"]);
  });

  it("that had closed stays silent, and may be restored again", async () => {
    const world = new World();
    const other = peer(world);
    const first = listener({ "message y": () => a.close() });
    const a = create(world, first);
    a.setCode(CODE);
    await world.clock.advance(0);
    expect(first.seen).toEqual(ALL);
    const open = vi.spyOn(world.platform, "openMessageSocket");
    const set = vi.spyOn(world.clock, "after");
    const second = listener();
    for (let time = 0; time < 2; time++) {
      const b = restore(world, a.serialize(), second);
      b.close();
      expect(() => b.sendMessage(bytes("late"))).toThrow(WormholeClosedError);
    }
    await world.clock.advance(60_000);
    expect(second.seen).toEqual([]);
    expect(open).not.toHaveBeenCalled();
    expect(set).not.toHaveBeenCalled();
    other.close();
  });
});

describe("one wormhole", () => {
  it("lives once in a process: restored beside itself it is already-live", async () => {
    const world = new World();
    const other = peer(world);
    const a = create(world, {});
    const state = a.serialize();
    const twice = () => restore(world, state, {});
    expect(twice).toThrow(expect.objectContaining({ code: "already-live" }));
    a.abandon();
    const b = twice();
    expect(twice).toThrow(expect.objectContaining({ code: "already-live" }));
    b.setCode(CODE);
    await world.clock.advance(0);
    b.close();
    await world.clock.advance(0);
    twice().abandon();
    other.close();
  });

  it("needs a delegate, and a whole journal: events and effects would be lost", () => {
    const world = new World();
    const a = create(world, {});
    a.abandon();
    const options = (more: object) => ({ platform: world.platform, delegate: {}, ...more });
    for (const more of [{ delegate: undefined }, { delegate: "x" }, { journal: {} }, { journal: { process() {} } }])
      expect(() => restoreWormhole(a.serialize(), options(more) as { delegate: object })).toThrow(TypeError);
    restore(world, a.serialize(), {}).abandon();
  });
});

describe("a wormhole that lets go", () => {
  it("is gone like a process that ended: nothing is released, no event follows, nothing can be asked of it", async () => {
    const world = new World();
    const seen = listener();
    const a = create(world, seen);
    a.allocateCode();
    await world.clock.advance(0);
    a.abandon();
    await world.clock.advance(60_000);
    a.close();
    expect(seen.seen).toEqual(["welcome", "code"]);
    expect(world.server.nameplates).toEqual(["1"]);
    expect(world.server.received.map(({ type }) => type)).not.toContain("close");
    expect(() => a.sendMessage(bytes("late"))).toThrow(WormholeClosedError);
    expect(() => a.setCode(CODE)).toThrow(WormholeClosedError);
  });
});

describe("a journaled wormhole", () => {
  it("saves before it connects, and not for what changes nothing", async () => {
    const world = new World();
    const open = vi.spyOn(world.platform, "openMessageSocket");
    const connections: number[] = [];
    const a = create(world, {}, new CheckpointJournal(() => void connections.push(open.mock.calls.length)));
    a.setCode(CODE);
    await world.clock.advance(0);
    expect(connections.slice(0, 2)).toEqual([0, 0]);
    const saves = connections.length;
    world.server.say({ type: "ack" });
    world.server.say({ type: "news" });
    await world.clock.advance(0);
    expect(connections).toHaveLength(saves);
    a.close();
  });

  it("does not mind what a connection says that it has given up, while the save is under way", async () => {
    const world = new World();
    const sockets: MessageSocketEvents[] = [];
    const openMessageSocket = (_: string, events: MessageSocketEvents) => {
      sockets.push(events);
      return { send() {}, close() {} };
    };
    const journal = new CheckpointJournal(() => new Promise((saved) => world.clock.after(500, saved)));
    const { relayUrl, clock } = world;
    const seen = listener();
    const options = {
      appId: "example.com/test",
      relayUrl,
      platform: { openMessageSocket, clock },
      delegate: seen,
      journal,
    };
    const a = createWormhole(options);
    const welcome = () => sockets.at(-1)?.received('{"type": "welcome", "welcome": {}}');
    await clock.advance(1_000);
    sockets.at(-1)?.opened();
    await clock.advance(1_000);
    welcome();
    await clock.advance(1_000);
    sockets.at(-1)?.closed({ failure: "closed", detail: "" });
    await clock.advance(5_000);
    sockets.at(-1)?.opened();
    // The deadline for the greeting passes; the greeting comes before the connection is hung up.
    await clock.advance(10_600);
    welcome();
    await clock.advance(5_000);
    expect(sockets).toHaveLength(3);
    expect(seen.seen).toEqual(["welcome"]);
    a.abandon();
  });
});
