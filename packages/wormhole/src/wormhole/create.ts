/** The two functions that make a wormhole. */
import type {
  DelegatedWormhole,
  RestoreOptions,
  SerializedWormhole,
  Wormhole,
  WormholeDelegate,
  WormholeOptions,
} from "../api.ts";
import type { Journal } from "../base/journal.ts";
import { deserialize } from "../session/saved/serialize.ts";
import { Deferred } from "./deferred.ts";
import { Delegated } from "./delegated.ts";
import { initialState } from "./initial-state.ts";
import { type AllOptions, checkCreateOptions, checkRestoreOptions } from "./options.ts";

/**
 * Makes a wormhole, and starts to connect to its mailbox server at once.
 *
 * Without a delegate, it is a {@link Wormhole}, whose events are promises. With a delegate, it is a
 * {@link DelegatedWormhole}, whose events are calls of the delegate, and which can be saved.
 *
 * @throws {TypeError} if an option has the wrong type or a misspelt name. An invalid address is reported like a server that
 *   cannot be reached.
 *
 * @example
 * await using wormhole = createWormhole({ appId: "example.com/notes", relayUrl: "wss://mailbox.example.com/v1" });
 * wormhole.allocateCode();
 * console.log(await wormhole.getCode());
 * wormhole.sendMessage(new TextEncoder().encode("hello"));
 * console.log(new TextDecoder().decode(await wormhole.getMessage()));
 * await wormhole.close();
 */
export function createWormhole(
  options: WormholeOptions & { delegate: WormholeDelegate; journal?: Journal | undefined },
): DelegatedWormhole;
export function createWormhole(options: WormholeOptions & { delegate?: undefined; journal?: undefined }): Wormhole;
/** With a delegate that may be missing, the type of the result has both flavours. */
export function createWormhole(
  options: WormholeOptions & { delegate?: WormholeDelegate | undefined; journal?: Journal | undefined },
): Wormhole | DelegatedWormhole;
export function createWormhole(options: AllOptions): Wormhole | DelegatedWormhole {
  checkCreateOptions(options);
  const { delegate, journal, ...rest } = options;
  return delegate ? new Delegated(initialState(rest), { ...rest, delegate, journal }) : new Deferred(rest);
}

/**
 * Continues a wormhole that was saved by `serialize()`: with the same side, the same keys, and the same ciphertexts of
 * all messages that the server has not confirmed. Its events continue where they stopped.
 *
 * If the server cannot be reached at first, the wormhole tries again, unless it has never reached a server.
 *
 * One state must not be restored twice. This function refuses a second copy in the same process. Between processes, the
 * caller has to prevent it.
 *
 * @throws {WormholeError} `bad-state` if the state is invalid; `already-live` if this wormhole is alive in this process
 * @throws {TypeError} if an option has the wrong type or a misspelt name, or if `tor` is missing for a wormhole that was
 *   made with it
 * @throws the reason of `signal` if it has already aborted. The state is unchanged, and can be restored later
 *
 * @example
 * const state = JSON.parse(await readFile("wormhole.json", "utf8"));
 * const wormhole = restoreWormhole(state, { delegate, journal });
 */
export function restoreWormhole(state: SerializedWormhole, options: RestoreOptions): DelegatedWormhole {
  checkRestoreOptions(options);
  options.signal?.throwIfAborted();
  return new Delegated(deserialize(state), options);
}
