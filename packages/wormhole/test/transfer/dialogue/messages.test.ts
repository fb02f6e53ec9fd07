/** The encoding of the messages of the dialogue. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TransferError } from "../../../src/errors.ts";
import {
  decodeConfirmation,
  decodeMessages,
  encodeConfirmation,
  encodeMessage,
  type OwnMessage,
} from "../../../src/transfer/dialogue/messages.ts";
import { vectors } from "../../vectors.ts";

const known = vectors<{ messages: { label: string; python: string }[]; rust_constants: string[] }>("file_transfer_v1");

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const json = (message: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(message));
const isAck = (text: string): boolean => text.includes('"ack"');
const isMessage = (text: string): boolean => /^\{"(offer|answer|error|transit)"/.test(text);

describe("messages of the programs in use", () => {
  const samples = [
    ...known.messages.map(({ label, python }) => ({ name: `Python: ${label}`, text: python })),
    ...known.rust_constants.map((text, index) => ({ name: `Rust: constant ${index + 1}`, text })),
  ];
  const texts = samples.map(({ text }) => text);

  it.each(samples.filter(({ text }) => isMessage(text)))("$name is decoded and encoded again", ({ text }) => {
    const [message, ...more] = decodeMessages(bytes(text));
    expect(more).toEqual([]);
    expect(message).toBeDefined();
    const original = JSON.parse(text);
    // The abilities of a peer are not decoded.
    const own = message?.on === "transit" ? { ...message, abilities: original.transit["abilities-v1"] } : message;
    expect(json(encodeMessage(own as OwnMessage))).toEqual(original);
  });

  it.each(samples.filter(({ text }) => isAck(text)))("$name is decoded and encoded again", ({ text }) => {
    const ack = decodeConfirmation(bytes(text));
    expect(ack.ack).toBe("ok");
    expect(json(encodeConfirmation(ack.sha256 ?? ""))).toEqual(JSON.parse(text));
  });

  it("all but one, a lone hint, are messages or acknowledgements", () => {
    expect(texts.filter((text) => !isAck(text) && !isMessage(text))).toHaveLength(1);
  });

  it("have the expected meaning", () => {
    expect(texts.filter(isMessage).flatMap((text) => decodeMessages(bytes(text)))).toMatchObject([
      { on: "offer", offer: { kind: "text", message: "hello" } },
      { on: "offer", offer: { kind: "text", message: "hé 😀" } },
      { on: "offer", offer: { kind: "file", filename: "a.txt", filesize: 5 } },
      { on: "offer", offer: { kind: "directory", mode: "zipfile/deflated", dirname: "d", zipsize: 1234 } },
      { on: "answer", to: "text" },
      { on: "answer", to: "data" },
      { on: "error", text: "transfer rejected" },
      { on: "error", text: "sender rejected verification check, abandoned transfer" },
      { on: "error", text: "unknown offer type" },
      { on: "error", text: "unknown mode" },
      { on: "transit", hints: [{ hostname: "192.168.1.8" }, { type: "relay-v1" }] },
      { on: "offer", offer: { kind: "text", message: "hello from rust" } },
      { on: "offer", offer: { kind: "file", filename: "somefile.txt", filesize: 34556 } },
      { on: "offer", offer: { kind: "directory", mode: "zipped", numbytes: 1234, numfiles: 10, zipsize: 45 } },
      { on: "answer", to: "text" },
      { on: "answer", to: "data" },
      { on: "transit", hints: [{ hostname: "192.168.1.8" }, { type: "relay-v1" }] },
    ]);
  });
});

describe("decoding", () => {
  it("accepts raw UTF-8 as well as escapes", () => {
    const [message] = decodeMessages(bytes('{"offer":{"message":"hé 😀"}}'));
    expect(message).toEqual({ on: "offer", offer: { kind: "text", message: "hé 😀" } });
  });

  it("returns several messages of one object in a useful order", () => {
    const merged = '{"answer":{"file_ack":"ok"},"transit":{"hints-v1":[{"type":"x"}]},"what":1}';
    expect(decodeMessages(bytes(merged))).toEqual([
      { on: "transit", hints: [{ type: "x" }] },
      { on: "answer", to: "data" },
    ]);
  });

  it.each([
    ["an empty object", "{}"],
    ["an unknown key", '{"future":{"a":1}}'],
    ["a null", '{"transit":null}'],
    ["a key of the prototype", '{"__proto__":{"offer":{"message":"x"}}}'],
  ])("ignores %s", (_, text) => expect(decodeMessages(bytes(text))).toEqual([]));

  it.each([
    ["an empty offer", '{"offer":{}}'],
    ["an offer of another kind", '{"offer":{"later":{}}}'],
    ["a file that is not an object", '{"offer":{"file":7}}'],
  ])("returns an unknown offer for %s", (_, text) =>
    expect(decodeMessages(bytes(text))).toEqual([{ on: "offer", offer: { kind: "unknown" } }]),
  );

  it("returns no hints if there is no list of them", () => {
    expect(decodeMessages(bytes('{"transit":{"hints-v1":{}}}'))).toEqual([{ on: "transit", hints: [] }]);
  });

  it("shows an error that is not a string as JSON", () => {
    expect(decodeMessages(bytes('{"error":{"a":1}}'))).toEqual([{ on: "error", text: '{"a":1}' }]);
  });

  it.each([
    ["nothing", ""],
    ["a list", "[]"],
    ["null", "null"],
    ["a string", '"x"'],
    ["half an object", "{"],
    ["a transit that is a list", '{"transit":[]}'],
    ["a transit that is a number", '{"transit":7}'],
    ["an offer that is a string", '{"offer":"x"}'],
    ["an answer that is a boolean", '{"answer":true}'],
  ])("refuses %s", (_, text) => expect(() => decodeMessages(bytes(text))).toThrow(TransferError));

  // proves: transfer/consent
  it.each([
    ["an empty answer", '{"answer":{}}'],
    ["a file answer of no", '{"answer":{"file_ack":"no"}}'],
    ["a text answer of false", '{"answer":{"message_ack":false}}'],
  ])("does not take %s for consent", (_, text) => expect(() => decodeMessages(bytes(text))).toThrow(/instead of ok/));

  it("refuses bytes that are not UTF-8", () => {
    expect(() => decodeMessages(Uint8Array.of(0x7b, 0xff, 0x7d))).toThrow(TransferError);
  });

  it.each(["-1", "1.5", "9007199254740992", "1e400", '"5"', "null", "true", "[5]", "{}"])(
    "refuses a size of %s",
    (size) => {
      expect(() => decodeMessages(bytes(`{"offer":{"file":{"filename":"a","filesize":${size}}}}`))).toThrow(/filesize/);
      const directory = `{"mode":"zipfile","dirname":"d","zipsize":${size},"numbytes":1,"numfiles":1}`;
      expect(() => decodeMessages(bytes(`{"offer":{"directory":${directory}}}`))).toThrow(/zipsize/);
    },
  );

  it.each(["0", "5", "5.0", "9007199254740991"])("accepts a size of %s", (size) => {
    const [message] = decodeMessages(bytes(`{"offer":{"file":{"filename":"a","filesize":${size}}}}`));
    expect(message).toMatchObject({ offer: { filesize: Number(size) } });
  });

  it("accepts an acknowledgement without a hash, and nothing else as one", () => {
    expect(decodeConfirmation(bytes('{"ack": "ok"}'))).toEqual({ ack: "ok" });
    expect(decodeConfirmation(bytes('{"ack": "no", "sha256": 5}'))).toEqual({ ack: "no" });
    expect(() => decodeConfirmation(bytes('{"sha256": "00"}'))).toThrow(TransferError);
    for (const hash of ["5", "null", "[]", "{}", "true"]) {
      expect(() => decodeConfirmation(bytes(`{"ack": "ok", "sha256": ${hash}}`))).toThrow(/'sha256'.*not a string/);
    }
    expect(() => decodeConfirmation(bytes("x"))).toThrow(TransferError);
  });

  it("returns messages or throws a TransferError for any input", () => {
    const anything = fc.oneof(fc.uint8Array(), fc.json().map(bytes));
    fc.assert(
      fc.property(anything, (input) => {
        try {
          decodeMessages(input);
        } catch (error) {
          expect(error).toBeInstanceOf(TransferError);
        }
      }),
    );
  });
});
