/** Saving and restoring a wormhole that uses Tor. */
import { expect, it } from "vitest";
import { createWormhole, restoreWormhole, type Tor } from "../../src/index.ts";
import { bytes, CODE, text, World } from "./world.ts";

it("a wormhole that was made with Tor is marked in its state, and is restored with Tor only", async () => {
  const world = new World();
  const { openMessageSocket } = world.server;
  const dial = () => Promise.reject(new Error("no bulk data here"));
  const tor: Tor = { streams: () => ({ openMessageSocket, network: { isTor: true, dial, addresses: () => [] } }) };
  const clock = { clock: world.clock };
  const options = { appId: "example.com/test", relayUrl: "ws://memory/v1", platform: clock, tor };
  const first = createWormhole({ ...options, delegate: {} });
  first.setCode(CODE);
  await world.settle();
  const state = first.serialize();
  first.abandon();
  expect(state.tor).toBe(true);
  expect(() => restoreWormhole(state, { platform: clock, delegate: {} })).toThrow("made with tor");

  const peer = world.wormhole();
  peer.setCode(CODE);
  peer.sendMessage(bytes("hello"));
  const heard: string[] = [];
  const delegate = { wormholeGotMessage: (message: Uint8Array) => void heard.push(text(message)) };
  const second = restoreWormhole(state, { platform: clock, delegate, tor });
  await world.settle();
  expect(heard).toEqual(["hello"]);
  second.close();
});
