/** Error codes of the system in words, and as failures of the mailbox connection. */
import { expect, it } from "vitest";
import { WormholeError } from "../../src/errors.ts";
import { failureOf, reasonOf } from "../../src/net/system-errors.ts";

const withCode = (code: unknown, message = "unknown error -7") => Object.assign(new Error(message), { code });

it.each([
  ["ECONNREFUSED", "nothing listens there"],
  ["ECONNRESET", "the other end or the network ended it"],
  ["ENOTFOUND", "no such host"],
  ["ETIMEDOUT", "no answer"],
  ["ENOENT", "not there"],
  ["EPERM", "this user may not use it"],
])("%s is explained as: %s", (code, words) => {
  expect(reasonOf(withCode(code))).toBe(words);
});

it("a connection that this side has closed has an explanation of its own", () => {
  expect(reasonOf(new WormholeError("connection-closed", "The connection is closed."))).toBe("it was closed");
});

it.each(["EUNKNOWN", "toString", 7, undefined])("an error with the code %o is explained by its message", (code) => {
  expect(reasonOf(withCode(code))).toBe("unknown error -7");
});

it("an unknown message is shown without its control characters", () => {
  expect(reasonOf(withCode("EUNKNOWN", "bad\u001b[2Jhost"))).not.toContain("\u001b");
  expect(reasonOf("bad\u001b[2Jhost")).not.toContain("\u001b");
});

it("codes that do not concern the mailbox server's connection have no failure", () => {
  expect([failureOf("ECONNREFUSED"), failureOf("EHOSTDOWN"), failureOf("ENOENT"), failureOf("toString")]).toEqual([
    "refused",
    "unreachable",
    undefined,
    undefined,
  ]);
});
