/** Control messages. test/vectors/dilation_session.json holds a whole run of the Python program, with one reconnect. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/base/json.ts";
import { type ControlMessage, decodeControl, encodeHints, encodePlease } from "../../../src/dilation/wire/control.ts";
import { encodeRelay } from "../../../src/transit/hints.ts";
import { vectors } from "../../vectors.ts";

interface Session {
  events: { ev: string; side?: string; body?: JsonObject }[];
}
const said = vectors<Session>("dilation_session").events.flatMap(({ ev, side, body }) =>
  ev === "dilate-tx" && body ? [{ side, body, type: String(body.type) }] : [],
);
const ours = "5a42d5cc78df4747";

describe("a message of the Python program", () => {
  const hints = {
    direct: [],
    tor: [],
    relays: [{ host: "127.0.0.1", port: 4001, priority: 0 }],
  };
  const expected = (type: string, side: string | undefined): unknown =>
    ({
      please: { type, side, extensions: [] },
      "connection-hints": { type, hints },
      reconnect: { type },
      reconnecting: { type },
    })[type];

  it("occurs in every kind", () => {
    expect(new Set(said.map(({ type }) => type))).toEqual(
      new Set(["please", "connection-hints", "reconnect", "reconnecting"]),
    );
  });

  it.each(said)("is decoded: $type of $side", ({ side, body, type }) => {
    expect(decodeControl(body)).toEqual(expected(type, side));
  });
});

describe("a message of this library", () => {
  it("is that of the Python program, with extensions that it ignores", () => {
    const please = said.find(({ side, type }) => type === "please" && side === ours)?.body;
    expect(encodePlease(ours)).toEqual({ ...please, extensions: ["ask-reconnect", "goodbye", "credit", "parts"] });
    const published = said.find(({ type }) => type === "connection-hints")?.body;
    expect(encodeHints([encodeRelay({ host: "127.0.0.1", port: 4001, priority: 0 })])).toEqual(published);
  });

  it("is decoded by this library", () => {
    expect(decodeControl(encodePlease(ours))).toEqual({
      type: "please",
      side: ours,
      extensions: ["ask-reconnect", "goodbye", "credit", "parts"],
    });
    expect(decodeControl(encodeHints([]))).toEqual({
      type: "connection-hints",
      hints: { direct: [], tor: [], relays: [] },
    });
    for (const type of ["reconnect", "reconnecting", "ask-reconnect", "goodbye"] as const) {
      expect(decodeControl({ type })).toEqual({ type });
    }
  });
});

describe("a please", () => {
  const please = (more: JsonObject) => decodeControl({ type: "please", side: ours, ...more });
  const extensionsOf = (message: ControlMessage | undefined) =>
    message?.type === "please" ? message.extensions : null;

  it.each(["", "5A42", "5a42 ", "5a42\n", "xyz", "a".repeat(65), 5, null, ["5a42"], { side: "5a42" }])(
    "whose side is %j is invalid",
    (side) => {
      expect(please({ side })).toBeUndefined();
    },
  );

  it("without a side is invalid", () => {
    expect(decodeControl({ type: "please", "use-version": "ged" })).toBeUndefined();
  });

  it.each(["0", "a".repeat(64)])("may name its side %s", (side) => {
    expect(please({ side })).toMatchObject({ side });
  });

  it.each([null, "goodbye", 1, { goodbye: true }])("has no extensions if they are %j", (extensions) => {
    expect(extensionsOf(please({ extensions }))).toEqual([]);
  });

  it("may list unknown extensions; values that are not names are left out", () => {
    expect(extensionsOf(please({ extensions: ["goodbye", 1, null, "newer", ["x"]] }))).toEqual(["goodbye", "newer"]);
  });

  it("is read as far as 16 extensions", () => {
    const many = Array.from({ length: 1_000 }, (_, i) => `x${i}`);
    expect(extensionsOf(please({ extensions: many }))).toEqual(many.slice(0, 16));
  });
});

describe("other messages", () => {
  it.each([{}, { type: "newer" }, { type: null }, { type: ["please"] }, { type: "toString" }, { type: "RECONNECT" }])(
    "are ignored: %j",
    (message) => {
      expect(decodeControl(message)).toBeUndefined();
    },
  );

  it("may have further fields", () => {
    expect(decodeControl({ type: "reconnect", generation: 7 })).toEqual({ type: "reconnect" });
  });

  it("of any shape are decoded or ignored", () => {
    const types = ["please", "connection-hints", "reconnect", "reconnecting", "ask-reconnect", "goodbye"];
    const message = fc.record(
      {
        type: fc.oneof(fc.constantFrom(...types), fc.jsonValue()),
        side: fc.oneof(fc.constant(ours), fc.jsonValue()),
        "use-version": fc.jsonValue(),
        extensions: fc.jsonValue(),
        hints: fc.oneof(fc.array(fc.jsonValue()), fc.jsonValue()),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(message, (message) => {
        const decoded = decodeControl(JSON.parse(JSON.stringify(message)) as JsonObject);
        if (decoded) expect(types).toContain(decoded.type);
      }),
    );
  });
});
