/** How a wormhole ended: the mood for the server, and the message for people. */

import { describe, expect, it } from "vitest";
import type { ConnectionFailure } from "../../src/errors.ts";
import * as errors from "../../src/errors.ts";
import { type Ending, errorOf, moodOf } from "../../src/session/ending.ts";
import { closed } from "./held-socket.ts";
import { World } from "./world.ts";

const { LonelyError, ServerConnectionError, ServerError, WelcomeError, WrongPasswordError } = errors;
const url = "ws://example.com:4000/v1";
const hostile = "\u001b[2Jgo away\u202e\r";
const harmless = "\\x1b[2Jgo away\\u{202e}\\r";

describe("a wormhole that ended", () => {
  it.each<{ ending: Ending; mood: string; error: new (...given: never) => errors.WormholeError; sentence: RegExp }>([
    {
      ending: { kind: "lonely" },
      mood: "lonely",
      error: LonelyError,
      sentence: /^The wormhole was closed before/,
    },
    {
      ending: { kind: "wrongPassword" },
      mood: "scary",
      error: WrongPasswordError,
      sentence: /different codes/,
    },
    {
      ending: { kind: "welcome", reason: "full" },
      mood: "unwelcome",
      error: WelcomeError,
      sentence: /refused this client: full$/,
    },
    {
      ending: { kind: "server", reason: "crowded" },
      mood: "errory",
      error: ServerError,
      sentence: /^Two other programs .* get a new code/,
    },
    {
      ending: { kind: "server", reason: "reclaimed" },
      mood: "errory",
      error: ServerError,
      sentence: /already used/,
    },
    {
      ending: { kind: "server", reason: "odd" },
      mood: "errory",
      error: ServerError,
      sentence: /reported an error: odd$/,
    },
    // proves: api/close-errors
  ])("$ending has the mood $mood for the server, and a message for people", ({ ending, mood, error, sentence }) => {
    const result = errorOf(ending, url);
    expect(moodOf(ending)).toBe(mood);
    expect(result).toBeInstanceOf(error);
    expect((result as Error).message).toMatch(sentence);
    expect((result as { reason?: string }).reason).toBe("reason" in ending ? ending.reason : undefined);
  });

  it.each<[Ending, errors.WormholeErrorCode, RegExp]>([
    [{ kind: "server", reason: "crowded" }, "crowded", /get a new code/],
    [{ kind: "server", reason: "the mailbox is full: too many bytes" }, "mailbox-full", /mailbox .* is full.*new code/],
    [{ kind: "server", reason: "the mailbox is full: too many messages" }, "mailbox-full", /mailbox .* is full/],
    [{ kind: "server", reason: "reclaimed" }, "server-error", /already used/],
    [{ kind: "forgotten" }, "code-forgotten", /^The mailbox server has forgotten this code.*new code\.$/],
  ])("$kind $reason has a code for programs: %s", (ending, code, sentence) => {
    expect(errorOf(ending, url)).toMatchObject({ code, message: expect.stringMatching(sentence) });
  });

  it.each(["it hung up", "it hung up.", "Why?"])("has one mark at the end of its message: %s", (detail) => {
    const error = errorOf({ kind: "unreachable", failure: "other", detail }, url);
    expect((error as Error).message).toMatch(/[^.!?][.!?]$/);
  });

  it("names the error of the system as its cause", async () => {
    const cause = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
    const world = new World({
      openMessageSocket: (_, events) => {
        queueMicrotask(() => events.closed({ failure: "refused", detail: "no", cause }));
        return { send() {}, close: () => closed(events) };
      },
    });
    await expect(world.wormhole().closed).rejects.toMatchObject({ code: "server-connection", cause });
  });

  it("normally has the result and the mood happy", () => {
    expect([errorOf({ kind: "happy" }, url), moodOf({ kind: "happy" })]).toEqual(["happy", "happy"]);
  });

  it("while its server could not be reached has an error with that message", () => {
    const error = errorOf({ kind: "abandoned" }, url);
    expect(error).toBeInstanceOf(ServerConnectionError);
    expect((error as Error).message).toMatch(/could not be reached to close the wormhole/);
    expect(moodOf({ kind: "abandoned" })).toBe("happy");
  });

  it.each<[ConnectionFailure, RegExp]>([
    ["bad-url", /^ws:.* is not the address of a mailbox server\. It should look like wss:/],
    ["unknown-host", /^Cannot find .*does not resolve/],
    ["refused", /nothing listens there/],
    ["unreachable", /that network is unreachable/],
    ["timeout", /did not answer in time/],
    ["not-a-mailbox-server", /^Something answers at .* is not a mailbox server \(why\).*log in first/],
    ["tls", /^Cannot trust .* certificate is not valid \(why\)/],
    ["closed", /closed the connection at once/],
    ["too-large", /messages that are too large/],
    ["other", /^Cannot reach .*: why\.$/],
    // proves: api/own-servers
  ])("because the server was never reached (%s) has a message of its own", (failure, sentence) => {
    const error = errorOf({ kind: "unreachable", failure, detail: "why" }, url);
    expect(moodOf({ kind: "unreachable", failure, detail: "why" })).toBe("errory");
    expect(error).toBeInstanceOf(ServerConnectionError);
    expect(error).toMatchObject({ url, failure, message: expect.stringMatching(sentence) });
    expect((error as Error).message).toContain(url);
  });

  it.each<Ending>([
    { kind: "welcome", reason: hostile },
    { kind: "server", reason: hostile },
    { kind: "unreachable", failure: "other", detail: hostile },
    { kind: "unreachable", failure: "tls", detail: hostile },
    { kind: "unreachable", failure: "not-a-mailbox-server", detail: hostile },
  ])("shows untrusted text without control characters: $kind", (ending) => {
    const error = errorOf(ending, url) as errors.WormholeError & { reason?: string };
    expect(error.message).toContain(harmless);
    if ("reason" in ending) expect(error.reason).toBe(hostile);
  });
});
