import { beforeAll, describe, expect, it } from "vitest";
import type { JsonObject, JsonValue, SerializedWormhole } from "../../src/index.ts";
import { createWormhole, restoreWormhole, WormholeError } from "../../src/index.ts";
import { type Checkpoint, Program, World } from "./program.ts";

/** States from the beginning of a session to its end. */
let states: SerializedWormhole[];

beforeAll(async () => {
  const world = new World();
  const [a, b] = ["a", "b"].map(
    (name) => new Program(name, world, (wormhole) => wormhole.setCode("4-purple-sausages")),
  );
  await world.clock.advance(10_000);
  states = [a, b]
    .flatMap((program) => program?.checkpoints ?? [])
    .map((text) => (JSON.parse(text) as Checkpoint).wormhole);
});

/** What restoring says; a wormhole that comes to life is let go at once. */
function verdict(state: unknown): string {
  try {
    restoreWormhole(state as SerializedWormhole, { delegate: {} }).abandon();
    return "restored";
  } catch (error) {
    if (error instanceof WormholeError) return error.code;
    throw error;
  }
}

type Path = readonly string[];

function paths(value: JsonValue, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => paths(inner, [...path, key]))];
}

/** The same state, but for one place. */
function changed(
  state: SerializedWormhole,
  path: Path,
  change: (value: JsonValue | undefined) => JsonValue | undefined,
) {
  const copy = structuredClone(state);
  const last = path.at(-1) ?? "";
  const holder = path.slice(0, -1).reduce<JsonObject>((object, key) => object[key] as JsonObject, copy);
  const value = change(holder[last]);
  if (value === undefined) delete holder[last];
  else holder[last] = value;
  return copy;
}

/** Every place of every state where not anything may stand, as what the application gave. */
function places(): [SerializedWormhole, Path][] {
  return states.flatMap((state) =>
    paths(state)
      .filter((path) => path.length > 0 && !path.includes("app_versions"))
      .map((path): [SerializedWormhole, Path] => [state, path]),
  );
}

describe("a saved state is refused", () => {
  it("where a value has another type", () => {
    for (const [state, path] of places()) {
      const other = changed(state, path, (value) => (typeof value === "object" ? "x" : { x: 1 }));
      expect(verdict(other), path.join()).toBe("bad-state");
      expect(verdict(changed(state, path, () => null)), path.join()).toBe("bad-state");
    }
  });

  it("where something is missing, unless earlier versions did not have it", () => {
    for (const [state, path] of places()) {
      const list = path.slice(0, -1).reduce<JsonValue>((value, key) => (value as JsonObject)[key] ?? null, state);
      if (Array.isArray(list) || path.at(-2) === "held" || path.includes("complete")) continue;
      expect(verdict(changed(state, path, () => undefined)), path.join()).toBe("bad-state");
    }
  });

  it("where bytes are no bytes, or too few of them", () => {
    for (const [state, path] of places().filter(([, path]) => path.at(-1) === "$bytes")) {
      expect(verdict(changed(state, path, (hex) => `${String(hex)}0`)), path.join()).toBe("bad-state");
      expect(verdict(changed(state, path, (hex) => `zz${String(hex).slice(2)}`)), path.join()).toBe("bad-state");
      if (["key", "scalar"].includes(path.at(-2) ?? ""))
        expect(verdict(changed(state, path, (hex) => String(hex).slice(2))), path.join()).toBe("bad-state");
    }
  });

  it("where a machine, a number or a name is of no known kind", () => {
    const [state] = states;
    const spoil = (path: string, value: JsonValue) =>
      verdict(changed(state as SerializedWormhole, path.split("."), () => value));
    expect(spoil("session.boss.at", "constructor")).toBe("bad-state");
    expect(spoil("session.boss.at", "somewhere")).toBe("bad-state");
    expect(spoil("session.boss.nextSend", -1)).toBe("bad-state");
    expect(spoil("session.boss.nextSend", 0.5)).toBe("bad-state");
    expect(spoil("session.boss.dilation", { nextSend: 1, nextReceive: 0 })).toBe("bad-state");
    expect(spoil("session.boss.dilation", { nextSend: 1, nextReceive: 0, held: { 7: "x" } })).toBe("bad-state");
    expect(spoil("session.link.client", ["one"])).toBe("bad-state");
    expect(spoil("session.allocator", { at: "allocating", words: 1e9 })).toBe("bad-state");
    expect(spoil("untold", [{ type: "surprise" }])).toBe("bad-state");
    expect(spoil("untold", [{ type: "closed", ending: { kind: "surprise" } }])).toBe("bad-state");
  });

  it("whose parts speak for different sides", () => {
    for (const state of states.slice(0, 4)) {
      const other = changed(state, ["session", "mailbox", "side"], () => "0123456789");
      expect(verdict(other)).toBe("bad-state");
    }
  });

  it("that is no state at all", () => {
    for (const nothing of [null, undefined, 7, "x", [], {}, { format: 1 }, { format: "1" }, new Uint8Array(3)])
      expect(verdict(nothing)).toBe("bad-state");
    let deep: JsonValue = {};
    for (let level = 0; level < 100_000; level++) deep = { deep };
    expect(verdict({ ...states[0], session: deep })).toBe("bad-state");
  });

  it("with a sentence, if it is of another version", () => {
    const newer = { ...states[0], format: 2 } as SerializedWormhole;
    expect(() => restoreWormhole(newer, { delegate: {} })).toThrow(/saved in format 2.*reads format 1/);
  });
});

describe("a state that was saved before there was dilation", () => {
  /** As it was then: each name by itself, and one series. */
  function before(state: SerializedWormhole): SerializedWormhole {
    const { session } = structuredClone(state);
    const { complete = {}, heard, ...mailbox } = session.mailbox as JsonObject;
    const names = Object.entries(complete as { [series: string]: number }).flatMap(([series, next]) =>
      Array.from({ length: next }, (_, n) => `${series}${n}`),
    );
    const all = heard ? { ...mailbox, heard: [...(heard as string[]), ...names] } : mailbox;
    return { ...state, session: { ...session, mailbox: all } };
  }

  it("is restored, whatever the state", () => {
    const old = states.map(before);
    expect(JSON.stringify(old)).not.toContain('"complete"');
    expect(JSON.stringify(old)).not.toContain('"dilation"');
    expect(JSON.stringify(old)).toMatch(/"heard":\["\w+ pake","\w+ version","\w+ 0","\w+ 1"/);
    for (const state of old) expect(verdict(state)).toBe("restored");
  });

  it("goes on: what was heard is not told again, and what comes then is", async () => {
    const world = new World();
    const seen: string[] = [];
    const words: string[] = [];
    const delegate = { wormholeGotMessage: (message: Uint8Array) => seen.push(new TextDecoder().decode(message)) };
    const { relayUrl, platform } = world;
    const options = { appId: "example.com/test", relayUrl, platform };
    const [a, b] = [createWormhole({ ...options, delegate }), createWormhole({ ...options, delegate: {} })];
    const say = async (word: string) => {
      words.push(word);
      b.sendMessage(new TextEncoder().encode(word));
      await world.clock.advance(0);
    };
    for (const wormhole of [a, b]) wormhole.setCode("4-purple-sausages");
    for (const word of ["one", "two", "three"]) await say(word);
    const state = before(a.serialize());
    a.abandon();
    const again = restoreWormhole(state, { platform, delegate });
    for (const word of ["four", "five"]) await say(word);
    expect(seen).toEqual(words);
    const { heard, complete } = again.serialize().session.mailbox as JsonObject;
    expect(heard).toEqual([expect.stringMatching(/ pake$/), expect.stringMatching(/ version$/)]);
    expect(Object.values(complete as JsonObject)).toEqual([5]);
    again.close();
    b.close();
    await world.clock.advance(0);
  });
});

describe("what the application gave", () => {
  const fresh = (versions: JsonObject) =>
    createWormhole({ appId: "example.com/test", relayUrl: "ws://127.0.0.1:1/v1", versions, delegate: {} });
  const versionsOf = ({ session }: SerializedWormhole) => (session.key as { version: JsonObject }).version.app_versions;

  it("may hold keys that begin with a dollar sign, or any others", () => {
    const versions = JSON.parse(
      '{"$bytes": "00", "$$bytes": {"$": [{"$bytes": "not hex"}]}, "__proto__": {"x": 1}, "constructor": null, "": 0}',
    ) as JsonObject;
    const first = fresh(versions);
    const state = JSON.stringify(first.serialize());
    first.abandon();
    const second = restoreWormhole(JSON.parse(state) as SerializedWormhole, { delegate: {} });
    expect(JSON.stringify(second.serialize())).toBe(state);
    second.abandon();
    expect(versionsOf(JSON.parse(state) as SerializedWormhole)).toHaveProperty("$$bytes", "00");
  });

  it("is copied: what becomes of the object later changes nothing", () => {
    const versions = { list: [1] };
    const wormhole = fresh(versions);
    versions.list.push(2);
    expect(versionsOf(wormhole.serialize())).toEqual({ list: [1] });
    wormhole.abandon();
  });

  it("is a TypeError if JSON cannot say it, or the peer would not read it", () => {
    let deep: JsonObject = {};
    for (let level = 0; level < 32; level++) deep = { deep };
    const circle: { [name: string]: unknown } = {};
    circle.self = circle;
    for (const versions of [deep, circle, [], null, 7, "x", () => 7])
      expect(() => fresh(versions as unknown as JsonObject)).toThrow(TypeError);
  });
});
