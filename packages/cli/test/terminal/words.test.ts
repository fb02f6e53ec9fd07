/** Words for paths, spans of time and connections. */
import { describe, expect, it } from "vitest";
import { connectionInWords, quoted, spanInWords, withoutArrows } from "../../src/terminal/words.ts";

it("a path is never cut, and a terminal obeys nothing in it", () => {
  const long = `/${"x/".repeat(500)}end`;
  expect(quoted(long)).toBe(`'${long}'`);
  expect(quoted("a\u001b[2Jb")).toBe("'a\\x1b[2Jb'");
});

it.each([
  [5, "5 seconds"],
  [1, "1 second"],
  [60, "1 minute"],
  [125, "2 minutes"],
  [3_600, "1 hour"],
  [3_700, "1 hour 1 minute"],
  [9_000, "2 hours 30 minutes"],
])("%i seconds are %s", (seconds, words) => {
  expect(spanInWords(seconds)).toBe(words);
});

describe("a connection", () => {
  it.each([
    ["->tcp:192.0.2.1:4000", "directly to 192.0.2.1:4000"],
    ["<-192.0.2.1:49574", "directly from 192.0.2.1:49574"],
    ["<-[2001:db8::1]:4", "directly from [2001:db8::1]:4"],
    ["->relay:tcp:relay.test:4001", "through the relay relay.test:4001"],
    ["tor->relay:tcp:relay.test:4001", "through Tor and the relay relay.test:4001"],
    ["tor->tcp:abc.onion:1", "through Tor to abc.onion:1"],
    ["something\u001b else", "something\\x1b else"],
  ])("%j is shown as: %s", (description, words) => {
    expect(connectionInWords(description)).toBe(words);
  });

  it("in an error has no arrows", () => {
    expect(withoutArrows("No way: ->relay:tcp:r:1: refused; ->tcp:h:2: refused.")).toBe(
      "No way: relay r:1: refused; h:2: refused.",
    );
  });
});
