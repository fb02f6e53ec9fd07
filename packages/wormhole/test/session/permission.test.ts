/** Servers that require a hashcash stamp. */

import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/base/json.ts";
import { createWormhole, WelcomeError } from "../../src/index.ts";
import type { MessageSocketEvents } from "../../src/net/message-socket.ts";
import { permissionIn } from "../../src/session/welcome.ts";
import { closed } from "./held-socket.ts";
import { World } from "./world.ts";

function zeroBits(stamp: string): number {
  const bits = [...createHash("sha1").update(stamp).digest()].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return bits.indexOf("1");
}

describe("the permission that a welcome requires", () => {
  const hashcash = (bits: unknown, resource: unknown) => ({
    "permission-required": { hashcash: { bits, resource } } as JsonObject,
  });

  it.each([
    [{}, "none"],
    [{ "permission-required": { none: {}, hashcash: { bits: 6, resource: "r" } } }, "none"],
    [hashcash(24, "r"), "hashcash"],
    [{ "permissions-required": { hashcash: { bits: 6, resource: "r" } } }, "hashcash"],
    [hashcash(25, "r"), "impossible"],
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

describe("a server that requires permission", () => {
  /** A server with a given welcome and given answers. `heard` collects the commands from the client. */
  function server(welcome: JsonObject, answer: (command: JsonObject) => JsonObject[]) {
    const heard: JsonObject[] = [];
    const openMessageSocket = (_url: string, events: MessageSocketEvents) => {
      const say = (message: JsonObject) => queueMicrotask(() => events.received(JSON.stringify(message)));
      queueMicrotask(() => {
        events.opened();
        say({ type: "welcome", welcome });
      });
      return {
        close: () => closed(events),
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

  // proves: session/permission-before-bind, api/work-for-server
  it.each(["submit-permissions", "submit-permission"])(
    "gets it under the name %s, before any other command",
    async (name) => {
      const { heard, platform } = server(wants, honest(name));
      const world = new World(platform);
      const wormhole = createWormhole(world.options());
      wormhole.allocateCode();
      await world.clock.advance(0);
      expect(await wormhole.getCode()).toMatch(/^4-/);
      const submitted = heard.find(({ type }) => type === name);
      expect(zeroBits(String(submitted?.stamp))).toBeGreaterThanOrEqual(9);
      expect(String(submitted?.stamp)).toMatch(/^1:9:\d{6}:now::/);
      const types = heard.map(({ type }) => type);
      const tried = ["submit-permissions", ...(name === "submit-permission" ? [name] : [])];
      expect(types.slice(0, types.indexOf("bind"))).toEqual(tried.flatMap((type) => [type, "ping"]));
      wormhole.close().catch(() => {});
      await world.clock.advance(5_000);
    },
  );

  // proves: session/work-limit, api/work-for-server
  it("that requires too much work is refused at once, with a reason", async () => {
    const { heard, platform } = server({ "permission-required": { hashcash: { bits: 60, resource: "x" } } }, () => []);
    const wormhole = createWormhole(new World(platform).options());
    wormhole.allocateCode();
    await expect(wormhole.getCode()).rejects.toThrow(WelcomeError);
    await expect(wormhole.close()).rejects.toThrow(/60 bits/);
    expect(heard).toEqual([]);
  });
});
