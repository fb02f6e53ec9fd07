/** A session as JSON and back. What is saved is the state itself: there is nothing else. */
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import type { SerializedWormhole } from "../../api.ts";
import { isObject, isShallow, type JsonObject, type JsonValue } from "../../base/json.ts";
import { WormholeError } from "../../errors.ts";
import type { WormholeEvent } from "../machines/boss.ts";
import type { Session } from "../session.ts";
import { isSaved } from "./saved-shape.ts";

/** The version of this format. A state of another one is refused. */
const FORMAT = 1;
/** Levels of nesting: those of what application and server may say, and the fields around them. */
const MAX_DEPTH = 40;

/** All that a wormhole is. */
export interface Saved {
  readonly relayUrl: string;
  readonly session: Session;
  /** Events that the application has not seen. */
  readonly untold: readonly WormholeEvent[];
  /** It must not be brought to life without Tor. */
  readonly tor?: true | undefined;
}

export function serialize({ relayUrl, session, untold, tor }: Saved): SerializedWormhole {
  const state = { format: FORMAT, relayUrl, session: encode(session) as JsonObject, untold: untold.map(encode) };
  return tor ? { ...state, tor } : state;
}

/** @throws {WormholeError} `bad-state` for what {@link serialize} did not make, or made in another version. */
export function deserialize(state: SerializedWormhole): Saved {
  if (!isObject(state) || typeof state.format !== "number") throw bad("This is not the saved state of a wormhole.");
  if (state.format !== FORMAT) {
    throw bad(
      `This wormhole was saved in format ${state.format}, and this version reads format ${FORMAT}: ` +
        "finish it with the version that saved it, or start a new one.",
    );
  }
  const saved = decodeAll(state);
  if (!isSaved(saved)) throw bad("This saved wormhole is damaged.");
  const { relayUrl, session, untold, tor } = saved;
  return { relayUrl, session: asleep(session), untold, tor };
}

function decodeAll(state: SerializedWormhole): unknown {
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

/**
 * A session whose process has ended: its link is down, and nobody is typing a code any more. Whoever was typing is
 * asked again.
 */
function asleep(session: Session): Session {
  const { code } = session;
  return {
    ...session,
    link: unlinked(session.link),
    code: code.at === "choosingNameplate" || code.at === "choosingWords" ? { at: "none" } : code,
  };
}

function unlinked(link: Session["link"]): Session["link"] {
  if (link.at === "stopped") return link;
  const { appId, side, client, first, attempts } = link;
  return { at: "fresh", appId, side, client, first, attempts };
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
 * Bytes become `{"$bytes": "…"}`. What the application or the peer gave may hold any key: those that begin with `$`
 * get another one.
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
