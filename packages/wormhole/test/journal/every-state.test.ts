/** Every state of every machine is saved as JSON and restored. */
import { beforeAll, describe, expect, it } from "vitest";
import {
  CheckpointJournal,
  createWormhole,
  type DelegatedWormhole,
  type JsonObject,
  restoreWormhole,
  type SerializedWormhole,
} from "../../src/index.ts";
import { machines } from "../../src/session/machines/machines.ts";
import { World } from "../session/world.ts";

/** Every state of every wormhole in these sessions, as JSON. */
const states = new Set<string>();

/** A wormhole whose states are collected. */
function recorded(world: World): DelegatedWormhole {
  const journal = new CheckpointJournal(() => void states.add(JSON.stringify(wormhole.serialize())));
  const { platform, relayUrl } = world;
  const options = { appId: "example.com/test", relayUrl, delegate: {}, journal, platform };
  const wormhole = createWormhole(options);
  return wormhole;
}

const sessions: { [name: string]: (world: World) => Promise<void> } = {
  async "two sides meet, talk and part"(world) {
    const [a, b] = [recorded(world), recorded(world)];
    a.allocateCode();
    a.sendMessage(Uint8Array.of(1));
    await world.clock.advance(0);
    const input = b.inputCode();
    await world.clock.advance(0);
    input.chooseNameplate("1");
    input.chooseWords((a.serialize().session.code as { code: string }).code.slice(2));
    b.sendMessage(Uint8Array.of(2));
    await world.clock.advance(0);
    world.server.drop();
    await world.clock.advance(10_000);
    a.close();
    b.close();
    await world.clock.advance(0);
  },
  async "the server is lost while a wormhole waits"(world) {
    recorded(world).setCode("4-purple-sausages");
    await world.clock.advance(0);
    world.server.drop();
    await world.clock.advance(10_000);
    world.server.forget();
    await world.clock.advance(10_000);
  },
  async "the codes differ"(world) {
    recorded(world).setCode("4-purple-sausages");
    recorded(world).setCode("4-purple-sausage");
    await world.clock.advance(0);
  },
  async "the peer answers with nonsense"(world) {
    recorded(world).setCode("4-purple-sausages");
    await world.clock.advance(0);
    world.server.say({ type: "message", side: "0badc0ffee", phase: "pake", body: "00" });
    await world.clock.advance(0);
  },
  async "one side leaves at any moment"(world) {
    for (let moment = 0; moment < 30; moment++) {
      const wormhole = recorded(world);
      if (moment % 2 === 0) wormhole.allocateCode();
      else wormhole.setCode(`${100 + moment}-purple-sausages`);
      for (let turn = 0; turn < moment; turn++) await Promise.resolve();
      wormhole.close();
      await world.clock.advance(5_000);
    }
  },
  async "the server requires work"(world) {
    world.server.welcome = { "permission-required": { hashcash: { bits: 1, resource: "example.com" } } };
    recorded(world).setCode("4-purple-sausages");
    await world.clock.advance(10_000);
  },
};

beforeAll(async () => {
  for (const play of Object.values(sessions)) {
    const world = new World();
    await play(world);
    await world.clock.advance(60_000);
  }
});

/** The same state as another process restores it: the link is down, and no code is being typed. */
function withoutLiveParts(state: SerializedWormhole): JsonObject {
  const { link, code } = state.session as { link: JsonObject; code: JsonObject };
  const { at, appId, side, client, first, attempts } = link as { [name: string]: string };
  const typing = code.at === "choosingNameplate" || code.at === "choosingWords";
  const session = {
    ...state.session,
    link: at === "stopped" ? { at } : { at: "fresh", appId, side, client, first, attempts },
    permission: { at: "unconnected" },
    code: typing ? { at: "none" } : code,
  };
  return { ...state, session } as JsonObject;
}

describe("a wormhole", () => {
  it("takes every state of every machine in these sessions", () => {
    const seen = new Set<string>();
    for (const text of states) {
      const { session } = JSON.parse(text) as SerializedWormhole;
      for (const [name, state] of Object.entries(session)) seen.add(`${name} ${String((state as JsonObject).at)}`);
    }
    const all = Object.entries(machines).flatMap(([name, { table }]) =>
      Object.keys(table).map((at) => `${name} ${at}`),
    );
    expect(all.filter((state) => !seen.has(state))).toEqual([]);
  });

  // proves: session/saved-whole, api/restore
  it("is restored from JSON as it was saved, with its link down, in every state", () => {
    expect(states.size).toBeGreaterThan(100);
    for (const text of states) {
      const state = JSON.parse(text) as SerializedWormhole;
      const restored = restoreWormhole(JSON.parse(text) as SerializedWormhole, { delegate: {} });
      const again = restored.serialize();
      restored.abandon();
      expect(again).toEqual(withoutLiveParts(state));
    }
  });

  // proves: api/serialize
  it("is plain JSON when it is serialized", () => {
    for (const text of states) {
      const restored = restoreWormhole(JSON.parse(text) as SerializedWormhole, { delegate: {} });
      const state = restored.serialize();
      restored.abandon();
      expect(JSON.parse(JSON.stringify(state))).toStrictEqual(state);
    }
  });
});
