/** A wormhole is alive at most once: second copies, abandoned wormholes, and connections from before. */
import { describe, expect, it, vi } from "vitest";
import { CheckpointJournal, createWormhole, restoreWormhole, WormholeClosedError } from "../../src/index.ts";
import type { MessageSocketEvents } from "../../src/net/message-socket.ts";
import { bytes, CODE, World } from "../session/world.ts";
import { create, listener, peer, restore } from "./listener.ts";

describe("one wormhole", () => {
  // proves: api/never-twice
  it("is alive once in a process: a second copy is refused as `already-live`", async () => {
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

  it("is alive once, also for a second copy of this package", async () => {
    const world = new World();
    const state = create(world, {}).serialize();
    vi.resetModules();
    const copy = await import("../../src/index.ts");
    expect(copy.restoreWormhole).not.toBe(restoreWormhole);
    const twice = () => copy.restoreWormhole(state, { delegate: {}, platform: world.platform });
    expect(twice).toThrow(expect.objectContaining({ code: "already-live" }));
  });

  // proves: api/journal-option
  it("needs a delegate and a complete journal, because events and effects would be lost otherwise", () => {
    const world = new World();
    const a = create(world, {});
    a.abandon();
    const options = (more: object) => ({ platform: world.platform, delegate: {}, ...more });
    for (const more of [{ delegate: undefined }, { delegate: "x" }, { journal: {} }, { journal: { process() {} } }])
      expect(() => restoreWormhole(a.serialize(), options(more) as { delegate: object })).toThrow(TypeError);
    restore(world, a.serialize(), {}).abandon();
  });
});

describe("a wormhole that is abandoned", () => {
  it("stops as if its process had ended: nothing is released, no event follows, and its controls throw", async () => {
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

describe("a wormhole with a journal", () => {
  it("saves before it connects, but not if nothing has changed", async () => {
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

  it("ignores messages from a connection that it has abandoned while a save takes time", async () => {
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
    // The deadline for the welcome passes. The welcome arrives before the connection is hung up.
    await clock.advance(10_600);
    welcome();
    await clock.advance(5_000);
    expect(sockets).toHaveLength(3);
    expect(seen.seen).toEqual(["welcome"]);
    a.abandon();
  });
});
