/** The options of the library that flags, environment and code URIs lead to. */
import { describe, expect, it } from "vitest";
import type { CodeUri } from "../src/code/code-uri.ts";
import { isPublicMailbox, PUBLIC_MAILBOX } from "../src/public-servers.ts";
import { isOn, sendOptions, serverOfUri } from "../src/settings.ts";
import { UsageError } from "../src/usage-error.ts";

const plain = { listen: true };
const signal = new AbortController().signal;
const optionsOf = (flags: object, environment = {}) => sendOptions({ ...plain, ...flags }, { environment, signal });

describe("the options of a transfer", () => {
  it("come from the environment, and the command line takes precedence", () => {
    const environment = { WORMHOLE_RELAY_URL: "ws://a/v1", WORMHOLE_TRANSIT_HELPER: "tcp:a:1" };
    expect(optionsOf({}, environment)).toMatchObject({ relayUrl: "ws://a/v1", relays: ["tcp:a:1"] });
    expect(optionsOf({ relayUrl: "ws://b/v1", transitHelper: "tcp:b:2" }, environment)).toMatchObject({
      relayUrl: "ws://b/v1",
      relays: ["tcp:b:2"],
    });
  });

  it("have no relay if the relay is empty", () => {
    expect(optionsOf({ transitHelper: "" }).relays).toEqual([]);
    expect(optionsOf({}, { WORMHOLE_TRANSIT_HELPER: "" }).relays).toEqual([]);
  });

  it.each(["nonsense", "tcp:", "tcp:host", "tcp:host:port", "tcp:host:0", "tcp:host:70000", "host:4001", " "])(
    "cannot have %j as a relay",
    (transitHelper) => {
      expect(() => optionsOf({ transitHelper })).toThrow(UsageError);
      expect(() => optionsOf({}, { WORMHOLE_TRANSIT_HELPER: transitHelper })).toThrow(
        /--transit-helper: .*tcp:HOST:PORT/,
      );
    },
  );
});

describe("the mailbox server of a code URI", () => {
  const uri = (rendezvous?: string): CodeUri => ({
    code: "4-a-b",
    role: "follower",
    ...(rendezvous === undefined ? {} : { rendezvous }),
  });
  const usual = optionsOf({});

  it("is the one in use if the URI names no server, or the same", () => {
    expect(serverOfUri(uri(), plain, usual)).toBeUndefined();
    expect(serverOfUri(uri("ws://relay.magic-wormhole.io:4000"), plain, usual)).toBeUndefined();
    expect(serverOfUri(uri("wss://relay.magic-wormhole.io/v1"), plain, usual)).toBeUndefined();
    expect(serverOfUri(uri("ws://a:1/"), plain, { ...usual, relayUrl: "ws://a:1/v1" })).toBeUndefined();
  });

  it("can be another one, which replaces that of the environment", () => {
    expect(serverOfUri(uri("ws://b:1"), plain, usual)).toBe("ws://b:1/v1");
    expect(serverOfUri(uri("ws://relay.magic-wormhole.io:4000/v1"), plain, { ...usual, relayUrl: "ws://a/v1" })).toBe(
      PUBLIC_MAILBOX,
    );
  });

  it("must be the one on the command line, if there is one", () => {
    const flags = { ...plain, relayUrl: "ws://a:1/v1" };
    expect(serverOfUri(uri("ws://a:1/v1"), flags, optionsOf(flags))).toBeUndefined();
    expect(() => serverOfUri(uri("ws://b:1"), flags, optionsOf(flags))).toThrow(UsageError);
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
])("the environment variable %j means %s", (value, expected) => {
  expect(isOn(value)).toBe(expected);
});

it("the public mailbox server has several addresses", () => {
  expect(isPublicMailbox(PUBLIC_MAILBOX)).toBe(true);
  expect(isPublicMailbox("ws://relay.magic-wormhole.io:4000/v1")).toBe(true);
  expect(isPublicMailbox("ws://relay.example/v1")).toBe(false);
  expect(isPublicMailbox("nonsense")).toBe(false);
});
