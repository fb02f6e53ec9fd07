/** Helpers for tests of saved wormholes: delegates that record events, and functions that create and restore wormholes. */
import {
  type CheckpointJournal,
  createWormhole,
  type DelegatedWormhole,
  restoreWormhole,
  type SerializedWormhole,
  type WormholeDelegate,
} from "../../src/index.ts";
import { bytes, CODE, type World } from "../session/world.ts";

/** A delegate that records the name of each event, and runs the function that `at` has for it. */
export function listener(at: { [event: string]: () => void } = {}): WormholeDelegate & { seen: string[] } {
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

/** All events of a session with {@link peer}, in order. */
export const ALL = ["welcome", "code", "key", "verifier", "versions", "message x", "message y", "closed happy"];

/** Makes a wormhole of a world. */
export function create(world: World, delegate: WormholeDelegate, journal?: CheckpointJournal): DelegatedWormhole {
  const { relayUrl, platform } = world;
  return createWormhole({ appId: "example.com/test", relayUrl, platform, delegate, ...(journal && { journal }) });
}

/** Restores a wormhole from JSON. */
export function restore(world: World, state: SerializedWormhole, delegate: WormholeDelegate): DelegatedWormhole {
  const { platform } = world;
  return restoreWormhole(JSON.parse(JSON.stringify(state)) as SerializedWormhole, { platform, delegate });
}

/** A peer that sends x and y. */
export function peer(world: World): DelegatedWormhole {
  const wormhole = create(world, {});
  wormhole.setCode(CODE);
  wormhole.sendMessage(bytes("x"));
  wormhole.sendMessage(bytes("y"));
  return wormhole;
}
