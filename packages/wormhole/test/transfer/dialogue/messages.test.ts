import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TransferError } from "../../../src/errors.ts";
import {
  decodeAck,
  decodeMessages,
  encodeAck,
  encodeMessage,
  type Message,
} from "../../../src/transfer/dialogue/messages.ts";
import { vectors } from "../../vectors.ts";

const known = vectors<{ messages: { label: string; python: string }[]; rust_constants: string[] }>("file_transfer_v1");

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const json = (message: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(message));
const isAck = (text: string): boolean => text.includes('"ack"');
const isMessage = (text: string): boolean => /^\{"(offer|answer|error|transit)"/.test(text);

describe("messages of the programs in use", () => {
  const texts = [...known.messages.map(({ python }) => python), ...known.rust_constants];

  it.each(texts.filter(isMessage))("%s is read, and written again with the same meaning", (text) => {
    const [message, ...more] = decodeMessages(bytes(text));
    expect(more).toEqual([]);
    expect(message).toBeDefined();
    expect(json(encodeMessage(message as Message))).toEqual(JSON.parse(text));
  });

  it.each(texts.filter(isAck))("%s is read, and written again", (text) => {
    const ack = decodeAck(bytes(text));
    expect(ack.ack).toBe("ok");
    expect(json(encodeAck(ack.sha256 ?? ""))).toEqual(JSON.parse(text));
  });

  it("every vector is one of the two, but the lone hint", () => {
    expect(texts.filter((text) => !isAck(text) && !isMessage(text))).toHaveLength(1);
  });

  it("what they mean", () => {
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
      { on: "transit", abilities: [{ type: "direct-tcp-v1" }, { type: "relay-v1" }] },
      { on: "offer", offer: { kind: "text", message: "hello from rust" } },
      { on: "offer", offer: { kind: "file", filename: "somefile.txt", filesize: 34556 } },
      { on: "offer", offer: { kind: "directory", mode: "zipped", numbytes: 1234, numfiles: 10, zipsize: 45 } },
      { on: "answer", to: "text" },
      { on: "answer", to: "data" },
      { on: "transit", hints: [{ hostname: "192.168.1.8" }, { type: "relay-v1" }] },
    ]);
  });
});

describe("reading", () => {
  it("raw UTF-8 means the same as escapes", () => {
    const [message] = decodeMessages(bytes('{"offer":{"message":"hé 😀"}}'));
    expect(message).toEqual({ on: "offer", offer: { kind: "text", message: "hé 😀" } });
  });

  it("several messages in one object come in a useful order", () => {
    const merged = '{"answer":{"file_ack":"ok"},"transit":{"hints-v1":[{"type":"x"}]},"what":1}';
    expect(decodeMessages(bytes(merged))).toEqual([
      { on: "transit", abilities: [], hints: [{ type: "x" }] },
      { on: "answer", to: "data" },
    ]);
  });

  it.each(["{}", '{"future":{"a":1}}', '{"transit":null}', '{"__proto__":{"offer":{"message":"x"}}}'])(
    "%s says nothing",
    (text) => expect(decodeMessages(bytes(text))).toEqual([]),
  );

  it.each(['{"offer":{}}', '{"offer":{"later":{}}}', '{"offer":{"file":7}}'])("%s offers something unknown", (text) =>
    expect(decodeMessages(bytes(text))).toEqual([{ on: "offer", offer: { kind: "unknown" } }]),
  );

  it("an error that is no text is shown as JSON", () => {
    expect(decodeMessages(bytes('{"error":{"a":1}}'))).toEqual([{ on: "error", text: '{"a":1}' }]);
  });

  it.each(["", "[]", "null", '"x"', "{", '{"transit":[]}', '{"transit":7}', '{"offer":"x"}', '{"answer":true}'])(
    "%s is refused",
    (text) => expect(() => decodeMessages(bytes(text))).toThrow(TransferError),
  );

  it.each(['{"answer":{}}', '{"answer":{"file_ack":"no"}}', '{"answer":{"message_ack":false}}'])(
    "%s is no consent",
    (text) => expect(() => decodeMessages(bytes(text))).toThrow(/instead of ok/),
  );

  it("bytes that are not UTF-8 are refused", () => {
    expect(() => decodeMessages(Uint8Array.of(0x7b, 0xff, 0x7d))).toThrow(TransferError);
  });

  it.each(["-1", "1.5", "9007199254740992", "1e400", '"5"', "null", "true", "[5]", "{}"])(
    "SEC-R8: a size of %s is refused",
    (size) => {
      expect(() => decodeMessages(bytes(`{"offer":{"file":{"filename":"a","filesize":${size}}}}`))).toThrow(/filesize/);
      const directory = `{"mode":"zipfile","dirname":"d","zipsize":${size},"numbytes":1,"numfiles":1}`;
      expect(() => decodeMessages(bytes(`{"offer":{"directory":${directory}}}`))).toThrow(/zipsize/);
    },
  );

  it.each(["0", "5", "5.0", "9007199254740991"])("a size of %s is taken", (size) => {
    const [message] = decodeMessages(bytes(`{"offer":{"file":{"filename":"a","filesize":${size}}}}`));
    expect(message).toMatchObject({ offer: { filesize: Number(size) } });
  });

  it("an ack may lack its hash, but must be one", () => {
    expect(decodeAck(bytes('{"ack": "ok"}'))).toEqual({ ack: "ok" });
    expect(decodeAck(bytes('{"ack": "no", "sha256": 5}'))).toEqual({ ack: "no" });
    expect(() => decodeAck(bytes('{"sha256": "00"}'))).toThrow(TransferError);
    expect(() => decodeAck(bytes("x"))).toThrow(TransferError);
  });

  it("whatever comes in, the answer is messages or a TransferError", () => {
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
