/** Restoring a wormhole, as in another process. */
import { describe, expect, it, vi } from "vitest";
import { CheckpointJournal, type SerializedWormhole, WormholeClosedError } from "../../src/index.ts";
import { bytes, CODE, World } from "../session/world.ts";
import { ALL, create, listener, peer, restore } from "./listener.ts";

describe("a restored wormhole", () => {
  it.each(ALL.slice(0, 7))("tells the remaining events if its first life ended during %s", async (end) => {
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

  it("tells the events that its journal had saved as untold", async () => {
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
    if (saved === undefined) throw new Error("the journal has saved nothing");
    const b = restore(world, saved, second);
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

  it("tries again if its server is down at first", async () => {
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
    expect(second.seen).toEqual([]);
    world.server.down = false;
    await world.clock.advance(60_000);
    expect([...first.seen, ...second.seen]).toEqual(ALL);
    other.close();
  });

  it("ends at once if its server is down and no server was ever reached", async () => {
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

  it("that is closed immediately still releases its nameplate and mailbox", async () => {
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

  // proves: session/close-deadline
  it("that was closing stops waiting after five seconds if its server cannot be reached", async () => {
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

  it("that had closed stays silent, and may be restored any number of times", async () => {
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
