/** Checks the options of `dilate()`. */
import { aBoolean, aFunction, amount, aSignal, type Checks, checkOptions, strings } from "../base/options.ts";
import type { DilateOptions } from "./api.ts";

/** One week. Timers of a few weeks overflow on many platforms. */
const MAX_SECONDS = 604_800;

const DILATE: Checks<DilateOptions> = {
  relays: strings,
  listen: aBoolean,
  expectedSubprotocols: strings,
  pingInterval: amount("seconds", MAX_SECONDS),
  patience: amount("seconds", MAX_SECONDS),
  onStatus: aFunction,
  signal: aSignal,
};

/** @throws {TypeError} if an option is misspelt or has the wrong type */
export function checkDilateOptions(options: DilateOptions): void {
  checkOptions("dilate", options, DILATE);
}
