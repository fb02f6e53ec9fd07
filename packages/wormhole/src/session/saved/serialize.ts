/** Converts a wormhole to JSON and back. */
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import type { SerializedWormhole } from "../../api.ts";
import { isObject, isShallow, type JsonObject, type JsonValue } from "../../base/json.ts";
import { WormholeError } from "../../errors.ts";
import { withoutLiveParts } from "../session.ts";
import { isSaved, type Saved } from "./saved-shape.ts";
import { fromFormat1 } from "./upgrade.ts";

/** The version of this format. States of format 1 can still be read. */
const FORMAT = 2;
/** The maximum depth of nesting: that of messages, plus the fields around them. */
const MAX_DEPTH = 40;

/** Writes a wormhole as JSON. */
export function serialize({ relayUrl, session, untold, tor }: Saved): SerializedWormhole {
  const state = { format: FORMAT, relayUrl, session: encode(session) as JsonObject, untold: untold.map(encode) };
  return tor ? { ...state, tor } : state;
}

/**
 * Reads a wormhole from JSON, as another process can continue it.
 * @throws {WormholeError} `bad-state` if it is damaged, is of a later format, or was not made by {@link serialize}
 */
export function deserialize(state: SerializedWormhole): Saved {
  if (!isObject(state) || typeof state.format !== "number") throw bad("This is not the saved state of a wormhole.");
  const saved = decodeAll(inPresentFormat(state));
  if (!isSaved(saved)) throw bad("This saved wormhole is damaged.");
  const { relayUrl, session, untold, tor } = saved;
  return { relayUrl, session: withoutLiveParts(session), untold, tor };
}

function inPresentFormat(state: SerializedWormhole): JsonObject {
  if (state.format === FORMAT) return state;
  if (state.format === 1) return fromFormat1(state);
  throw bad(
    `This wormhole was saved in format ${state.format}, and this version reads formats up to ${FORMAT}: ` +
      "finish it with the version that saved it, or start a new one.",
  );
}

function decodeAll(state: JsonObject): unknown {
  if (!isShallow(state, MAX_DEPTH)) return undefined;
  try {
    return decode(state);
  } catch (cause) {
    throw bad("This saved wormhole is damaged.", { cause });
  }
}

function bad(message: string, options?: ErrorOptions): WormholeError {
  return new WormholeError("bad-state", message, options);
}

type Plain =
  | string
  | number
  | boolean
  | null
  | undefined
  | Uint8Array
  | readonly Plain[]
  | { readonly [key: string]: Plain };

/**
 * Bytes become `{"$bytes": "…"}`. Objects from the application or the peer may have any keys, so a key that begins with `$`
 * gets a second `$`.
 */
function encode(value: unknown): JsonValue {
  const plain = value as Plain;
  if (plain instanceof Uint8Array) return { $bytes: bytesToHex(plain) };
  if (Array.isArray(plain)) return plain.map(encode);
  if (typeof plain !== "object" || plain === null) return plain as JsonValue;
  return Object.fromEntries(Object.entries(plain).map(([key, inner]) => [key.replace(/^\$/, "$$$$"), encode(inner)]));
}

function decode(value: JsonValue): unknown {
  if (Array.isArray(value)) return value.map(decode);
  if (!isObject(value)) return value;
  const { $bytes } = value;
  if (typeof $bytes === "string") return hexToBytes($bytes);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key.replace(/^\$\$/, "$$"), decode(inner)]));
}
