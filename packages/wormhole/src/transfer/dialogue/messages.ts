/**
 * What the two sides of a file transfer say to each other: JSON objects of one key, as numbered messages of the
 * wormhole (file-transfer-protocol.md of magic-wormhole-protocols), and one last record of the transit connection.
 */

import { field, isObject, type JsonObject, type JsonValue, parseObject } from "../../base/json.ts";
import { printable } from "../../base/printable.ts";
import { TransferError } from "../../errors.ts";

/** What the sender offers, in the words of the wire. Names and mode are untrusted. */
export type OfferMessage =
  | { readonly kind: "text"; readonly message: string }
  | { readonly kind: "file"; readonly filename: string; readonly filesize: number }
  | {
      readonly kind: "directory";
      readonly mode: string;
      readonly dirname: string;
      /** Bytes on the wire. */
      readonly zipsize: number;
      /** Bytes and files when unpacked. */
      readonly numbytes: number;
      readonly numfiles: number;
    }
  /** Something that a later program may offer. */
  | { readonly kind: "unknown" };

/** Where one side can be reached, and what it can do: the contents are transit's business. */
export interface TransitMessage {
  readonly on: "transit";
  readonly abilities: readonly JsonValue[];
  readonly hints: readonly JsonValue[];
}

/** One message, in the shape of an event. */
export type Message =
  | TransitMessage
  | { readonly on: "offer"; readonly offer: OfferMessage }
  /** The offer was accepted: a text has been read, or a file may be sent. */
  | { readonly on: "answer"; readonly to: "text" | "data" }
  /** The other side has given up; its own words. */
  | { readonly on: "error"; readonly text: string };

/** The receiver's last word, after everything is stored. Old Python programs leave the hash out. */
export interface Ack {
  readonly ack: string;
  readonly sha256?: string;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

const encode = (object: JsonObject): Uint8Array => encoder.encode(JSON.stringify(object));

/** Writes one message, with exactly one key: the Rust program accepts no other. */
export function encodeMessage(message: Message): Uint8Array {
  switch (message.on) {
    case "transit":
      return encode({ transit: { "abilities-v1": [...message.abilities], "hints-v1": [...message.hints] } });
    case "offer":
      return encode({ offer: encodeOffer(message.offer) });
    case "answer":
      return encode({ answer: message.to === "text" ? { message_ack: "ok" } : { file_ack: "ok" } });
    case "error":
      return encode({ error: message.text });
  }
}

function encodeOffer(offer: OfferMessage): JsonObject {
  const { kind, ...fields } = offer;
  if (kind === "unknown") return {};
  return kind === "text" ? fields : { [kind]: fields };
}

/**
 * Reads a message. Python may put several into one object; unknown keys are left out, so there may be none.
 * @throws {TransferError} if it is not a JSON object, or a known key has a value that cannot be understood
 */
export function decodeMessages(bytes: Uint8Array): Message[] {
  const object = parseBytes(bytes);
  const messages: Message[] = [];
  const add = (name: string, decode: (value: JsonValue) => Message) => {
    const value = field(object, name);
    if (value !== undefined && value !== null) messages.push(decode(value));
  };
  add("error", (value) => ({ on: "error", text: typeof value === "string" ? value : JSON.stringify(value) }));
  add("transit", decodeTransit);
  add("offer", (value) => ({ on: "offer", offer: decodeOffer(expectObject(value, "offer")) }));
  add("answer", decodeAnswer);
  return messages;
}

function parseBytes(bytes: Uint8Array): JsonObject {
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    throw new TransferError("The other side sent a message that is not text.");
  }
  const object = parseObject(text);
  if (object === undefined) throw new TransferError("The other side sent a message that is not a JSON object.");
  return object;
}

function decodeTransit(value: JsonValue): TransitMessage {
  const transit = expectObject(value, "transit");
  const list = (name: string) => {
    const entries = field(transit, name);
    return Array.isArray(entries) ? entries : [];
  };
  return { on: "transit", abilities: list("abilities-v1"), hints: list("hints-v1") };
}

function decodeOffer(offer: JsonObject): OfferMessage {
  if (field(offer, "message") !== undefined) return { kind: "text", message: textOf(offer, "message") };
  const file = field(offer, "file");
  if (isObject(file)) {
    return { kind: "file", filename: textOf(file, "filename"), filesize: sizeOf(file, "filesize") };
  }
  const directory = field(offer, "directory");
  if (!isObject(directory)) return { kind: "unknown" };
  return {
    kind: "directory",
    mode: textOf(directory, "mode"),
    dirname: textOf(directory, "dirname"),
    zipsize: sizeOf(directory, "zipsize"),
    numbytes: sizeOf(directory, "numbytes"),
    numfiles: sizeOf(directory, "numfiles"),
  };
}

function decodeAnswer(value: JsonValue): Message {
  const answer = expectObject(value, "answer");
  if (field(answer, "message_ack") === "ok") return { on: "answer", to: "text" };
  if (field(answer, "file_ack") === "ok") return { on: "answer", to: "data" };
  throw new TransferError(`The other side answered ${printable(JSON.stringify(answer), { width: 80 })} instead of ok.`);
}

/** Writes the last record. The hash is always given, in lower case: Go and Rust insist on it. */
export function encodeAck(sha256: string): Uint8Array {
  return encode({ ack: "ok", sha256 });
}

/** Reads the last record. @throws {TransferError} if it is none */
export function decodeAck(record: Uint8Array): Ack {
  const object = parseBytes(record);
  const sha256 = field(object, "sha256");
  return { ack: textOf(object, "ack"), ...(typeof sha256 === "string" && { sha256 }) };
}

function expectObject(value: JsonValue, name: string): JsonObject {
  if (isObject(value)) return value;
  throw new TransferError(`The other side sent a message whose '${name}' is not an object.`);
}

function textOf(object: JsonObject, name: string): string {
  const value = field(object, name);
  if (typeof value === "string") return value;
  throw new TransferError(`The other side sent a message whose '${name}' is missing or not a text.`);
}

/** A number of bytes or files: beyond 2^53 a number no longer says what it seems to. */
function sizeOf(object: JsonObject, name: string): number {
  const value = field(object, name);
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw new TransferError(`The other side sent a message whose '${name}' is missing or not a possible size.`);
}
