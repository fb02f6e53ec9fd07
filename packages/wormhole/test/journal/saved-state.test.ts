/** Which saved states are restored and which are refused, in the present format and in format 1. */
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import type { JsonObject, JsonValue, SerializedWormhole } from "../../src/index.ts";
import { createWormhole, restoreWormhole, WormholeError } from "../../src/index.ts";
import { bytes, CODE, text, World } from "../session/world.ts";
import { type Checkpoint, Program } from "./program.ts";

/** The states of two wormholes from the beginning of their session to its end. */
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
  expect(states.length).toBeGreaterThan(20);
});

/** The code of the error that restoring throws, or "restored". A restored wormhole is abandoned at once. */
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

/** The same state with one place changed. */
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

/** Every place of every state whose content is checked. The application's own data may be anything. */
function places(states: SerializedWormhole[]): [SerializedWormhole, Path][] {
  return states.flatMap((state) =>
    paths(state)
      .filter((path) => path.length > 0 && !path.includes("app_versions") && !path.slice(0, -1).includes("versions"))
      .map((path): [SerializedWormhole, Path] => [state, path]),
  );
}

/**
 * Whether this place may be missing: an entry of a list, of the held messages, or of the lengths of series, or the count
 * that earlier versions did not keep.
 */
function mayBeMissing(state: SerializedWormhole, path: Path): boolean {
  const holder = path.slice(0, -1).reduce<JsonValue>((value, key) => (value as JsonObject)[key] ?? null, state);
  if (path.slice(-2).join() === "send,bytes") return true;
  return Array.isArray(holder) || ["held", "complete"].includes(path.at(-2) ?? "");
}

// proves: session/damage-refused
describe("a saved state is refused", () => {
  it("where a value has another type", () => {
    for (const [state, path] of places(states)) {
      const other = changed(state, path, (value) => (typeof value === "object" ? "x" : { x: 1 }));
      expect(verdict(other), path.join()).toBe("bad-state");
      expect(verdict(changed(state, path, () => null)), path.join()).toBe("bad-state");
    }
  });

  it("where something is missing", () => {
    for (const [state, path] of places(states)) {
      if (mayBeMissing(state, path)) continue;
      expect(verdict(changed(state, path, () => undefined)), path.join()).toBe("bad-state");
    }
  });

  it("where bytes are invalid or too few", () => {
    for (const [state, path] of places(states).filter(([, path]) => path.at(-1) === "$bytes")) {
      expect(verdict(changed(state, path, (hex) => `${String(hex)}0`)), path.join()).toBe("bad-state");
      expect(verdict(changed(state, path, (hex) => `zz${String(hex).slice(2)}`)), path.join()).toBe("bad-state");
      if (["key", "scalar"].includes(path.at(-2) ?? ""))
        expect(verdict(changed(state, path, (hex) => String(hex).slice(2))), path.join()).toBe("bad-state");
    }
  });

  it("where a state, a number or a name is unknown", () => {
    const [state] = states;
    const spoil = (path: string, value: JsonValue) =>
      verdict(changed(state as SerializedWormhole, path.split("."), () => value));
    expect(spoil("session.delivery.at", "constructor")).toBe("bad-state");
    expect(spoil("session.delivery.at", "somewhere")).toBe("bad-state");
    expect(spoil("session.delivery.messages.nextSend", -1)).toBe("bad-state");
    expect(spoil("session.delivery.messages.nextSend", 0.5)).toBe("bad-state");
    expect(spoil("session.delivery.controls", { nextSend: 1, nextReceive: 0 })).toBe("bad-state");
    expect(spoil("session.delivery.controls", { nextSend: 1, nextReceive: 0, held: { 7: "x" } })).toBe("bad-state");
    expect(spoil("session.link.client", ["one"])).toBe("bad-state");
    expect(spoil("session.allocator", { at: "allocating", words: 1e9 })).toBe("bad-state");
    expect(spoil("untold", [{ type: "surprise" }])).toBe("bad-state");
    expect(spoil("untold", [{ type: "closed", ending: { kind: "surprise" } }])).toBe("bad-state");
  });

  it("whose parts have different sides", () => {
    for (const state of states.slice(0, 4)) {
      const other = changed(state, ["session", "mailbox", "side"], () => "0123456789");
      expect(verdict(other)).toBe("bad-state");
    }
  });

  it("that is not a state at all", () => {
    for (const nothing of [
      null,
      undefined,
      7,
      "x",
      [],
      {},
      { format: 1 },
      { format: 2 },
      { format: "1" },
      new Uint8Array(3),
    ])
      expect(verdict(nothing)).toBe("bad-state");
    let deep: JsonValue = {};
    for (let level = 0; level < 100_000; level++) deep = { deep };
    expect(verdict({ ...states[0], session: deep })).toBe("bad-state");
  });

  it("with an explanation if it is of a later format", () => {
    const newer = { ...states[0], format: 3 } as SerializedWormhole;
    expect(() => restoreWormhole(newer, { delegate: {} })).toThrow(/saved in format 3.*reads formats up to 2/);
  });
});

/** States that the last version with format 1 has written: every state of each of its machines, and two conversations. */
interface Format1 {
  readonly states: SerializedWormhole[];
  /** A wormhole with a code and one message, before it reached its server. */
  readonly alone: SerializedWormhole;
  /** Two wormholes that lost their server. Each has one message that the other has not seen. */
  readonly talking: [SerializedWormhole, SerializedWormhole];
}
const format1: Format1 = JSON.parse(
  readFileSync(new URL("vectors/saved-format-1.json", import.meta.url), "utf8"),
) as Format1;

describe("a state of format 1", () => {
  // proves: session/saved-whole
  it("is restored, in every state of every machine", () => {
    for (const state of format1.states) expect(verdict(state), JSON.stringify(state)).toBe("restored");
  });

  it("is written in format 2, and is restored from that unchanged", () => {
    for (const state of format1.states) {
      const upgraded = resaved(state);
      expect(upgraded.format).toBe(2);
      expect(resaved(upgraded)).toEqual(upgraded);
      expect(JSON.stringify(upgraded)).not.toMatch(/boss|scared|welcomed|stamp/);
    }
  });

  it("is refused where a value has another type or is missing", () => {
    for (const [state, path] of places(format1.states)) {
      // Format 1 kept the stamp of a connection in the link. It is no longer read.
      if (path.includes("stamp") || path.includes("names")) continue;
      const other = changed(state, path, (value) => (typeof value === "object" ? "x" : { x: 1 }));
      expect(verdict(other), path.join()).toBe("bad-state");
      if (mayBeMissing(state, path) || ["heldCode", "dilation", "complete"].includes(path.at(-1) ?? "")) continue;
      expect(verdict(changed(state, path, () => undefined)), path.join()).toBe("bad-state");
    }
  });

  it("that waits for its peer can still meet it", async () => {
    const world = new World();
    const peer = world.wormhole();
    peer.setCode(CODE);
    const waiting = restoreWormhole(format1.alone, { platform: world.platform, delegate: {} });
    waiting.sendMessage(bytes("two"));
    await world.settle();
    expect([text(await peer.getMessage()), text(await peer.getMessage())]).toEqual(["one", "two"]);
    expect(await peer.getVersions()).toEqual({});
    waiting.close();
  });

  it("in a conversation continues: no message is lost or told twice", async () => {
    const world = new World();
    const heard: string[] = [];
    const [a, b] = format1.talking.map((state, side) => {
      const note = (message: Uint8Array) => void heard.push(`${side === 0 ? "a" : "b"} ${text(message)}`);
      return restoreWormhole(state, { platform: world.platform, delegate: { wormholeGotMessage: note } });
    });
    await world.settle();
    a?.sendMessage(bytes("tres"));
    b?.sendMessage(bytes("four"));
    await world.settle();
    expect(heard.toSorted()).toEqual(["a four", "a three", "b dos", "b tres"]);
    a?.close();
    b?.close();
    await world.settle();
    expect(world.server.mailboxes).toBe(0);
  });
});

/** The state as it is saved again after it was restored. */
function resaved(state: SerializedWormhole): SerializedWormhole {
  const restored = restoreWormhole(state, { delegate: {} });
  const again = restored.serialize();
  restored.abandon();
  return again;
}

describe("the data of the application", () => {
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

  it("is copied, so later changes of the object have no effect", () => {
    const versions = { list: [1] };
    const wormhole = fresh(versions);
    versions.list.push(2);
    expect(versionsOf(wormhole.serialize())).toEqual({ list: [1] });
    wormhole.abandon();
  });

  it("is a TypeError if it is not JSON, or is nested too deeply for the peer", () => {
    let deep: JsonObject = {};
    for (let level = 0; level < 32; level++) deep = { deep };
    const circle: { [name: string]: unknown } = {};
    circle.self = circle;
    for (const versions of [deep, circle, [], null, 7, "x", () => 7])
      expect(() => fresh(versions as unknown as JsonObject)).toThrow(TypeError);
  });
});
