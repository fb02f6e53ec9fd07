/** Pending and later calls when a wormhole ends: all getters behave alike, for each way to end. */
import { describe, expect, it } from "vitest";
import {
  LonelyError,
  NoKeyError,
  ServerConnectionError,
  ServerError,
  WelcomeError,
  type Wormhole,
  WormholeClosedError,
  type WormholeError,
  WrongPasswordError,
} from "../../src/index.ts";
import { bytes, CODE, text, World } from "./world.ts";

const GETTERS = ["getWelcome", "getCode", "getUnverifiedKey", "getVerifier", "getVersions", "getMessage"] as const;
type Getter = (typeof GETTERS)[number];

interface Ending {
  readonly name: string;
  /** The peer's code. If it is missing, there is no peer. */
  readonly peer?: string;
  readonly downAtFirst?: true;
  readonly refusal?: string;
  /** Ends the wormhole, once everything has settled. */
  readonly cause: (world: World, close: () => void) => void;
  /** The getters whose values arrive before the end. The peer sends three messages, and one `getMessage` is pending. */
  readonly fired: readonly Getter[];
  /** `close()` rejects with an error of this class. If it is missing, `close()` resolves to "happy". */
  readonly error?: new (
    ...given: never
  ) => WormholeError;
}

const nothing = () => {};
const ENDINGS: readonly Ending[] = [
  // proves: api/close-happy
  { name: "close() after the peer was verified", peer: CODE, cause: (_, close) => close(), fired: GETTERS },
  {
    name: "close() without a peer",
    cause: (_, close) => close(),
    fired: ["getWelcome", "getCode"],
    error: LonelyError,
  },
  {
    // proves: api/event-key
    name: "another code on the other side",
    peer: `${CODE}-not`,
    cause: nothing,
    fired: ["getWelcome", "getCode", "getUnverifiedKey"],
    error: WrongPasswordError,
  },
  {
    name: "a message that does not decrypt, after others that did",
    peer: CODE,
    cause: ({ server }) => server.say({ type: "message", side: "them", phase: "7", body: "00" }),
    fired: GETTERS,
    error: WrongPasswordError,
  },
  // proves: api/welcome-error
  { name: "a welcome with an error", refusal: "go away", cause: nothing, fired: [], error: WelcomeError },
  {
    // proves: api/welcome-error
    name: "a later welcome with an error",
    peer: CODE,
    cause: ({ server }) => server.say({ type: "welcome", welcome: { error: "enough" } }),
    fired: GETTERS,
    error: WelcomeError,
  },
  {
    // proves: api/server-errors
    name: "an error of the server",
    peer: CODE,
    cause: ({ server }) => server.say({ type: "error", error: "crowded" }),
    fired: GETTERS,
    error: ServerError,
  },
  {
    name: "close() while the server is gone",
    peer: CODE,
    cause: ({ server }, close) => {
      server.down = true;
      server.drop();
      close();
    },
    fired: GETTERS,
    error: ServerConnectionError,
  },
  {
    name: "a server that was never reached",
    downAtFirst: true,
    cause: nothing,
    fired: [],
    error: ServerConnectionError,
  },
];

function prepared({ peer, downAtFirst, refusal }: Ending): World {
  const world = new World();
  world.server.down = downAtFirst ?? false;
  if (refusal !== undefined) world.server.welcome = { error: refusal };
  if (peer === undefined) return world;
  const other = world.wormhole({ versions: { hello: 1 } });
  other.setCode(peer);
  for (const word of ["one", "two", "three"]) other.sendMessage(bytes(word));
  return world;
}

/** Ends the wormhole, and advances the clock by the longest time that this may take. */
async function end(world: World, { cause }: Ending, close: () => void): Promise<void> {
  await world.settle();
  cause(world, close);
  await world.clock.advance(5_000);
}

const getter = (wormhole: Wormhole, name: Getter): Promise<unknown> => wormhole[name]();
const outcome = (promise: Promise<unknown>) =>
  promise.then(
    () => "fired",
    (error: unknown) => error,
  );

describe.each(ENDINGS)("after $name", (ending) => {
  /** The error of later getters. */
  const Later = ending.error ?? WormholeClosedError;

  // proves: api/call-getters, api/verifier-optional
  it("pending calls get the error, and values that had arrived stay", async () => {
    const world = prepared(ending);
    const wormhole = world.wormhole();
    wormhole.setCode(CODE);
    const pending = GETTERS.map((name) => ({ name, result: outcome(getter(wormhole, name)) }));
    await end(world, ending, () => void wormhole.close().catch(nothing));
    for (const { name, result } of pending) {
      if (ending.fired.includes(name)) expect(await result, name).toBe("fired");
      else expect(await result, name).toBeInstanceOf(Later);
    }
  });

  // proves: api/one-message-a-call
  it("every later call gets the error, even for a value that had arrived", async () => {
    const world = prepared(ending);
    const wormhole = world.wormhole();
    wormhole.setCode(CODE);
    await end(world, ending, () => void wormhole.close().catch(nothing));
    for (const name of GETTERS.filter((name) => name !== "getMessage")) {
      expect(await outcome(getter(wormhole, name)), name).toBeInstanceOf(Later);
    }
    if (ending.fired.includes("getMessage")) {
      for (const word of ["one", "two", "three"]) expect(text(await wormhole.getMessage())).toBe(word);
    }
    expect(await outcome(wormhole.getMessage())).toBeInstanceOf(Later);
    expect(await outcome(wormhole.getMessage())).toBeInstanceOf(Later);
  });

  it("messages() returns messages that had arrived, then ends as the wormhole did", async () => {
    const world = prepared(ending);
    const wormhole = world.wormhole();
    wormhole.setCode(CODE);
    const read = async () => {
      const words: string[] = [];
      const all = (async () => {
        for await (const message of wormhole.messages()) words.push(text(message));
      })();
      return { words, end: await outcome(all) };
    };
    const early = read();
    await end(world, ending, () => void wormhole.close().catch(nothing));
    const heard = ending.fired.includes("getMessage") ? ["one", "two", "three"] : [];
    const over = ending.error ? expect.any(ending.error) : "fired";
    expect(await early).toEqual({ words: heard, end: over });
    expect(await read()).toEqual({ words: [], end: over });
  });

  // proves: api/close-errors
  it("every close() has the same result, and controls throw", async () => {
    const world = prepared(ending);
    const wormhole = world.wormhole();
    wormhole.setCode(CODE);
    await end(world, ending, () => void wormhole.close().catch(nothing));
    const results = await Promise.all([outcome(wormhole.close()), outcome(wormhole.close())]);
    expect(results[0]).toEqual(ending.error ? expect.any(ending.error) : "fired");
    expect(results[1]).toBe(results[0]);
    // After a failure, calls do not pretend that all had ended well.
    const failed = ending.error !== undefined && ending.error !== LonelyError && !ending.name.startsWith("close()");
    const Reason = failed ? ending.error : WormholeClosedError;
    expect(() => wormhole.sendMessage(bytes("late"))).toThrow(Reason);
    for (const again of [() => wormhole.setCode("5-a"), () => wormhole.allocateCode(), () => wormhole.inputCode()])
      expect(again).toThrow(Reason);
    // After a wrong code there is no key.
    const keyed = ending.fired.includes("getUnverifiedKey") && ending.error !== WrongPasswordError;
    if (keyed) expect(wormhole.deriveKey("p", 5)).toHaveLength(5);
    else expect(() => wormhole.deriveKey("p", 5)).toThrow(NoKeyError);
  });

  // proves: session/nothing-told-after-the-end, api/call-close, api/close, api/event-error
  it("a delegate is told about the end once, as the last event", async () => {
    const world = prepared(ending);
    const { wormhole, told } = world.delegated();
    wormhole.setCode(CODE);
    await end(world, ending, () => wormhole.close());
    wormhole.close();
    await world.clock.advance(60_000);
    expect(told.filter(({ name }) => name === "wormholeClosed")).toHaveLength(1);
    expect(told.at(-1)).toEqual({
      name: "wormholeClosed",
      value: ending.error ? expect.any(ending.error) : "happy",
    });
    expect(told.filter(({ name }) => name === "wormholeGotMessage")).toHaveLength(
      ending.fired.includes("getMessage") ? 3 : 0,
    );
  });
});
