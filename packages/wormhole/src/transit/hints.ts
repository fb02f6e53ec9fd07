/**
 * Encodes and decodes hints: where a side can be reached. The two sides exchange them as JSON (transit.md of
 * magic-wormhole-protocols, "Abilities"). Incoming hints may be hostile, and the other programs write them in several
 * ways. Which ones are worth dialling is decided in `race/usable.ts`.
 */
import { field, isObject, type JsonObject, type JsonValue } from "../base/json.ts";

/**
 * A TCP endpoint: a host and a port in a hint. Endpoints with a higher `priority` are tried first. The default is 0.
 */
export interface Endpoint {
  /** A host name, or an IP address without brackets. */
  readonly host: string;
  /** A TCP port, 1 to 65535. */
  readonly port: number;
  /** Endpoints with a higher number are tried first. */
  readonly priority: number;
}

/** The contents of one message of hints. Hints of unknown types are ignored. */
export interface Hints {
  readonly direct: readonly Endpoint[];
  /** Onion services, which can be reached through Tor only. */
  readonly tor: readonly Endpoint[];
  /** The endpoints of all relays. */
  readonly relays: readonly Endpoint[];
}

/**
 * The maximum number of direct endpoints of one message that are dialled. Honest sides send a few. A hostile one could make
 * this side dial endlessly.
 */
export const MAX_HINTS = 20;
/** The maximum number of direct hints that are read from one message. A machine with many networks may send dozens. */
export const MAX_READ_HINTS = 200;
/** The maximum number of relays that are read from one message, wherever they are in it. */
const MAX_RELAYS = 5;
/** The maximum number of endpoints that are read for one relay. */
const MAX_RELAY_ENDPOINTS = 3;
/** The length of the longest host name. */
const MAX_HOST_LENGTH = 253;

/** Decodes a list of hints. It never throws: invalid hints, and those beyond the limits, are ignored. */
export function decodeHints(hints: unknown): Hints {
  const objects = objectsOf(hints);
  return {
    direct: ofType(objects, "direct-tcp-v1").slice(0, MAX_READ_HINTS).flatMap(decodeEndpoint),
    tor: ofType(objects, "tor-tcp-v1").slice(0, MAX_HINTS).flatMap(decodeEndpoint),
    relays: ofType(objects, "relay-v1").slice(0, MAX_RELAYS).flatMap(decodeRelay),
  };
}

function objectsOf(hints: unknown): JsonObject[] {
  return (Array.isArray(hints) ? (hints as JsonValue[]) : []).filter(isObject);
}

function ofType(hints: readonly JsonObject[], type: string): JsonObject[] {
  return hints.filter((hint) => field(hint, "type") === type);
}

/** One endpoint, or an empty list. `1.0` is accepted as a port, because JavaScript cannot tell it from `1`. */
function decodeEndpoint(hint: JsonObject): Endpoint[] {
  const host = field(hint, "hostname");
  const port = field(hint, "port");
  const priority = field(hint, "priority");
  if (typeof host !== "string" || host.length > MAX_HOST_LENGTH) return [];
  if (typeof port !== "number" || !Number.isInteger(port) || port < 0 || port > 65535) return [];
  return [{ host, port, priority: typeof priority === "number" && Number.isFinite(priority) ? priority : 0 }];
}

/**
 * The TCP endpoints of a relay, which are hints inside a hint. Inner hints of other types, such as `websocket`, are
 * ignored, and so are the empty `hostname` and the `port` 0 that Go adds to the outer hint.
 */
function decodeRelay(hint: JsonObject): Endpoint[] {
  const endpoints = ofType(objectsOf(field(hint, "hints")), "direct-tcp-v1").flatMap(decodeEndpoint);
  return endpoints.slice(0, MAX_RELAY_ENDPOINTS);
}

/** The hint for an endpoint of this side. */
export function encodeDirect(endpoint: Endpoint): JsonObject {
  return { type: "direct-tcp-v1", priority: endpoint.priority, hostname: endpoint.host, port: endpoint.port };
}

/**
 * The hint for a relay. It has one endpoint, because the Go program is paired with itself if two endpoints lead to one
 * relay. `hints` is always an array, because the Python program fails on null.
 */
export function encodeRelay(endpoint: Endpoint): JsonObject {
  return { type: "relay-v1", hints: [encodeDirect(endpoint)] };
}

/** The maximum number of direct hints that this side sends. */
const MAX_SENT_HINTS = 50;

/**
 * The hints of this side, the most useful first. `hosts` are its addresses at which `port` is open; `relays` are its relays.
 * A relay stands among the first {@link MAX_HINTS}, because other programs may read no more.
 */
export function ownHints(hosts: readonly string[], port: number, relays: readonly Endpoint[]): JsonObject[] {
  const direct = hosts.slice(0, MAX_SENT_HINTS).map((host) => encodeDirect({ host, port, priority: 0 }));
  const first = Math.max(0, MAX_HINTS - relays.length);
  return [...direct.slice(0, first), ...relays.map(encodeRelay), ...direct.slice(first)];
}
