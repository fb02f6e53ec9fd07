/** Code URIs in both forms, with vectors of the Rust program. */
import { readFileSync } from "node:fs";
import { KeyFormatError } from "@wormhole-ts/wormhole";
import { describe, expect, it } from "vitest";
import { isCodeUri, mailboxUrl, parseCodeUri } from "../../src/code/code-uri.ts";

interface Entry {
  uri: string;
  code: string;
  rendezvous: string | null;
  is_leader: boolean;
}

const vectors = JSON.parse(readFileSync(new URL("../../../../test/vectors/uri.json", import.meta.url), "utf8")) as {
  canonical: Entry[];
  parse_only: Entry[];
  errors: { uri: string; rust: string }[];
};

describe("a code URI of the standard form", () => {
  it.each([...vectors.canonical, ...vectors.parse_only])("$uri", ({ uri, code, rendezvous, is_leader }) => {
    const parsed = parseCodeUri(uri);
    expect(parsed.code).toBe(code);
    expect(parsed.rendezvous ?? null).toBe(rendezvous);
    expect(parsed.role).toBe(is_leader ? "leader" : "follower");
  });

  it.each(vectors.errors)("$uri is refused: $rust", ({ uri }) => {
    expect(() => parseCodeUri(uri)).toThrow(KeyFormatError);
  });

  it("can have unknown fields, and its scheme in capitals", () => {
    expect(parseCodeUri("WORMHOLE-TRANSFER:4-a-b?colour=red")).toEqual({ code: "4-a-b", role: "follower" });
  });

  it.each([
    ["wormhole-transfer:4-%zz", /damaged/],
    ["wormhole-transfer:4-a?rendezvous=http%3A%2F%2Fx", /mailbox server/],
    ["wormhole-transfer:4-a?rendezvous=nonsense", /mailbox server/],
    ["wormhole-transfer:4-a?version=1", /newer/],
  ])("%s is refused, with the reason", (uri, reason) => {
    expect(() => parseCodeUri(uri)).toThrow(reason);
  });
});

describe("a code URI of wormhole-william", () => {
  it("begins with the server", () => {
    expect(parseCodeUri("wormhole:ws://relay.example:4000/v1?code=4-a-b-c-d")).toEqual({
      code: "4-a-b-c-d",
      rendezvous: "ws://relay.example:4000/v1",
      role: "follower",
    });
  });

  it("needs a code", () => {
    expect(() => parseCodeUri("wormhole:ws://relay.example:4000/v1")).toThrow(/no code/);
  });
});

it("a code or a command is not a code URI", () => {
  expect(isCodeUri("7-guitarist-revenge")).toBe(false);
  expect(isCodeUri("wormhole receive 7-guitarist-revenge")).toBe(false);
});

it.each([
  ["ws://localhost:4000/", "ws://localhost:4000/v1"],
  ["ws://localhost:4000", "ws://localhost:4000/v1"],
  ["wss://example.com/v1", "wss://example.com/v1"],
  ["wss://example.com/other/v1?x=1", "wss://example.com/other/v1?x=1"],
])("the mailbox server of %s is at %s", (rendezvous, url) => {
  expect(mailboxUrl(rendezvous)).toBe(url);
});
