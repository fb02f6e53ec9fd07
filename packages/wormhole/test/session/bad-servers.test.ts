/** Wormholes at a server that forgets, that does not answer, or that cuts each connection. */
import { describe, expect, it } from "vitest";
import { restoreWormhole } from "../../src/index.ts";
import { bytes, CODE, text, World } from "./world.ts";

describe("a server that forgets everything", () => {
  // proves: session/forgetting-noticed
  it.each<[string, (world: World) => ReturnType<World["wormhole"]>]>([
    [
      "was allocated",
      (world) => {
        const wormhole = world.wormhole();
        wormhole.allocateCode();
        return wormhole;
      },
    ],
    [
      "was set",
      (world) => {
        const wormhole = world.wormhole();
        wormhole.setCode(CODE);
        return wormhole;
      },
    ],
    [
      "was typed",
      (world) => {
        const wormhole = world.wormhole();
        const input = wormhole.inputCode();
        input.chooseNameplate("4");
        input.chooseWords("purple-sausages");
        return wormhole;
      },
    ],
  ])("is noticed by a wormhole that waits with a code that %s", async (_, start) => {
    const world = new World();
    const wormhole = start(world);
    await world.settle();
    expect(world.server.nameplates).toHaveLength(1);
    world.server.forget();
    await world.clock.advance(3_000);
    await expect(wormhole.getVerifier()).rejects.toMatchObject({ name: "ServerError", code: "code-forgotten" });
    await expect(wormhole.close()).rejects.toMatchObject({ code: "code-forgotten" });
    expect([world.server.nameplates, world.server.mailboxes]).toEqual([[], 0]);
  });

  // proves: session/forgetting-noticed
  it("is noticed by a wormhole that is restored", async () => {
    const world = new World();
    const { wormhole } = world.delegated();
    wormhole.setCode(CODE);
    await world.settle();
    const saved = wormhole.serialize();
    wormhole.abandon();
    world.server.forget();
    const ends: unknown[] = [];
    const { platform } = world;
    restoreWormhole(saved, { platform, delegate: { wormholeClosed: (result) => void ends.push(result) } });
    await world.clock.advance(3_000);
    expect(ends).toMatchObject([{ code: "code-forgotten" }]);
  });

  // proves: session/forgetting-noticed
  it("is noticed if two others have taken the number since", async () => {
    const world = new World();
    const first = world.wormhole();
    first.setCode(CODE);
    await world.settle();
    world.server.forget();
    const [second, third] = [world.wormhole(), world.wormhole()];
    second.setCode("4-other-words");
    third.setCode("4-other-words");
    expect(await Promise.all([second.getVerifier(), third.getVerifier()])).toHaveLength(2);
    const mailboxes = world.server.mailboxes;
    await world.clock.advance(3_000);
    await expect(first.close()).rejects.toMatchObject({ code: "code-forgotten" });
    second.sendMessage(bytes("undisturbed"));
    expect(text(await third.getMessage())).toBe("undisturbed");
    expect(world.server.mailboxes).toBeLessThanOrEqual(mailboxes);
  });

  it("is noticed by a wormhole that was without a connection meanwhile", async () => {
    const world = new World();
    const wormhole = world.wormhole();
    wormhole.setCode(CODE);
    await world.settle();
    world.server.down = true;
    world.server.forget();
    await world.clock.advance(600_000);
    world.server.down = false;
    await world.clock.advance(62_000);
    await expect(wormhole.close()).rejects.toMatchObject({ code: "code-forgotten" });
  });

  it("leaves nothing if the wormhole is closed before that is noticed", async () => {
    const world = new World();
    const wormhole = world.wormhole();
    wormhole.setCode(CODE);
    await world.settle();
    world.server.forget();
    const closed = wormhole.close().catch((error: unknown) => error);
    await world.clock.advance(5_000);
    expect(await closed).toMatchObject({ code: "lonely" });
    expect([world.server.nameplates, world.server.mailboxes]).toEqual([[], 0]);
  });
});

describe("a server that remembers", () => {
  // proves: session/forgetting-noticed
  it("lets a wormhole wait on through any number of lost connections, and the peer join afterwards", async () => {
    const world = new World();
    const waiting = world.wormhole();
    waiting.setCode(CODE);
    for (let cut = 0; cut < 20; cut++) {
      await world.clock.advance(63_000);
      world.server.drop();
    }
    const peer = world.wormhole();
    peer.setCode(CODE);
    waiting.sendMessage(bytes("hello"));
    await world.clock.advance(3_000);
    expect(text(await peer.getMessage())).toBe("hello");
  });
});

describe("a server that does not answer", () => {
  // proves: session/answer-deadline
  it.each([
    ["claim", "setCode"],
    ["allocate", "allocateCode"],
  ])("%s ends the wormhole after a minute", async (command, how) => {
    const world = new World();
    world.server.answer = ({ type }) => (type === command ? [] : undefined);
    const wormhole = world.wormhole();
    if (how === "setCode") wormhole.setCode(CODE);
    else wormhole.allocateCode();
    const ended = wormhole.getVerifier().catch((error: unknown) => error);
    await world.clock.advance(59_000);
    expect(world.server.nameplates).toEqual([]);
    await world.clock.advance(7_000);
    expect(await ended).toMatchObject({ code: "server-connection", failure: "timeout" });
    await wormhole.close().catch(() => {});
    expect(world.clock.pending).toBe(0);
  });

  // proves: session/answer-deadline
  it("may be away for as long as it likes, and answers when it is back", async () => {
    const world = new World();
    world.server.answer = ({ type }) => (type === "claim" ? [] : undefined);
    const wormhole = world.wormhole();
    wormhole.setCode(CODE);
    await world.clock.advance(30_000);
    world.server.down = true;
    world.server.drop();
    await world.clock.advance(3_600_000);
    world.server.answer = () => undefined;
    world.server.down = false;
    await world.clock.advance(62_000);
    expect(world.server.nameplates).toEqual(["4"]);
  });
});

describe("a server that cuts the connection", () => {
  // proves: session/pauses-grow
  it.each(["claim", "open", "add", "bind"])("at each %s is asked ever more rarely", async (command) => {
    const world = new World();
    const wormhole = world.wormhole();
    wormhole.setCode(CODE);
    let connections = 0;
    world.server.answer = ({ type }) => {
      if (type === "bind") connections++;
      if (type === command) queueMicrotask(() => world.server.drop());
      return type === command ? [] : undefined;
    };
    await world.clock.advance(600_000);
    expect(connections).toBeGreaterThan(5);
    expect(connections).toBeLessThan(25);
    const closed = wormhole.close().catch(() => {});
    await world.clock.advance(5_000);
    await closed;
  });

  // proves: session/pauses-grow
  it("but has been of use before is asked again soon", async () => {
    const world = new World();
    const wormhole = world.wormhole();
    wormhole.setCode(CODE);
    for (let cut = 0; cut < 20; cut++) {
      await world.clock.advance(63_000);
      world.server.drop();
    }
    const before = world.server.received.length;
    await world.clock.advance(2_100);
    expect(world.server.received.length).toBeGreaterThan(before);
  });
});

describe("a full mailbox", () => {
  // proves: session/mailbox-budget
  it.each([
    ["before", false],
    ["after", true],
  ])("is refused by sendMessage %s the peer comes, and everything sent before arrives", async (_, met) => {
    const world = new World();
    const [a, b] = [world.wormhole(), world.wormhole()];
    a.setCode(CODE);
    if (met) b.setCode(CODE);
    if (met) await a.getVerifier();
    let sent = 0;
    const fill = () => {
      for (;;) {
        a.sendMessage(new Uint8Array(500_000));
        sent++;
      }
    };
    expect(fill).toThrow(expect.objectContaining({ code: "mailbox-full", message: expect.stringMatching(/dilated/) }));
    expect(sent).toBe(6);
    a.sendMessage(bytes("a short one still fits"));
    if (!met) b.setCode(CODE);
    for (let message = 0; message < sent; message++) expect(await b.getMessage()).toHaveLength(500_000);
    expect(text(await b.getMessage())).toBe("a short one still fits");
    await a.close();
    expect(world.server.mailboxes).toBe(1);
  });

  // proves: session/mailbox-budget
  it("is known to a restored wormhole", async () => {
    const world = new World();
    const { wormhole } = world.delegated();
    wormhole.setCode(CODE);
    for (let message = 0; message < 6; message++) wormhole.sendMessage(new Uint8Array(500_000));
    const saved = wormhole.serialize();
    wormhole.abandon();
    const { platform } = world;
    const restored = restoreWormhole(saved, { platform, delegate: {} });
    expect(() => restored.sendMessage(new Uint8Array(500_000))).toThrow(/mailbox server keeps/);
    restored.close();
    await world.clock.advance(6_000);
  });

  // proves: session/mailbox-budget
  it("that the server finds full ends the wormhole with a code, which every call repeats", async () => {
    const world = new World();
    world.server.answer = ({ type, phase }) =>
      type === "add" && phase === "0" ? [{ type: "error", error: "the mailbox is full: too many bytes" }] : undefined;
    const [a, b] = [world.wormhole(), world.wormhole()];
    a.setCode(CODE);
    b.setCode(CODE);
    await a.getVerifier();
    a.sendMessage(bytes("x"));
    await expect(a.getMessage()).rejects.toMatchObject({ name: "ServerError", code: "mailbox-full" });
    expect(() => a.sendMessage(bytes("y"))).toThrow(expect.objectContaining({ code: "mailbox-full" }));
  });
});
