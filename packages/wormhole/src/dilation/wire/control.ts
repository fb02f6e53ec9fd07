/**
 * What the two sides of a dilation say to each other through the mailbox: dilation-protocol.rst of magic-wormhole, and a few
 * things of our own, for sides whose `please` lists them. Other programs' `please` lists nothing.
 */
import { field, type JsonObject } from "../../base/json.ts";
import { decodeHints, type Hints } from "../../transit/hints.ts";

export type ControlMessage =
  /** Let us dilate. The higher `side` leads. Not every program says a `version`. */
  | {
      readonly type: "please";
      readonly side: string;
      readonly version: string | undefined;
      readonly extensions: readonly string[];
    }
  | { readonly type: "connection-hints"; readonly hints: Hints }
  | { readonly type: "reconnect" }
  | { readonly type: "reconnecting" }
  /** Of our own: the follower has lost the connection, and asks the leader for another. */
  | { readonly type: "ask-reconnect" }
  /** Of our own: this side has closed its wormhole. */
  | { readonly type: "goodbye" };

/** The version of the protocol that we speak. */
export const DILATION_VERSION = "ged";

/**
 * What we can beyond the protocol: two control messages, records that give credit to a single subchannel, and long chunks
 * in records of one Noise message each.
 */
const EXTENSIONS: readonly string[] = ["ask-reconnect", "goodbye", "credit", "parts"];
const MAX_EXTENSIONS = 16;
const SIDE = /^[0-9a-f]{1,64}$/;
const BARE = ["reconnect", "reconnecting", "ask-reconnect", "goodbye"] as const;

/** `undefined` for what a newer program may say, and for what nobody should. */
export function decodeControl(message: JsonObject): ControlMessage | undefined {
  const type = field(message, "type");
  if (type === "please") return decodePlease(message);
  if (type === "connection-hints") return { type, hints: decodeHints(field(message, "hints")) };
  const bare = BARE.find((known) => known === type);
  return bare && { type: bare };
}

function decodePlease(message: JsonObject): ControlMessage | undefined {
  const side = field(message, "side");
  const version = field(message, "use-version");
  const extensions = field(message, "extensions");
  if (typeof side !== "string" || !SIDE.test(side)) return undefined;
  const listed = Array.isArray(extensions) ? extensions.slice(0, MAX_EXTENSIONS) : [];
  return {
    type: "please",
    side,
    version: typeof version === "string" ? version : undefined,
    extensions: listed.filter((name) => typeof name === "string"),
  };
}

export function encodePlease(side: string): JsonObject {
  return { type: "please", side, "use-version": DILATION_VERSION, extensions: [...EXTENSIONS] };
}

export function encodeHints(hints: JsonObject[]): JsonObject {
  return { type: "connection-hints", hints };
}
