/** Checks the options of `createWormhole` and `restoreWormhole`. */
import type { RestoreOptions, WormholeDelegate, WormholeOptions } from "../api.ts";
import type { Journal } from "../base/journal.ts";
import {
  aBoolean,
  aFunction,
  aJournal,
  aName,
  anAddress,
  anObject,
  aSignal,
  aTiming,
  aTor,
  type Checks,
  checkOptions,
  required,
} from "../base/options.ts";

/** The options of {@link createWormhole} in both flavours. */
export type AllOptions = WormholeOptions & {
  readonly delegate?: WormholeDelegate | undefined;
  readonly journal?: Journal | undefined;
};

const BOTH = {
  tor: aTor,
  welcomeHandler: aFunction,
  onStatus: aFunction,
  timing: aTiming,
  signal: aSignal,
  platform: anObject,
  journal: aJournal,
};

const CREATE: Checks<AllOptions> = {
  ...BOTH,
  appId: required(aName),
  relayUrl: required(anAddress),
  versions: anObject,
  dilation: aBoolean,
  delegate: anObject,
};

const RESTORE: Checks<RestoreOptions> = { ...BOTH, delegate: required(anObject) };

/** @throws {TypeError} if an option is missing, misspelt or of another type, or if there is a journal and no delegate */
export function checkCreateOptions(options: AllOptions): void {
  checkOptions("createWormhole", options, CREATE);
  if (!options.delegate && options.journal) throw new TypeError("a journal needs a delegate: promises cannot be saved");
}

/** @throws {TypeError} if an option is missing, misspelt or of another type */
export function checkRestoreOptions(options: RestoreOptions): void {
  checkOptions("restoreWormhole", options, RESTORE);
}
