/** Timing files that are accepted, and invalid ones that are refused. */
import { describe, expect, it } from "vitest";
import { decodeTiming, NotTimingError } from "../../src/timing/decode.ts";

const event = { name: "connect", start: 1, stop: 1.5, details: {} };
const decoded = (...events: unknown[]) => decodeTiming(JSON.stringify(events));

describe("a timing file", () => {
  it("is read as a list of spans, in milliseconds and in order", () => {
    const spans = decoded({ ...event, name: "later", start: 2, stop: null }, event);
    expect(spans).toEqual([
      { name: "connect", start: 1000, stop: 1500, details: new Map() },
      { name: "later", start: 2000, stop: null, details: new Map() },
    ]);
  });

  it.each([
    ["empty", "", /empty/],
    ["something other than JSON", "PK\u0003\u0004", /not JSON/],
    ["truncated", '[{"name":"x","start":1', /not JSON/],
    ["an object", "{}", /contains no list/],
    ["an empty list", "[]", /contains no events/],
    ["too many events", JSON.stringify(Array.from({ length: 20_001 }, () => event)), /more than 20000/],
  ])("is not %s", (_, text, words) => {
    expect(() => decodeTiming(text)).toThrow(NotTimingError);
    expect(() => decodeTiming(text)).toThrow(words);
  });

  it.each([
    null,
    [],
    "connect",
    { ...event, name: 1 },
    { ...event, name: "x".repeat(61) },
    { ...event, start: "1" },
    { ...event, start: -1 },
    { ...event, start: 1e12 },
    { ...event, start: null },
    { ...event, stop: 0.5 },
    { ...event, stop: "2" },
    { name: "x", start: 1 },
    { ...event, details: [] },
    { ...event, details: "x" },
  ])("cannot contain the event %j", (bad) => {
    expect(() => decoded(event, bad)).toThrow(/is not a timing file: event 2 is invalid/);
  });

  it("keeps only short details that may be shown: no messages, no nameplates", () => {
    const details = {
      ...{ type: "add", phase: "pake", bytes: 5, failed: true, outcome: "x".repeat(1000), total: [5], kind: { a: 1 } },
      ...{ body: "7b22", nameplate: "5", message: { body: "00" }, mailbox: "m", waiting: false, which: "" },
    };
    expect(decoded({ ...event, details })[0]?.details).toEqual(
      new Map<string, unknown>([
        ["type", "add"],
        ["phase", "pake"],
        ["outcome", "x".repeat(40)],
        ["bytes", 5],
        ["failed", true],
      ]),
    );
  });

  it("cannot set prototypes", () => {
    const [span] = decodeTiming('[{"name":"x","start":1,"stop":1,"details":{"__proto__":{"type":"x"}}}]');
    expect(span?.details.size).toBe(0);
    expect(() => decodeTiming('[{"__proto__":{"name":"x","start":1,"stop":1}}]')).toThrow(NotTimingError);
  });
});
