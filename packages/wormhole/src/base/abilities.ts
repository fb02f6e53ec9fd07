import type { JsonObject } from "./json.ts";

/**
 * The kinds of connection that every platform with sockets can make, as they are announced to the peer: in transit
 * messages and in the versions of a wormhole that can dilate. Both are announced even if this side has no hints of its
 * own, because the Rust program leaves out every kind that its peer has not announced.
 */
export function abilities(): JsonObject[] {
  return [{ type: "direct-tcp-v1" }, { type: "relay-v1" }];
}
