/** Messages of a broken or hostile server: each one is ignored, or ends the wormhole with a typed error. */

import { describe, expect, it } from "vitest";
import { createWormhole, ServerError, WormholeError, WrongPasswordError } from "../../src/index.ts";
import type { OpenMessageSocket } from "../../src/net/message-socket.ts";
import { closed } from "./held-socket.ts";
import { bytes, CODE, text, World } from "./world.ts";

/** Two wormholes that have met. `inject` delivers a text to the first one as if the server had sent it. */
async function conversation() {
  const world = new World();
  let inject: (text: string) => void = () => {};
  const tapped: OpenMessageSocket = (url, events) => {
    inject = (message) => events.received(message);
    return world.server.openMessageSocket(url, events);
  };
  const a = world.wormhole({ platform: { ...world.platform, openMessageSocket: tapped } });
  const b = world.wormhole();
  a.setCode(CODE);
  b.setCode(CODE);
  await Promise.all([a.getVersions(), b.getVersions()]);
  await world.settle();
  return { a, b, server: world.server, inject };
}

const deep = (levels: number) => `{"type":"later","a":${"[".repeat(levels)}${"]".repeat(levels)}}`;
const say = (message: object) => JSON.stringify(message);
const message = (more: object) => say({ type: "message", side: "them", phase: "5", body: "00", ...more });

const IGNORED = [
  // Types that are unknown, or that only servers receive.
  ...["", "ack", "later", "toString", "constructor", "__proto__", "hasOwnProperty", "valueOf", "ACK", "message\u0000"],
  ...["bind", "add", "list", "submit-permissions"],
].map((type) => say({ type }));

const UNASKED = [
  say({ type: "pong" }),
  say({ type: "pong", pong: { deep: [1] } }),
  say({ type: "released" }),
  say({ type: "claimed", mailbox: "another" }),
  say({ type: "nameplates", nameplates: [7, null, {}, [], { id: 7 }, { id: "5", more: 1 }] }),
  say({ type: "welcome", welcome: {} }),
  say({ type: "welcome", welcome: { motd: { not: "text" }, error: 7 } }),
  '{"type":"welcome","welcome":{"__proto__":{"error":"polluted"}}}',
  '{"type":"welcome","welcome":{},"type":"later"}',
  message({ phase: "pake" }),
  message({ phase: "pake", body: "zz" }),
  deep(31),
  '{"type":"later","__proto__":{"type":"error"}}',
];

const NOT_A_SERVER = [
  ...["", " ", "null", "7", "true", '"text"', "[]", "[{}]", "{", "}", "{]", "nul", "\u0000", "NaN", '{"type":"ack"'],
  ...[
    "<html><title>Log in</title></html>",
    "\ufeff{}",
    "HTTP/1.1 400 Bad Request\r\n\r\n",
    '{"type":"ack"}{"type":"ack"}',
  ],
  ...["[".repeat(100_000), '{"type":'.repeat(100_000), deep(100_000), deep(32)],
  ...[
    "{}",
    '{"type":null}',
    '{"type":7}',
    '{"type":["ack"]}',
    '{"type":{}}',
    '{"Type":"ack"}',
    '{"__proto__":{"type":"ack"}}',
  ],
  ...[{}, { welcome: null }, { welcome: 7 }, { welcome: "hello" }, { welcome: [] }].map((more) =>
    say({ type: "welcome", ...more }),
  ),
  ...[{}, { nameplates: null }, { nameplates: {} }, { nameplates: "1" }].map((more) =>
    say({ type: "nameplates", ...more }),
  ),
  ...[
    {},
    { nameplate: 7 },
    { nameplate: null },
    { nameplate: "" },
    { nameplate: "7-a" },
    { nameplate: "\u001b[2J" },
  ].map((more) => say({ type: "allocated", ...more })),
  ...[{}, { mailbox: 7 }, { mailbox: null }, { mailbox: ["m"] }].map((more) => say({ type: "claimed", ...more })),
  ...[{ side: undefined }, { side: 7 }, { side: null }, { phase: undefined }, { phase: 7 }, { phase: ["0"] }].map(
    message,
  ),
];

const ERRORS = [
  say({ type: "error" }),
  say({ type: "error", error: null }),
  say({ type: "error", error: { deep: "object" } }),
  say({ type: "error", error: "\u001b]0;title\u0007" }),
  // Answers without a question.
  say({ type: "allocated", nameplate: "7" }),
  say({ type: "closed" }),
];

const NO_KEY_OPENS = [
  message({}),
  message({ body: undefined }),
  message({ body: 7 }),
  message({ body: null }),
  message({ body: "" }),
  message({ body: "abc" }),
  message({ body: "zz" }),
  message({ body: "00".repeat(40) }),
  message({ phase: "version" }),
  message({ phase: "__proto__" }),
];

const named = (messages: string[]) => messages.map((raw) => ({ raw, name: JSON.stringify(raw).slice(0, 80) }));

describe("in the middle of a conversation", () => {
  it.each(named([...IGNORED, ...UNASKED]))("$name is ignored", async ({ raw }) => {
    const { a, b, inject } = await conversation();
    inject(raw);
    a.sendMessage(bytes("still"));
    b.sendMessage(bytes("here"));
    expect([text(await b.getMessage()), text(await a.getMessage())]).toEqual(["still", "here"]);
    expect(await Promise.all([a.close(), b.close()])).toEqual(["happy", "happy"]);
  });

  it.each(named(NOT_A_SERVER))("$name is not a message of a mailbox server", async ({ raw }) => {
    const { a, inject } = await conversation();
    inject(raw);
    await expect(a.getMessage()).rejects.toThrow(ServerError);
    await expect(a.close()).rejects.toThrow("does not follow the protocol of mailbox servers");
  });

  // proves: api/server-errors
  it.each(named(ERRORS))("$name ends it", async ({ raw }) => {
    const { a, inject } = await conversation();
    inject(raw);
    await expect(a.getMessage()).rejects.toThrow(ServerError);
    await expect(a.close()).rejects.toSatisfy((error: WormholeError) => !/\p{Cc}/u.test(error.message));
  });

  // proves: session/first-forgery-ends-it
  it.each(named(NO_KEY_OPENS))("$name does not decrypt", async ({ raw }) => {
    const { a, inject } = await conversation();
    inject(raw);
    await expect(a.getMessage()).rejects.toThrow(WrongPasswordError);
    await expect(a.close()).rejects.toThrow(WrongPasswordError);
  });

  it("all of them in a row leave nothing at the server, and do not crash the process", async () => {
    const all = [...IGNORED, ...UNASKED, ...NOT_A_SERVER, ...ERRORS, ...NO_KEY_OPENS];
    expect(all.length).toBeGreaterThanOrEqual(60);
    const { a, b, server, inject } = await conversation();
    for (const raw of all) inject(raw);
    await expect(a.close()).rejects.toThrow(WormholeError);
    expect(await b.close()).toBe("happy");
    expect([server.nameplates, server.mailboxes]).toEqual([[], 0]);
    expect(({} as { type?: unknown }).type).toBeUndefined();
  });
});

describe("before any other message", () => {
  it.each(named([...NOT_A_SERVER, ...ERRORS]))("$name ends it", async ({ raw }) => {
    const world = new World({
      openMessageSocket: (_, events) => {
        queueMicrotask(() => events.opened());
        queueMicrotask(() => events.received(raw));
        return { send() {}, close: () => closed(events) };
      },
    });
    const a = createWormhole(world.options());
    a.setCode(CODE);
    await expect(a.getVerifier()).rejects.toThrow(WormholeError);
    await expect(a.close()).rejects.toThrow(WormholeError);
  });
});
