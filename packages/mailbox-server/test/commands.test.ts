/** Decoding the messages of clients. */
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { decode, type JsonValue } from "../src/index.ts";

/** The error that answers a message, or undefined for a valid one. */
function fault(message: JsonValue): string | undefined {
  const { command } = decode(JSON.stringify(message));
  return command.type === "error" ? command.error : undefined;
}

describe("the fields of commands", () => {
  it.each([
    ["appid", 200, (appid: string) => ({ type: "bind", appid, side: "a" })],
    ["side", 64, (side: string) => ({ type: "bind", appid: "app", side })],
    ["mailbox", 128, (mailbox: string) => ({ type: "open", mailbox })],
    ["mailbox", 128, (mailbox: string) => ({ type: "close", mailbox })],
    ["phase", 64, (phase: string) => ({ type: "add", phase, body: "" })],
  ])("%s is text of at most %i bytes", (name, most, make) => {
    expect(fault(make("x".repeat(most)))).toBeUndefined();
    expect(fault(make("x".repeat(most + 1)))).toBe(`'${name}' must be text of at most ${most} bytes`);
    expect(fault(make("é".repeat(most / 2)))).toBeUndefined();
    expect(fault(make("é".repeat(most / 2 + 1)))).toBe(`'${name}' must be text of at most ${most} bytes`);
    expect(fault(make("\ud800"))).toBe(`'${name}' must be text of at most ${most} bytes`);
    for (const other of [7, true, [], {}]) {
      expect(fault(make(other as never))).toBe(`'${name}' must be a string`);
    }
  });

  it.each(["", "5\n", "٣", "-1", "1.5", " 1", "1".repeat(41), 5, ["5"], {}, true])(
    "%j is not a nameplate",
    (nameplate) => {
      const text = "'nameplate' must be a string of 1 to 40 digits";
      expect(fault({ type: "claim", nameplate: nameplate as JsonValue })).toBe(text);
    },
  );

  it.each(["", "5\n", "٣", "1".repeat(41)])("%j, which no side can hold, can be released", (nameplate) => {
    expect(decode(JSON.stringify({ type: "release", nameplate })).command).toEqual({ type: "release", nameplate });
  });

  it("a leading zero makes a different nameplate", () => {
    expect(decode('{"type":"claim","nameplate":"0007"}').command).toEqual({ type: "claim", nameplate: "0007" });
  });

  it("null in an optional field means the same as a missing field", () => {
    expect(decode('{"type":"release","nameplate":null}').command).toEqual({ type: "release", nameplate: undefined });
    expect(decode('{"type":"close","mailbox":null,"mood":null}').command).toEqual({
      type: "close",
      mailbox: undefined,
    });
    expect(decode('{"type":"list","id":null}').id).toBeNull();
  });

  it("an id is a short string or a number", () => {
    expect(decode('{"type":"list","id":"90bb"}').id).toBe("90bb");
    expect(decode('{"type":"list","id":17}').id).toBe(17);
    for (const id of ["x".repeat(65), {}, [], true]) {
      expect(decode(JSON.stringify({ type: "list", id }))).toMatchObject({
        id: null,
        command: { type: "error", error: "'id' must be a string of at most 64 bytes" },
      });
    }
  });
});

describe("hostile messages", () => {
  it("names that every object inherits are neither fields nor commands", () => {
    for (const type of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
      expect(fault({ type })).toBe("unknown type");
    }
    expect(decode('{"__proto__":{"type":"list"}}').command).toEqual({ type: "error", error: "missing 'type'" });
    expect(decode('{"type":"claim","__proto__":{"nameplate":"5"}}').command).toMatchObject({
      error: "claim requires 'nameplate'",
    });
  });

  it("a field added to Object.prototype does not count as the client's", () => {
    Object.defineProperty(Object.prototype, "nameplate", { value: "5", configurable: true });
    onTestFinished(() => void Reflect.deleteProperty(Object.prototype, "nameplate"));
    expect(fault({ type: "claim" })).toBe("claim requires 'nameplate'");
  });

  it("a type that is not a string is unknown, and the command is still acknowledged", () => {
    expect(decode('{"type":5,"id":"x"}')).toMatchObject({ id: "x", command: { error: "unknown type" } });
  });

  it("nesting deeper than 32 levels is refused", () => {
    const deep = (levels: number) => `{"type":"ping","ping":${"[".repeat(levels)}${"]".repeat(levels)}}`;
    const refused = { command: { type: "error", error: "nested too deeply" }, id: null, orig: { type: "ping" } };
    expect(decode(deep(200_000))).toEqual(refused);
    expect(decode(deep(32))).toEqual(refused);
    expect(decode(deep(31)).command.type).toBe("ping");
  });

  it("a long message is shortened in orig, with the same fields", () => {
    const { orig } = decode(JSON.stringify({ type: "add", phase: "p", body: "ab".repeat(5000), more: { nested: 1 } }));
    expect(orig).toEqual({ type: "add", phase: "p", body: "ab".repeat(32) });
    expect(decode("x".repeat(5000)).orig).toBe("x".repeat(64));
  });

  it("no input makes decoding throw, and no orig is long", () => {
    const hostile = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.json({ maxDepth: 6 }),
      fc.jsonValue().map((v) => JSON.stringify(v)),
    );
    const fields = fc.dictionary(
      fc.constantFrom("type", "id", "appid", "side", "nameplate", "mailbox", "phase", "body", "ping", "__proto__"),
      fc.oneof(
        fc.constantFrom("bind", "add", "claim", "open", "close"),
        fc.jsonValue(),
        fc.string({ maxLength: 3000 }),
      ),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          hostile,
          fields.map((value) => JSON.stringify(value)),
        ),
        (text) => {
          expect(JSON.stringify(decode(text).orig).length).toBeLessThan(20_000);
        },
      ),
    );
  });
});
