/** A wormhole and the program that uses it: its signal, its callbacks, and `await using`. */
import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import {
  createWormhole,
  LonelyError,
  OnlyOneCodeError,
  restoreWormhole,
  type Welcome,
  WormholeClosedError,
} from "../../src/index.ts";
import { bytes, CODE, reported, text, World } from "./world.ts";

const nothing = () => {};

describe("a signal", () => {
  it("that has already aborted ends the wormhole at once and leaves nothing at the server", async () => {
    const world = new World();
    const enough = new Error("enough");
    const wormhole = world.wormhole({ signal: AbortSignal.abort(enough) });
    wormhole.setCode(CODE);
    const input = () => wormhole.inputCode();
    await expect(wormhole.getVerifier()).rejects.toBe(enough);
    await expect(wormhole.close()).rejects.toBe(enough);
    expect(input).toThrow(WormholeClosedError);
    await world.settle();
    expect(world.server.received).toEqual([]);
  });

  it.each([0, 1, 2, 3, 5, 8, 13, 21])(
    "that aborts %i microtasks after the start leaves nothing at the server",
    async (turns) => {
      const world = new World();
      const abort = new AbortController();
      const { wormhole, told } = world.delegated({ signal: abort.signal });
      wormhole.allocateCode();
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      abort.abort();
      await world.clock.advance(5_000);
      expect(told.at(-1)).toEqual({ name: "wormholeClosed", value: expect.any(LonelyError) });
      expect([world.server.nameplates, world.server.mailboxes]).toEqual([[], 0]);
    },
  );

  it("that aborts after the peer was verified closes the wormhole normally", async () => {
    const world = new World();
    const abort = new AbortController();
    const [a, b] = [world.wormhole({ signal: abort.signal }), world.wormhole()];
    a.setCode(CODE);
    b.setCode(CODE);
    await a.getVerifier();
    abort.abort();
    await expect(a.getMessage()).rejects.toBe(abort.signal.reason);
    expect(await a.close()).toBe("happy");
  });

  it("ends every wait with its reason at once, and close() when everything is released", async () => {
    const world = new World();
    const abort = new AbortController();
    const enough = new Error("enough");
    const wormhole = world.wormhole({ signal: abort.signal });
    const input = wormhole.inputCode();
    const waits = [wormhole.getCode(), wormhole.getMessage(), wormhole.messages().next(), wormhole.getVersions()];
    const ends = [wormhole.closed, input.whenWordlistIsAvailable()];
    await wormhole.getWelcome();
    abort.abort(enough);
    for (const wait of [...waits, ...ends, wormhole.getWelcome(), wormhole.close(), wormhole.dilate()])
      await expect(wait).rejects.toBe(enough);
  });

  it("is told to a delegate as the cause of the end, and refuses to restore a wormhole", async () => {
    const world = new World();
    const signal = AbortSignal.abort(new Error("enough"));
    const { told } = world.delegated({ signal });
    await world.settle();
    expect(told).toEqual([{ name: "wormholeClosed", value: expect.objectContaining({ cause: signal.reason }) }]);
    expect(world.server.received).toEqual([]);
    const state = world.delegated().wormhole.serialize();
    expect(() => restoreWormhole(state, { delegate: {}, signal })).toThrow("enough");
  });

  it("has one listener, however many wormholes share it", async () => {
    const world = new World();
    const abort = new AbortController();
    const many = Array.from({ length: 30 }, () => world.wormhole({ signal: abort.signal }));
    expect(getEventListeners(abort.signal, "abort")).toHaveLength(1);
    abort.abort(new Error("enough"));
    for (const wormhole of many) await expect(wormhole.closed).rejects.toThrow("enough");
  });

  it("that aborts after the end does nothing and has no listeners left", async () => {
    const world = new World();
    const abort = new AbortController();
    const { signal } = abort;
    const wormhole = world.wormhole({ signal });
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    await expect(wormhole.close()).rejects.toThrow(LonelyError);
    expect(getEventListeners(signal, "abort")).toEqual([]);
    abort.abort();
    await world.settle();
    await expect(wormhole.close()).rejects.toThrow(LonelyError);
  });
});

describe("await using", () => {
  it("closes at the end of the block, even without a peer", async () => {
    const world = new World();
    {
      await using wormhole = createWormhole(world.options());
      wormhole.allocateCode();
      await wormhole.getCode();
      expect(world.server.nameplates).toEqual(["1"]);
    }
    expect([world.server.nameplates, world.server.mailboxes]).toEqual([[], 0]);
  });

  it("throws the error of the block, not that of the wormhole", async () => {
    const world = new World();
    const block = async () => {
      await using wormhole = createWormhole(world.options());
      wormhole.setCode(CODE);
      throw new Error("the block's own");
    };
    await expect(block()).rejects.toThrow("the block's own");
  });
});

describe("callbacks", () => {
  it("that throw are reported and do no harm, in both flavours", async () => {
    const errors = reported();
    const world = new World();
    const fault = new Error("not the wormhole's");
    const fail = () => {
      throw fault;
    };
    const a = world.wormhole({ welcomeHandler: fail, onStatus: fail });
    const { wormhole: b, told } = world.delegated({ welcomeHandler: fail, onStatus: fail }, fail);
    a.setCode(CODE);
    b.setCode(CODE);
    a.sendMessage(bytes("hello"));
    b.sendMessage(bytes("hello yourself"));
    expect(text(await a.getMessage())).toBe("hello yourself");
    await world.settle();
    b.close();
    expect(await a.close()).toBe("happy");
    await world.settle();
    expect(told.map(({ name }) => name.replace(/^wormhole(?:Got)?/, ""))).toEqual([
      ...["Welcome", "Code", "UnverifiedKey", "Verifier", "Versions", "Message", "Closed"],
    ]);
    expect(errors.length).toBeGreaterThan(told.length);
    expect(new Set(errors)).toEqual(new Set([fault]));
  });

  // proves: api/event-key
  it("may call the wormhole from within", async () => {
    const errors = reported();
    const world = new World();
    const { wormhole: a, told } = world.delegated({}, ({ name, value }) => {
      if (name === "wormholeGotCode") expect(() => a.setCode(CODE)).toThrow(OnlyOneCodeError);
      if (name === "wormholeGotUnverifiedKey") key = a.deriveKey("purpose", 32);
      if (name === "wormholeGotVersions") a.sendMessage(bytes("from within"));
      if (name === "wormholeGotMessage") a.close();
      if (name === "wormholeClosed") expect(value).toBe("happy");
    });
    let key: Uint8Array | undefined;
    const b = world.wormhole();
    a.setCode(CODE);
    b.setCode(CODE);
    expect(text(await b.getMessage())).toBe("from within");
    expect(key).toEqual(b.deriveKey("purpose", 32));
    b.sendMessage(bytes("done"));
    await world.settle();
    expect(told.at(-1)).toEqual({ name: "wormholeClosed", value: "happy" });
    expect(errors).toEqual([]);
  });

  // proves: api/advised-version, api/welcome-first, api/welcome-handler, api/welcome-whole
  it("get the whole welcome once, before the code, even if the server sends it again", async () => {
    const world = new World();
    world.server.welcome = { motd: "two\nlines", current_cli_version: "9.9", later: { unknown: [1] } };
    const seen: (Welcome | string)[] = [];
    const wormhole = world.wormhole({ welcomeHandler: (welcome) => void seen.push(welcome) });
    wormhole.setCode(CODE);
    seen.push(await wormhole.getCode());
    world.server.say({ type: "welcome", welcome: { motd: "again" } });
    world.server.drop();
    await world.clock.advance(5_000);
    expect(seen).toEqual([world.server.welcome, CODE]);
    expect(await wormhole.getWelcome()).toEqual(world.server.welcome);
    wormhole.close().catch(nothing);
  });
});
