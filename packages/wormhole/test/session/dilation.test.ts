/** The session's part in dilation: the announcement of the ability, and the control messages. */
import { hexToBytes } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import { phaseKey } from "../../src/crypto/keys.ts";
import { decrypt } from "../../src/crypto/secretbox.ts";
import { createWormhole, type JsonObject, restoreWormhole, type WormholeOptions } from "../../src/index.ts";
import { FILE_TRANSFER_APP_ID, sendText } from "../../src/node.ts";
import { Bare } from "./bare.ts";
import { bytes, CODE, text, World } from "./world.ts";

const ABILITY = {
  "can-dilate": ["ged"],
  "dilation-abilities": [{ type: "direct-tcp-v1" }, { type: "relay-v1" }],
};

/** The phase `version` of each side, decrypted. */
function announced({ server }: World, key: Uint8Array): JsonObject[] {
  const sides = server.received.flatMap(({ side }) => (typeof side === "string" ? [side] : []));
  const bodies = server.received.flatMap(({ phase, body }) => (phase === "version" ? [hexToBytes(String(body))] : []));
  return sides.flatMap((side) =>
    bodies.flatMap((body) => {
      const plaintext = decrypt(phaseKey(key, side, "version"), body);
      return plaintext ? [JSON.parse(text(plaintext)) as JsonObject] : [];
    }),
  );
}

/** The announcement of a wormhole with these options, and the event at its peer. */
async function announcement(more: (world: World) => Partial<WormholeOptions>, delegate?: object) {
  const world = new World();
  const options = world.options({ versions: { a: 1 }, ...more(world) });
  const ours = delegate ? createWormhole({ ...options, delegate }) : createWormhole(options);
  const peer = new Bare(world.options(), false);
  ours.setCode(CODE);
  peer.setCode(CODE);
  await world.settle();
  const key = peer.seen.flatMap((event) => (event.type === "key" ? [event.key] : []))[0] as Uint8Array;
  const [said] = announced(world, key);
  const heard = peer.seen.find(({ type }) => type === "versions");
  peer.close();
  void ours.close();
  await world.settle();
  return { said, heard };
}

describe("the ability to dilate", () => {
  // proves: api/dilate
  it("is announced together with the application's versions", async () => {
    const { said, heard } = await announcement(() => ({}));
    expect(said).toEqual({ app_versions: { a: 1 }, ...ABILITY });
    expect(heard).toEqual({ type: "versions", versions: { a: 1 }, canDilate: ["ged"] });
  });

  it("is announced with Tor, which has streams", async () => {
    const { said } = await announcement(({ server: { openMessageSocket } }) => {
      const dial = () => Promise.reject(new Error("no connections here"));
      return { tor: { streams: () => ({ openMessageSocket, network: { isTor: true, dial, addresses: () => [] } }) } };
    });
    expect(said).toEqual({ app_versions: { a: 1 }, ...ABILITY });
  });

  it.each<[string, (world: World) => Partial<WormholeOptions>, object?]>([
    ["whose option `dilation` is false", () => ({ dilation: false })],
    [
      "that runs where there are no sockets",
      (world) => ({ platform: { ...world.options().platform, network: undefined } as object }),
    ],
    ["with a delegate, which has no dilate()", () => ({}), {}],
    ["with a delegate, even if its option `dilation` is true", () => ({ dilation: true }), {}],
  ])("is not announced by a wormhole %s", async (_, more, delegate) => {
    const { said, heard } = await announcement(more, delegate);
    expect(said).toEqual({ app_versions: { a: 1 } });
    expect(heard).toEqual({ type: "versions", versions: { a: 1 } });
  });

  it("is not announced by a file transfer", async () => {
    const world = new World();
    const { platform = {}, relayUrl } = world.options();
    const sending = sendText("hello", { platform, relayUrl, code: CODE });
    sending.done.catch(() => {});
    const peer = new Bare(world.options({ appId: FILE_TRANSFER_APP_ID }), false);
    peer.setCode(CODE);
    await world.settle();
    const heard = peer.seen.find(({ type }) => type === "versions");
    expect(heard).toEqual({ type: "versions", versions: expect.any(Object) });
    peer.close();
    await world.settle();
  });

  it.each([null, 0, "no", {}])("is a TypeError for %j, in both flavours", (dilation) => {
    const options = new World().options({ dilation: dilation as unknown as boolean });
    expect(() => createWormhole(options)).toThrow("dilation must be a boolean");
    expect(() => createWormhole({ ...options, delegate: {} })).toThrow(TypeError);
  });
});

/** Two sides that have met. */
async function met() {
  const world = new World();
  const [a, b] = [new Bare(world.options()), new Bare(world.options())];
  a.setCode(CODE);
  b.setCode(CODE);
  await world.settle();
  return { world, a, b };
}

const phases = ({ server }: World) =>
  server.received.flatMap(({ type, phase }) => (type === "add" ? [String(phase)] : []));

describe("control messages", () => {
  it("are phases of their own, numbered from 0, and arrive once and in order", async () => {
    const { world, a, b } = await met();
    a.sendDilation({ type: "please" });
    a.sendMessage(bytes("hello"));
    b.sendDilation({ type: "please" });
    a.sendDilation({ type: "reconnect" });
    await world.settle();
    expect(phases(world).slice(4)).toEqual(["dilate-0", "0", "dilate-0", "dilate-1"]);
    expect(b.messages).toEqual(['dilation {"type":"please"}', "message hello", 'dilation {"type":"reconnect"}']);
    expect(a.messages).toEqual(['dilation {"type":"please"}']);
    a.close();
    b.close();
    await world.settle();
  });

  it("that were sent while the link was down arrive when it is up again, each once", async () => {
    const { world, a, b } = await met();
    a.sendDilation({ n: 0 });
    await world.settle();
    world.server.drop();
    for (const n of [1, 2]) a.sendDilation({ n });
    await world.clock.advance(10_000);
    expect(b.messages).toEqual([0, 1, 2].map((n) => `dilation {"n":${n}}`));
    a.close();
    b.close();
    await world.settle();
  });

  it("are ignored by a wormhole with a delegate, even after a restore", async () => {
    const world = new World();
    const { wormhole, told } = world.delegated();
    const peer = new Bare(world.options());
    wormhole.setCode(CODE);
    peer.setCode(CODE);
    await world.settle();
    peer.sendDilation({ type: "please" });
    await world.settle();
    const state = wormhole.serialize();
    wormhole.abandon();
    const messages: string[] = [];
    const delegate = { wormholeGotMessage: (message: Uint8Array) => void messages.push(text(message)) };
    const { platform = {} } = world.options();
    const again = restoreWormhole(state, { delegate, platform });
    peer.sendDilation({ type: "reconnect" });
    peer.sendMessage(bytes("hello"));
    await world.settle();
    expect(told.map(({ name }) => name)).toEqual([
      "wormholeGotWelcome",
      "wormholeGotCode",
      "wormholeGotUnverifiedKey",
      "wormholeGotVerifier",
      "wormholeGotVersions",
    ]);
    expect(messages).toEqual(["hello"]);
    again.close();
    peer.close();
    await world.settle();
    expect(peer.end).toBe("happy");
  });

  it("are not sent after the end", async () => {
    const { world, a, b } = await met();
    expect(a.isOpen).toBe(true);
    a.close();
    expect(a.isOpen).toBe(false);
    a.sendDilation({ type: "please" });
    a.hurry();
    a.moved();
    await world.settle();
    a.sendDilation({ type: "please" });
    a.hurry();
    a.moved();
    await world.settle();
    expect(phases(world)).toHaveLength(4);
    expect(b.messages).toEqual([]);
    b.close();
    await world.settle();
    expect([world.server.nameplates, world.server.mailboxes]).toEqual([[], 0]);
  });
});
