/**
 * The control messages that the two sides exchange through the mailbox, as in dilation-protocol.rst of magic-wormhole. A few
 * are our own extensions, sent only if the peer's `please` lists them. Other programs list no extensions.
 */
import { field, type JsonObject } from "../../base/json.ts";
import { decodeHints, type Hints } from "../../transit/hints.ts";

export type ControlMessage =
  /** Asks for dilation. The higher `side` leads. */
  | { readonly type: "please"; readonly side: string; readonly extensions: readonly string[] }
  | { readonly type: "connection-hints"; readonly hints: Hints }
  | { readonly type: "reconnect" }
  | { readonly type: "reconnecting" }
  /** Our extension: the follower has lost the connection and asks the leader for a new one. */
  | { readonly type: "ask-reconnect" }
  /** Our extension: this side has closed its wormhole. */
  | { readonly type: "goodbye" };

/** The version of the protocol, as both sides announce it. */
export const DILATION_VERSION = "ged";

/**
 * Our extensions of the protocol: two control messages, records that give credit to one subchannel, and long chunks that
 * are cut into records of one Noise message each.
 */
const EXTENSIONS: readonly string[] = ["ask-reconnect", "goodbye", "credit", "parts"];
/** Further extensions of a peer are ignored. */
const MAX_EXTENSIONS = 16;
const SIDE = /^[0-9a-f]{1,64}$/;
/** Messages that consist of their type alone. */
const BARE = ["reconnect", "reconnecting", "ask-reconnect", "goodbye"] as const;

/** Decodes a control message. Returns `undefined` if it is invalid or of an unknown type. */
export function decodeControl(message: JsonObject): ControlMessage | undefined {
  const type = field(message, "type");
  if (type === "please") return decodePlease(message);
  if (type === "connection-hints") return { type, hints: decodeHints(field(message, "hints")) };
  const bare = BARE.find((known) => known === type);
  return bare && { type: bare };
}

function decodePlease(message: JsonObject): ControlMessage | undefined {
  const side = field(message, "side");
  const extensions = field(message, "extensions");
  if (typeof side !== "string" || !SIDE.test(side)) return undefined;
  const listed = Array.isArray(extensions) ? extensions.slice(0, MAX_EXTENSIONS) : [];
  return { type: "please", side, extensions: listed.filter((name) => typeof name === "string") };
}

/** Encodes `please` with our extensions. `side` is a random name in hex. */
export function encodePlease(side: string): JsonObject {
  return { type: "please", side, "use-version": DILATION_VERSION, extensions: [...EXTENSIONS] };
}

/** Encodes `connection-hints`. */
export function encodeHints(hints: JsonObject[]): JsonObject {
  return { type: "connection-hints", hints };
}
