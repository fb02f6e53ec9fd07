/** Checks the options of a transit. */
import { aBoolean, anObject, aSignal, aTiming, aTor, type Checks, checkOptions, strings } from "../base/options.ts";
import type { TransitOptions } from "./api.ts";

export const TRANSIT_CHECKS: Checks<TransitOptions> = {
  relays: strings,
  listen: aBoolean,
  tor: aTor,
  timing: aTiming,
  signal: aSignal,
  platform: anObject,
};

/** @throws {TypeError} if an option is misspelt or has the wrong type */
export function checkTransitOptions(options: TransitOptions): void {
  checkOptions("a transit", options, TRANSIT_CHECKS);
}
