/** The behaviour that both flavours of a wormhole share: the one with promises, and the one with a delegate. */
import { describe, expect, it } from "vitest";
import { createWormhole, type JsonObject, type WormholeControls, type WormholeOptions } from "../../src/index.ts";
import { bytes, CODE, text, World } from "./world.ts";

const FLAVOURS = ["deferred", "delegated"] as const;
type Flavour = (typeof FLAVOURS)[number];
type EventName = "welcome" | "code" | "key" | "verifier" | "versions" | "message" | "closed";

/** A wormhole of either flavour, with its events so far, in order. */
interface Side {
  readonly controls: WormholeControls & { close(): unknown };
  readonly seen: { name: EventName; value: unknown }[];
}

function make(world: World, flavour: Flavour, options: Partial<WormholeOptions> = {}): Side {
  const seen: Side["seen"] = [];
  const note = (name: EventName) => (value: unknown) => void seen.push({ name, value });
  if (flavour === "delegated") {
    const { wormhole } = world.delegated(options, ({ name, value }) => note(NAMES[name])(value));
    return { seen, controls: wormhole };
  }
  const wormhole = world.wormhole(options);
  const nothing = () => {};
  wormhole.getWelcome().then(note("welcome"), nothing);
  wormhole.getCode().then(note("code"), nothing);
  wormhole.getUnverifiedKey().then(note("key"), nothing);
  wormhole.getVerifier().then(note("verifier"), nothing);
  wormhole.getVersions().then(note("versions"), nothing);
  const listen = async () => {
    for await (const message of wormhole.messages()) note("message")(message);
  };
  listen().catch(nothing);
  const close = () => wormhole.close().then(note("closed"), note("closed"));
  const controls = {
    allocateCode: (words?: number) => wormhole.allocateCode(words),
    setCode: (code: string) => wormhole.setCode(code),
    inputCode: () => wormhole.inputCode(),
    deriveKey: (purpose: string, length: number) => wormhole.deriveKey(purpose, length),
    sendMessage: (message: Uint8Array) => wormhole.sendMessage(message),
    close: () => void close(),
  };
  return { seen, controls };
}

const NAMES = {
  wormholeGotWelcome: "welcome",
  wormholeGotCode: "code",
  wormholeGotUnverifiedKey: "key",
  wormholeGotVerifier: "verifier",
  wormholeGotVersions: "versions",
  wormholeGotMessage: "message",
  wormholeClosed: "closed",
} as const;

const names = ({ seen }: Side) => seen.map(({ name }) => name);
const value = ({ seen }: Side, wanted: EventName) => seen.find(({ name }) => name === wanted)?.value;
const words = ({ seen }: Side) =>
  seen.flatMap(({ name, value }) => (name === "message" ? [text(value as Uint8Array)] : []));

const pairs = FLAVOURS.flatMap((a) => FLAVOURS.map((b) => [a, b] as const));

// proves: api/sides-alike
describe.each(pairs)("a %s wormhole and a %s one", (one, other) => {
  async function met(versions?: JsonObject) {
    const world = new World();
    const [a, b] = [make(world, one, versions ? { versions } : {}), make(world, other)];
    a.controls.setCode(CODE);
    b.controls.setCode(CODE);
    await world.settle();
    return { world, a, b };
  }

  // proves: session/told-in-order, api/call-welcome, api/deferred-mode, api/delegated-mode, api/event-versions
  it("tell welcome, code, key, verifier, versions, messages and the end, in this order", async () => {
    const { world, a, b } = await met();
    for (const side of [a, b]) side.controls.sendMessage(bytes("hello"));
    await world.settle();
    for (const side of [a, b]) side.controls.close();
    await world.settle();
    const all = ["welcome", "code", "key", "verifier", "versions", "message", "closed"];
    expect([names(a), names(b)]).toEqual([all, all]);
    expect([value(a, "closed"), value(b, "closed")]).toEqual(["happy", "happy"]);
  });

  // proves: api/call-derive-key, api/derived-keys, api/verifier
  it("have the same key, verifier and derived keys, of the documented lengths", async () => {
    const { a, b } = await met();
    expect(value(a, "key")).toEqual(value(b, "key"));
    expect(value(a, "key")).toHaveLength(32);
    expect(value(a, "verifier")).toEqual(value(b, "verifier"));
    expect(value(a, "verifier")).toHaveLength(32);
    expect(value(a, "verifier")).not.toEqual(value(a, "key"));
    for (const length of [1, 32, 100]) {
      expect(a.controls.deriveKey("example.com/p", length)).toEqual(b.controls.deriveKey("example.com/p", length));
    }
    expect(a.controls.deriveKey("one", 32)).not.toEqual(a.controls.deriveKey("other", 32));
  });

  // proves: api/versions-first
  it("give each other their versions, or an empty object", async () => {
    const { a, b } = await met({ can: ["this", { and: "that" }] });
    expect(value(b, "versions")).toEqual({ can: ["this", { and: "that" }] });
    expect(value(a, "versions")).toEqual({});
  });

  // proves: api/call-send, api/event-received, api/many-messages, api/send-any-time, api/several-messages
  it("carry any number of messages once, whole and in order, even before there is a code", async () => {
    const world = new World();
    const [a, b] = [make(world, one), make(world, other)];
    const sizes = [0, 1, 20_000, 0, 200_000, 5];
    for (const size of sizes) a.controls.sendMessage(bytes("x".repeat(size)));
    a.controls.setCode(CODE);
    for (let n = 0; n < 100; n++) a.controls.sendMessage(bytes(String(n)));
    b.controls.setCode(CODE);
    await world.settle();
    for (let n = 100; n < 200; n++) a.controls.sendMessage(bytes(String(n)));
    await world.settle();
    const numbers = Array.from({ length: 200 }, (_, n) => String(n));
    expect(words(b)).toEqual([...sizes.map((size) => "x".repeat(size)), ...numbers]);
  });

  // proves: api/messages-wait
  it("keep the messages of one side for a peer that comes later", async () => {
    const world = new World();
    const a = make(world, one);
    a.controls.setCode(CODE);
    a.controls.sendMessage(bytes("are you there?"));
    await world.clock.advance(60_000);
    const b = make(world, other);
    b.controls.setCode(CODE);
    await world.settle();
    expect(words(b)).toEqual(["are you there?"]);
  });

  // proves: session/news-after-release, api/event-closed
  it("release nameplate and mailbox before they tell the application about the end", async () => {
    const { world, a, b } = await met();
    a.controls.close();
    b.controls.close();
    while (!names(a).includes("closed") || !names(b).includes("closed")) await Promise.resolve();
    expect([world.server.nameplates, world.server.mailboxes]).toEqual([[], 0]);
    expect(world.server.received.filter(({ type }) => type === "release")).toHaveLength(2);
    expect(world.server.received.flatMap(({ mood }) => mood ?? [])).toEqual(["happy", "happy"]);
  });

  // proves: api/ids-separate, api/short-nameplates
  it("never meet under different application ids, and each application has short numbers", async () => {
    const world = new World();
    const [a, b] = [make(world, one, { appId: "example.com/a" }), make(world, other, { appId: "example.com/b" })];
    a.controls.allocateCode();
    b.controls.allocateCode();
    await world.settle();
    expect([value(a, "code"), value(b, "code")]).toEqual([
      expect.stringMatching(/^1-\w+-\w+$/),
      expect.stringMatching(/^1-\w+-\w+$/),
    ]);
    const c = make(world, other, { appId: "example.com/b" });
    const d = make(world, one, { appId: "example.com/a" });
    for (const side of [c, d]) side.controls.setCode("913-166532");
    await world.clock.advance(60_000);
    expect([names(c), names(d)]).toEqual([
      ["welcome", "code"],
      ["welcome", "code"],
    ]);
  });

  // proves: api/own-codes, api/text
  it.each(["913-166532", "123-HTTHHHTTHTTHHTHH", "7-\u00e9-\u{1f3b8}"])("accept the made-up code %s", async (code) => {
    const world = new World();
    const [a, b] = [make(world, one), make(world, other)];
    a.controls.setCode(code);
    b.controls.setCode(code.normalize("NFD"));
    await world.settle();
    expect(value(a, "verifier")).toEqual(value(b, "verifier"));
    expect(value(a, "verifier")).toBeDefined();
  });
});

describe.each(FLAVOURS)("a %s wormhole", (flavour) => {
  const ways: Record<string, (side: Side) => void> = {
    allocateCode: ({ controls }) => controls.allocateCode(),
    "allocateCode(3)": ({ controls }) => controls.allocateCode(3),
    setCode: ({ controls }) => controls.setCode("1-a-b"),
    inputCode({ controls }) {
      const input = controls.inputCode();
      input.chooseNameplate("1");
      input.chooseWords("a-b");
    },
  };

  // proves: api/call-codes, api/code-length, api/code-told-once, api/event-code
  it.each(Object.keys(ways))("tells its code once, after the welcome, with %s", async (way) => {
    const world = new World();
    const side = make(world, flavour);
    ways[way]?.(side);
    await world.settle();
    expect(names(side)).toEqual(["welcome", "code"]);
    expect(value(side, "code")).toMatch(way === "allocateCode(3)" ? /^1(-\w+){3}$/ : /^1(-\w+){2}$/);
  });

  // proves: api/bytes, api/id-is-text, api/required-options, api/text
  it("throws a TypeError for an argument of another type", () => {
    const { controls } = make(new World(), flavour);
    const wrong = <T>(value: unknown) => value as T;
    for (const call of [
      () => controls.sendMessage(wrong("text")),
      () => controls.sendMessage(wrong([1, 2])),
      () => controls.sendMessage(wrong(new ArrayBuffer(3))),
      () => controls.setCode(wrong(bytes("7-a"))),
      () => controls.deriveKey(wrong(bytes("p")), 32),
      () => controls.deriveKey("p", wrong("32")),
      () => controls.deriveKey("p", 0),
      () => controls.allocateCode(0),
      () => controls.allocateCode(1.5),
      () => createWormhole({ appId: wrong(bytes("x")), relayUrl: "ws://x" }),
      () => createWormhole({ appId: "x", relayUrl: wrong(["ws://x"]) }),
      () => createWormhole({ appId: "x", relayUrl: "ws://x", versions: wrong("none") }),
    ])
      expect(call, String(call)).toThrow(TypeError);
  });

  // proves: api/many-messages
  it("refuses a message that is too large, and sends the largest one", async () => {
    const world = new World();
    const [side, peer] = [make(world, flavour), make(world, "deferred")];
    for (const { controls } of [side, peer]) controls.setCode(CODE);
    const tooLarge = expect.objectContaining({ code: "message-too-large", message: expect.stringContaining("500001") });
    expect(() => side.controls.sendMessage(new Uint8Array(500_001))).toThrow(tooLarge);
    side.controls.sendMessage(new Uint8Array(500_000));
    await world.settle();
    expect(words(peer).map(({ length }) => length)).toEqual([500_000]);
  });

  it("derives keys of up to 8160 bytes, the limit of HKDF", async () => {
    const world = new World();
    const [side, peer] = [make(world, flavour), make(world, "deferred")];
    for (const { controls } of [side, peer]) controls.setCode(CODE);
    await world.settle();
    expect(side.controls.deriveKey("p", 8160)).toHaveLength(8160);
    expect(() => side.controls.deriveKey("p", 8161)).toThrow(TypeError);
  });

  it("copies its arguments, so later changes have no effect", async () => {
    const world = new World();
    const [side, peer] = [make(world, flavour), make(world, "deferred")];
    const message = bytes("before");
    side.controls.sendMessage(message);
    message.set(bytes("after!"));
    side.controls.setCode(CODE);
    peer.controls.setCode(CODE);
    await world.settle();
    expect(words(peer)).toEqual(["before"]);
  });
});
