import type { DelegatedWormhole, SerializedWormhole, Wormhole, WormholeDelegate, WormholeOptions } from "../api.ts";
import type { Journal } from "../base/journal.ts";
import { deserialize } from "../session/saved/serialize.ts";
import { type ControlsOptions, newborn } from "./controls.ts";
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
export function createWormhole(
  options: WormholeOptions & { delegate: WormholeDelegate; journal?: Journal },
): DelegatedWormhole;
export function createWormhole(options: WormholeOptions & { delegate?: undefined; journal?: undefined }): Wormhole;
export function createWormhole(
  options: WormholeOptions & { delegate?: WormholeDelegate | undefined; journal?: Journal | undefined },
): Wormhole | DelegatedWormhole {
  const { delegate, journal, ...rest } = options;
  if (typeof options.appId !== "string") throw new TypeError("appId must be a string");
  if (typeof options.relayUrl !== "string") throw new TypeError("relayUrl must be a string");
  if (options.dilation !== undefined && typeof options.dilation !== "boolean")
    throw new TypeError("dilation must be a boolean");
  if (!delegate && journal) throw new TypeError("a journal needs a delegate: promises cannot be saved");
  if (delegate) checkListeners(delegate, journal);
  return delegate
    ? new Delegated(newborn(rest), { ...rest, delegate, ...(journal && { journal }) })
    : new Deferred(rest);
}

/**
 * Goes on with a wormhole that was saved by `serialize()`: same side, same keys, the same ciphertexts for whatever the
 * server has not confirmed. Its events go on where they had stopped.
 *
 * A server that is down at first is tried again, unless none was ever reached.
 *
 * @throws {WormholeError} `bad-state` if the state cannot be read, `already-live` if it is in use in this process. In
 *   other processes it is for the caller to see to it that one state is never restored twice.
 * @throws {TypeError} if the delegate or the journal is none.
 */
export function restoreWormhole(
  state: SerializedWormhole,
  options: ControlsOptions & { delegate: WormholeDelegate; journal?: Journal },
): DelegatedWormhole {
  checkListeners(options.delegate, options.journal);
  return new Delegated(deserialize(state), options);
}

/** Without a delegate, events would be lost for ever; without a whole journal, effects. */
function checkListeners(delegate: WormholeDelegate, journal: Journal | undefined): void {
  if (typeof delegate !== "object" || delegate === null) throw new TypeError("delegate must be an object");
  if (!journal) return;
  if (typeof journal.process !== "function" || typeof journal.queueOutbound !== "function")
    throw new TypeError("journal must have process and queueOutbound");
}
