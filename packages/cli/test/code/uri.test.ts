import { readFileSync } from "node:fs";
import { KeyFormatError } from "@wormhole-ts/wormhole";
import { describe, expect, it } from "vitest";
import { isLink, mailboxUrl, parseLink } from "../../src/code/uri.ts";

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

describe("a link of the standard form", () => {
  it.each([...vectors.canonical, ...vectors.parse_only])("$uri", ({ uri, code, rendezvous, is_leader }) => {
    const link = parseLink(uri);
    expect(link.code).toBe(code);
    expect(link.rendezvous ?? null).toBe(rendezvous);
    expect(link.role).toBe(is_leader ? "leader" : "follower");
  });

  it.each(vectors.errors)("$uri is refused: $rust", ({ uri }) => {
    expect(() => parseLink(uri)).toThrow(KeyFormatError);
  });

  it("may have fields that we do not know, and its scheme in capitals", () => {
    expect(parseLink("WORMHOLE-TRANSFER:4-a-b?colour=red")).toEqual({ code: "4-a-b", role: "follower" });
  });

  it.each([
    ["wormhole-transfer:4-%zz", /damaged/],
    ["wormhole-transfer:4-a?rendezvous=http%3A%2F%2Fx", /mailbox server/],
    ["wormhole-transfer:4-a?rendezvous=nonsense", /mailbox server/],
    ["wormhole-transfer:4-a?version=1", /newer/],
  ])("%s is refused with a sentence", (uri, sentence) => {
    expect(() => parseLink(uri)).toThrow(sentence);
  });
});

describe("a link as wormhole-william prints it", () => {
  it("names the server first", () => {
    expect(parseLink("wormhole:ws://relay.example:4000/v1?code=4-a-b-c-d")).toEqual({
      code: "4-a-b-c-d",
      rendezvous: "ws://relay.example:4000/v1",
      role: "follower",
    });
  });

  it("needs a code", () => {
    expect(() => parseLink("wormhole:ws://relay.example:4000/v1")).toThrow(/no code/);
  });
});

it("a code or a command is no link", () => {
  expect(isLink("7-guitarist-revenge")).toBe(false);
  expect(isLink("wormhole receive 7-guitarist-revenge")).toBe(false);
});

it.each([
  ["ws://localhost:4000/", "ws://localhost:4000/v1"],
  ["ws://localhost:4000", "ws://localhost:4000/v1"],
  ["wss://example.com/v1", "wss://example.com/v1"],
  ["wss://example.com/other/v1?x=1", "wss://example.com/other/v1?x=1"],
])("the mailbox server of %s is at %s", (rendezvous, url) => {
  expect(mailboxUrl(rendezvous)).toBe(url);
});
