/**
 * Hints say where a machine can be reached, abilities what it can do. They travel as JSON between the two sides; what
 * comes in may be hostile, and is read with every tolerance that the programs in use need.
 */
import { field, isObject, type JsonObject, type JsonValue } from "../base/json.ts";

/** A TCP endpoint. Of several, those with the larger `priority` are better; 0 where nothing was said. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly priority: number;
}

/** A relay, which may be reached in several ways. */
export interface Relay {
  readonly endpoints: readonly Endpoint[];
  /** WebSocket addresses of the same relay. */
  readonly urls: readonly string[];
}

/** What one message of hints says. Hints of unknown kinds are left out. */
export interface Hints {
  readonly direct: readonly Endpoint[];
  /** Onion services, reachable through Tor only. */
  readonly tor: readonly Endpoint[];
  readonly relays: readonly Relay[];
}

/** Honest sides send a handful; a hostile one could make us dial half the world. */
export const MAX_HINTS = 20;
/** The ways into one relay that are looked at. */
export const MAX_RELAY_WAYS = 3;
/** No host name is longer than this, and no sensible URL of a relay. */
const MAX_HOST_LENGTH = 253;
const MAX_URL_LENGTH = 1024;

/** Reads a list of hints. Never throws: what is no hint is left out, and so is what exceeds {@link MAX_HINTS}. */
export function decodeHints(hints: unknown): Hints {
  const objects = (Array.isArray(hints) ? (hints as JsonValue[]) : []).slice(0, MAX_HINTS).filter(isObject);
  const ofType = (type: string) => objects.filter((hint) => field(hint, "type") === type);
  return {
    direct: ofType("direct-tcp-v1").flatMap(decodeEndpoint),
    tor: ofType("tor-tcp-v1").flatMap(decodeEndpoint),
    relays: ofType("relay-v1").flatMap(decodeRelay),
  };
}

/** One endpoint, or none. A whole number as `1.0` cannot be told from `1` here, and is taken. */
function decodeEndpoint(hint: JsonObject): Endpoint[] {
  const host = field(hint, "hostname");
  const port = field(hint, "port");
  const priority = field(hint, "priority");
  if (typeof host !== "string" || host.length > MAX_HOST_LENGTH) return [];
  if (typeof port !== "number" || !Number.isInteger(port) || port < 0 || port > 65535) return [];
  return [{ host, port, priority: typeof priority === "number" && Number.isFinite(priority) ? priority : 0 }];
}

/** The relay's endpoints are hints inside a hint; Go gives the outer one an empty `hostname` and `port` 0 too. */
function decodeRelay(hint: JsonObject): Relay[] {
  const ways = field(hint, "hints");
  if (!Array.isArray(ways)) return [];
  const objects = ways.slice(0, MAX_HINTS).filter(isObject);
  const relay = {
    endpoints: objects
      .filter((way) => field(way, "type") === "direct-tcp-v1")
      .flatMap(decodeEndpoint)
      .slice(0, MAX_RELAY_WAYS),
    urls: objects.flatMap(decodeUrl).slice(0, MAX_RELAY_WAYS),
  };
  return relay.endpoints.length + relay.urls.length > 0 ? [relay] : [];
}

/** The document says `websocket-v1`, the Rust program `websocket`. */
function decodeUrl(way: JsonObject): string[] {
  const type = field(way, "type");
  const url = field(way, "url");
  if (type !== "websocket" && type !== "websocket-v1") return [];
  return typeof url === "string" && url.length <= MAX_URL_LENGTH && /^wss?:\/\//.test(url) ? [url] : [];
}

/** A hint that a machine can be reached here. */
export function encodeDirect(endpoint: Endpoint): JsonObject {
  return { type: "direct-tcp-v1", priority: endpoint.priority, hostname: endpoint.host, port: endpoint.port };
}

/**
 * A hint for a relay with one endpoint: where two lead to one relay, Go's program pairs with itself. `hints` is always
 * an array: Python's program fails on null.
 */
export function encodeRelay(endpoint: Endpoint): JsonObject {
  return { type: "relay-v1", hints: [encodeDirect(endpoint)] };
}
