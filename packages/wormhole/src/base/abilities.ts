/** The kinds of connections that this library announces to a peer. */
import type { JsonObject } from "./json.ts";

/**
 * The kinds of connections that every platform with sockets can make, as JSON for the peer. They are part of transit
 * messages, and of the versions of a wormhole that can dilate.
 *
 * Both kinds are announced even if this side has no hints of its own, because the Rust program omits every kind that
 * its peer has not announced.
 */
export function abilities(): JsonObject[] {
  return [{ type: "direct-tcp-v1" }, { type: "relay-v1" }];
}
