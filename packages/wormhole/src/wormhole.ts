import type { DelegatedWormhole, Wormhole, WormholeDelegate, WormholeOptions } from "./api.ts";
import { Deferred } from "./deferred.ts";
import { Delegated } from "./delegated.ts";

/**
 * Makes a wormhole, and starts to connect to its mailbox server at once.
 *
 * Without a delegate its events are promises (a {@link Wormhole}); with one they are calls of the delegate (a
 * {@link DelegatedWormhole}).
 *
 * @throws {TypeError} if an option is of the wrong type. A bad address is reported like a server that cannot be reached.
 */
export function createWormhole(options: WormholeOptions): Wormhole;
export function createWormhole(options: WormholeOptions & { delegate: WormholeDelegate }): DelegatedWormhole;
export function createWormhole(
  options: WormholeOptions & { delegate?: WormholeDelegate },
): Wormhole | DelegatedWormhole {
  if (typeof options.appId !== "string") throw new TypeError("appId must be a string");
  if (typeof options.relayUrl !== "string") throw new TypeError("relayUrl must be a string");
  return options.delegate ? new Delegated(options, options.delegate) : new Deferred(options);
}
