import { describe, expect, it } from "vitest";
import type { Link } from "../src/code/uri.ts";
import { isPublicMailbox, PUBLIC_MAILBOX, PUBLIC_RELAY } from "../src/public-servers.ts";
import { isOn, serverOfLink, transferOptions } from "../src/settings.ts";
import { UsageError } from "../src/usage-error.ts";

const plain = { listen: true };

describe("what the library is told", () => {
  it("are the public servers, unless said otherwise", () => {
    expect(transferOptions(plain, {})).toEqual({
      relayUrl: PUBLIC_MAILBOX,
      relays: [PUBLIC_RELAY],
      listen: true,
      verify: false,
    });
  });

  it("comes from the environment, and rather from the command line", () => {
    const environment = { WORMHOLE_RELAY_URL: "ws://a/v1", WORMHOLE_TRANSIT_HELPER: "tcp:a:1" };
    expect(transferOptions(plain, environment)).toMatchObject({ relayUrl: "ws://a/v1", relays: ["tcp:a:1"] });
    expect(transferOptions({ ...plain, relayUrl: "ws://b/v1", transitHelper: "tcp:b:2" }, environment)).toMatchObject({
      relayUrl: "ws://b/v1",
      relays: ["tcp:b:2"],
    });
  });

  it("is no relay when the relay is empty", () => {
    expect(transferOptions({ ...plain, transitHelper: "" }, {}).relays).toEqual([]);
    expect(transferOptions(plain, { WORMHOLE_TRANSIT_HELPER: "" }).relays).toEqual([]);
  });

  it.each(["nonsense", "tcp:", "tcp:host", "tcp:host:port", "tcp:host:0", "tcp:host:70000", "host:4001", " "])(
    "is not %j as a relay",
    (transitHelper) => {
      expect(() => transferOptions({ ...plain, transitHelper }, {})).toThrow(UsageError);
      expect(() => transferOptions(plain, { WORMHOLE_TRANSIT_HELPER: transitHelper })).toThrow(
        /--transit-helper: .*tcp:HOST:PORT/,
      );
    },
  );

  it("has every other option", () => {
    expect(transferOptions({ listen: false, verify: true, appid: "x", codeLength: 3 }, {})).toMatchObject({
      listen: false,
      verify: true,
      appId: "x",
      codeLength: 3,
    });
    expect(transferOptions({ ...plain, zero: true }, {}).code).toBe("0-");
  });
});

describe("a link's mailbox server", () => {
  const link = (rendezvous?: string): Link => ({
    code: "4-a-b",
    role: "follower",
    ...(rendezvous === undefined ? {} : { rendezvous }),
  });
  const usual = transferOptions(plain, {});

  it("is the one in use, when the link names none or the same", () => {
    expect(serverOfLink(link(), plain, usual)).toBeUndefined();
    expect(serverOfLink(link("ws://relay.magic-wormhole.io:4000"), plain, usual)).toBeUndefined();
    expect(serverOfLink(link("wss://relay.magic-wormhole.io/v1"), plain, usual)).toBeUndefined();
    expect(serverOfLink(link("ws://a:1/"), plain, { ...usual, relayUrl: "ws://a:1/v1" })).toBeUndefined();
  });

  it("is another one, in the environment's place", () => {
    expect(serverOfLink(link("ws://b:1"), plain, usual)).toBe("ws://b:1/v1");
    expect(serverOfLink(link("ws://relay.magic-wormhole.io:4000/v1"), plain, { ...usual, relayUrl: "ws://a/v1" })).toBe(
      PUBLIC_MAILBOX,
    );
  });

  it("must not contradict the command line", () => {
    const flags = { ...plain, relayUrl: "ws://a:1/v1" };
    expect(serverOfLink(link("ws://a:1/v1"), flags, transferOptions(flags, {}))).toBeUndefined();
    expect(() => serverOfLink(link("ws://b:1"), flags, transferOptions(flags, {}))).toThrow(UsageError);
  });
});

it.each([
  ["1", true],
  ["yes", true],
  ["on", true],
  ["TRUE", true],
  ["0", false],
  ["No", false],
  ["off", false],
  ["", false],
  [undefined, false],
])("%j in the environment is %s", (value, expected) => {
  expect(isOn(value)).toBe(expected);
});

it("the public mailbox server has several addresses", () => {
  expect(isPublicMailbox(PUBLIC_MAILBOX)).toBe(true);
  expect(isPublicMailbox("ws://relay.magic-wormhole.io:4000/v1")).toBe(true);
  expect(isPublicMailbox("ws://relay.example/v1")).toBe(false);
  expect(isPublicMailbox("nonsense")).toBe(false);
});
