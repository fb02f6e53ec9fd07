import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/base/json.ts";
import { createWormhole, WelcomeError } from "../../src/index.ts";
import type { MessageSocketEvents } from "../../src/net/message-socket.ts";
import { permissionIn } from "../../src/session/machines/permission.ts";
import { VirtualClock } from "../../src/testing.ts";

function zeroBits(stamp: string): number {
  const bits = [...createHash("sha1").update(stamp).digest()].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return bits.indexOf("1");
}

describe("what a welcome asks for", () => {
  const hashcash = (bits: unknown, resource: unknown) => ({
    "permission-required": { hashcash: { bits, resource } } as JsonObject,
  });

  it.each([
    [{}, "none"],
    [{ "permission-required": { none: {}, hashcash: { bits: 6, resource: "r" } } }, "none"],
    [hashcash(26, "r"), "hashcash"],
    [{ "permissions-required": { hashcash: { bits: 6, resource: "r" } } }, "hashcash"],
    [hashcash(27, "r"), "impossible"],
    [hashcash(60, "r"), "impossible"],
    [hashcash(-1, "r"), "impossible"],
    [hashcash(1e9, "r"), "impossible"],
    [hashcash("20", "r"), "impossible"],
    [hashcash(6, "a:b"), "impossible"],
    [hashcash(6, ""), "impossible"],
    [hashcash(6, 7), "impossible"],
    [{ "permission-required": { captcha: {} } }, "impossible"],
  ])("%j: %s", (welcome, kind) => {
    expect(permissionIn(welcome as JsonObject).kind).toBe(kind);
  });
});

describe("a server that wants permission", () => {
  /** A server that says what it is told to say; `heard` is what the client said. */
  function server(welcome: JsonObject, answer: (command: JsonObject) => JsonObject[]) {
    const heard: JsonObject[] = [];
    const openMessageSocket = (_url: string, events: MessageSocketEvents) => {
      const say = (message: JsonObject) => queueMicrotask(() => events.received(JSON.stringify(message)));
      queueMicrotask(() => {
        events.opened();
        say({ type: "welcome", welcome });
      });
      return {
        close() {},
        send(text: string) {
          const command = JSON.parse(text) as JsonObject;
          heard.push(command);
          say({ type: "ack" });
          for (const message of answer(command)) say(message);
        },
      };
    };
    return { heard, platform: { openMessageSocket } };
  }
  const wants = { "permission-required": { hashcash: { bits: 9, resource: "now" } } };
  const honest = (name: string) => (command: JsonObject) => {
    if (command.type === "ping") return [{ type: "pong" }];
    if (command.type === "allocate") return [{ type: "allocated", nameplate: "4" }];
    const known = ["bind", name, "claim"].includes(String(command.type));
    return known ? [] : [{ type: "error", error: "unknown type" }];
  };

  it.each(["submit-permissions", "submit-permission"])("gets it by the name %s, before anything else", async (name) => {
    const { heard, platform } = server(wants, honest(name));
    const clock = new VirtualClock();
    const wormhole = createWormhole({ appId: "x", relayUrl: "ws://x/v1", platform: { ...platform, clock } });
    wormhole.allocateCode();
    await clock.advance(0);
    expect(await wormhole.getCode()).toMatch(/^4-/);
    const submitted = heard.find(({ type }) => type === name);
    expect(zeroBits(String(submitted?.stamp))).toBeGreaterThanOrEqual(9);
    expect(String(submitted?.stamp)).toMatch(/^1:9:\d{6}:now::/);
    const before = heard
      .slice(
        0,
        heard.findIndex(({ type }) => type === "bind"),
      )
      .map(({ type }) => type);
    expect(before.every((type) => type === "ping" || String(type).startsWith("submit-permission"))).toBe(true);
    wormhole.close().catch(() => {});
    await clock.advance(5_000);
  });

  it("that wants too much is refused at once, in words", async () => {
    const { heard, platform } = server({ "permission-required": { hashcash: { bits: 60, resource: "x" } } }, () => []);
    const wormhole = createWormhole({ appId: "x", relayUrl: "ws://x/v1", platform });
    wormhole.allocateCode();
    await expect(wormhole.getCode()).rejects.toThrow(WelcomeError);
    await expect(wormhole.close()).rejects.toThrow(/60 bits/);
    expect(heard).toEqual([]);
  });
});
