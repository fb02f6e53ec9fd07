/** What is said about the address of a mailbox server, and about what stands in front of it. */
import { describe, expect, it } from "vitest";
import { explainBadUrl, explainWrongAnswer } from "../../src/session/address-advice.ts";

describe("an address of another form", () => {
  it.each([
    ["http://host:4000", "Did you mean ws://host:4000/v1?"],
    ["http://host:4000/v1", "Did you mean ws://host:4000/v1?"],
    ["https://example.com/", "Did you mean wss://example.com/v1?"],
    ["HTTP://host:4000/v1", "Did you mean ws://host:4000/v1?"],
    ["localhost:4000", "Did you mean ws://localhost:4000/v1?"],
    ["example.com/v1", "Did you mean ws://example.com/v1?"],
    ["192.0.2.1:4000", "Did you mean ws://192.0.2.1:4000/v1?"],
    ["nonsense", "It should look like wss://example.com/v1."],
    ["ftp://host/v1", "It should look like wss://example.com/v1."],
    ["", "It should look like wss://example.com/v1."],
  ])("%j: %s", (url, advice) => {
    expect(explainBadUrl(url)).toBe(`${url} is not the address of a mailbox server. ${advice}`);
  });

  it("contains nothing that a terminal obeys", () => {
    expect(explainBadUrl("http://host/\u001b[2J")).not.toContain("\u001b");
  });
});

describe("an answer that is no mailbox server's", () => {
  it.each([
    [
      "ws://h:4000",
      "HTTP 404 Not Found",
      /it is not a mailbox server \(HTTP 404 Not Found\)\. Did you mean ws:\/\/h:4000\/v1\?$/,
    ],
    ["wss://h/", "HTTP 200 OK", /Did you mean wss:\/\/h\/v1\?$/],
    ["ws://h/v1", "HTTP 404 Not Found", /Check the address, or whether your network wants you to log in first\.$/],
    [
      "ws://h/v1",
      "HTTP 426 Upgrade Required",
      /^A proxy .* does not pass WebSockets on .* headers Upgrade and Connection\.$/,
    ],
    [
      "ws://h/v1",
      "HTTP 502 Bad Gateway",
      /^The mailbox server at ws:\/\/h\/v1 is down: .*\(HTTP 502 Bad Gateway\)\. Try again later\.$/,
    ],
    ["ws://h/v1", "HTTP 503 Service Unavailable", /is down/],
    ["ws://h/v1", "HTTP 504 Gateway Timeout", /is down/],
    ["ws://h/v1", "HTTP 301 \u001b[31mMoved", /\(HTTP 301 \\x1b\[31mMoved\)/],
    ["ws://h/v1", "it sent no welcome in time", /\(it sent no welcome in time\)\. Check the address/],
  ])("%s with %j", (url, detail, words) => {
    expect(explainWrongAnswer(url, detail)).toMatch(words);
  });
});
