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
import { initialState } from "./controls.ts";
import { Deferred } from "./deferred.ts";
import { Delegated } from "./delegated.ts";

/**
 * Makes a wormhole, and starts to connect to its mailbox server at once.
 *
 * Without a delegate, it is a {@link Wormhole}, whose events are promises. With a delegate, it is a
 * {@link DelegatedWormhole}, whose events are calls of the delegate, and which can be saved.
 *
 * @throws {TypeError} if an option has the wrong type. An invalid address is reported like a server that cannot be reached.
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
  if (!delegate) return new Deferred(rest);
  checkListeners(delegate, journal);
  return new Delegated(initialState(rest), { ...rest, delegate, journal });
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
 * @throws {TypeError} if `delegate` is not an object, if `journal` lacks `process` or `queueOutbound`, or if `tor` is
 *   missing for a wormhole that was made with it
 *
 * @example
 * const state = JSON.parse(await readFile("wormhole.json", "utf8"));
 * const wormhole = restoreWormhole(state, { delegate, journal });
 */
export function restoreWormhole(state: SerializedWormhole, options: RestoreOptions): DelegatedWormhole {
  checkListeners(options.delegate, options.journal);
  return new Delegated(deserialize(state), options);
}

/** Checks both types: without a delegate, events would be lost; without a complete journal, effects would be lost. */
function checkListeners(delegate: WormholeDelegate, journal: Journal | undefined): void {
  if (typeof delegate !== "object" || delegate === null) throw new TypeError("delegate must be an object");
  if (!journal) return;
  if (typeof journal.process !== "function" || typeof journal.queueOutbound !== "function")
    throw new TypeError("journal must have process and queueOutbound");
}
