import type { DelegatedWormhole, Wormhole, WormholeDelegate, WormholeOptions } from "./api.ts";
import { type ControlsOptions, newborn } from "./controls.ts";
import { Deferred } from "./deferred.ts";
import { Delegated } from "./delegated.ts";
import type { Journal } from "./journal.ts";
import { deserialize, type SerializedWormhole } from "./session/serialize.ts";

/**
 * Makes a wormhole, and starts to connect to its mailbox server at once.
 *
 * Without a delegate its events are promises (a {@link Wormhole}); with one they are calls of the delegate (a
 * {@link DelegatedWormhole}).
 *
 * @throws {TypeError} if an option is of the wrong type. A bad address is reported like a server that cannot be reached.
 */
export function createWormhole(options: WormholeOptions): Wormhole;
export function createWormhole(
  options: WormholeOptions & { delegate: WormholeDelegate; journal?: Journal },
): DelegatedWormhole;
export function createWormhole(
  options: WormholeOptions & { delegate?: WormholeDelegate; journal?: Journal },
): Wormhole | DelegatedWormhole {
  const { delegate, journal, ...rest } = options;
  if (typeof options.appId !== "string") throw new TypeError("appId must be a string");
  if (typeof options.relayUrl !== "string") throw new TypeError("relayUrl must be a string");
  if (!delegate && journal) throw new TypeError("a journal needs a delegate: promises cannot be saved");
  return delegate
    ? new Delegated(newborn(rest), { ...rest, delegate, ...(journal && { journal }) })
    : new Deferred(rest);
}

/**
 * Goes on with a wormhole that was saved by `serialize()`: same side, same keys, the same ciphertexts for whatever the
 * server has not confirmed. Its events go on where they had stopped.
 *
 * @throws {WormholeError} `bad-state` if the state cannot be read, `already-live` if it is in use in this process. In
 *   other processes it is for the caller to see to it that one state is never restored twice.
 */
export function restoreWormhole(
  state: SerializedWormhole,
  options: ControlsOptions & { delegate: WormholeDelegate; journal?: Journal },
): DelegatedWormhole {
  return new Delegated(deserialize(state), options);
}
