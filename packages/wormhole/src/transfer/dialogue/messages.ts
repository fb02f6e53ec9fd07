/**
 * The messages of the file transfer protocol, and their encoding: JSON objects of one key, sent as numbered messages of
 * the wormhole, and the acknowledgement, which is the last record of the transit connection.
 *
 * They are specified in file-transfer-protocol.md of the repository magic-wormhole-protocols.
 */

import { field, isObject, type JsonObject, type JsonValue, parseObject } from "../../base/json.ts";
import { printable } from "../../base/printable.ts";
import { TransferError } from "../../errors.ts";

/** An offer, with the field names of the wire. Names and mode are untrusted. */
export type OfferMessage =
  | { readonly kind: "text"; readonly message: string }
  | { readonly kind: "file"; readonly filename: string; readonly filesize: number }
  | {
      readonly kind: "directory";
      readonly mode: string;
      readonly dirname: string;
      /** Bytes of the archive, which are the bytes on the wire. */
      readonly zipsize: number;
      /** Bytes of all files together when unpacked. */
      readonly numbytes: number;
      readonly numfiles: number;
    }
  /** An offer of a kind that this version does not support. */
  | { readonly kind: "unknown" };

/** An offer that can be made and accepted. */
export type KnownOffer = Exclude<OfferMessage, { kind: "unknown" }>;

/** The peer's hints. Transit decodes them. */
export interface TransitMessage {
  readonly on: "transit";
  readonly hints: readonly JsonValue[];
}

/**
 * This side's hints and abilities. The peer's abilities are not decoded: this program tries every hint that it
 * understands, whereas the Rust program drops hints of kinds that its peer has not announced.
 */
export interface OwnTransitMessage extends TransitMessage {
  readonly abilities: readonly JsonValue[];
}

/** A message of the peer, in the shape of an event. */
export type Message =
  | TransitMessage
  | { readonly on: "offer"; readonly offer: OfferMessage }
  /** The offer was accepted: a text was received, or a file may be sent. */
  | { readonly on: "answer"; readonly to: "text" | "data" }
  /** The peer gave up, in its own words. Untrusted. */
  | { readonly on: "error"; readonly text: string };

/** A message of this side. */
export type OwnMessage =
  | OwnTransitMessage
  | { readonly on: "offer"; readonly offer: KnownOffer }
  | Extract<Message, { on: "answer" | "error" }>;

/** The receiver's acknowledgement, sent when everything is stored. */
export interface Ack {
  /** `ok`, or an error in the peer's own words. Untrusted. */
  readonly ack: string;
  /** Hexadecimal. Old Python programs omit it. */
  readonly sha256?: string;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

const encode = (object: JsonObject): Uint8Array => encoder.encode(JSON.stringify(object));

/** Encodes one message, as an object with one key: the Rust program accepts no other. */
export function encodeMessage(message: OwnMessage): Uint8Array {
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

function encodeOffer(offer: KnownOffer): JsonObject {
  const { kind, ...fields } = offer;
  return kind === "text" ? fields : { [kind]: fields };
}

/**
 * Decodes what the peer sent. Python may put several messages into one object. Unknown keys are ignored, so the result
 * may be empty.
 * @throws {TransferError} if it is not a JSON object, or a known key has an invalid value
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
  const hints = field(expectObject(value, "transit"), "hints-v1");
  return { on: "transit", hints: Array.isArray(hints) ? hints : [] };
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
  const shown = printable(JSON.stringify(answer), { width: 80 });
  throw new TransferError(`The other side answered ${shown} instead of ok.`);
}

/** Encodes the acknowledgement. `sha256` is in lower case and always present: the Go and Rust programs require it. */
export function encodeConfirmation(sha256: string): Uint8Array {
  return encode({ ack: "ok", sha256 });
}

/** Decodes the acknowledgement. @throws {TransferError} if the record is not one */
export function decodeConfirmation(record: Uint8Array): Ack {
  const object = parseBytes(record);
  const ack = textOf(object, "ack");
  const hasHash = ack === "ok" && field(object, "sha256") !== undefined;
  return hasHash ? { ack, sha256: textOf(object, "sha256") } : { ack };
}

function expectObject(value: JsonValue, name: string): JsonObject {
  if (isObject(value)) return value;
  throw new TransferError(`The other side sent a message whose '${name}' is not an object.`);
}

function textOf(object: JsonObject, name: string): string {
  const value = field(object, name);
  if (typeof value === "string") return value;
  throw new TransferError(`The other side sent a message whose '${name}' is missing or not a string.`);
}

/** A number of bytes or files. From 2^53 on, a JSON number is no longer exact. */
function sizeOf(object: JsonObject, name: string): number {
  const value = field(object, name);
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw new TransferError(`The other side sent a message whose '${name}' is missing or not a valid size.`);
}
