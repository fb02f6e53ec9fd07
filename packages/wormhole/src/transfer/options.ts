/** Checks the arguments and options of transfers, before anything is opened or a code is used. */
import {
  aBoolean,
  aFunction,
  aName,
  anAddress,
  aString,
  type Check,
  type Checks,
  checkOptions,
  required,
  wholeNumber,
} from "../base/options.ts";
import { MAX_WORDS } from "../session/code-words.ts";
import { TRANSIT_CHECKS } from "../transit/options.ts";
import type { ReceiveOptions, SendPathOptions, TransferOptions } from "./api.ts";

const TRANSFER: Checks<TransferOptions> = {
  ...TRANSIT_CHECKS,
  relayUrl: required(anAddress),
  appId: aName,
  code: aString,
  codeLength: wholeNumber(1, MAX_WORDS),
  verify: aBoolean,
};

/** `accept` is a boolean or a function. */
const aDecision: Check = {
  is: (value) => aBoolean.is(value) || aFunction.is(value),
  must: "be a boolean or a function",
  optional: true,
};

const SEND_PATH: Checks<SendPathOptions> = { ...TRANSFER, ignoreUnsendable: aBoolean, followLinks: aBoolean };

const RECEIVE: Checks<ReceiveOptions> = {
  ...TRANSFER,
  enterCode: aFunction,
  directory: aName,
  output: aName,
  overwrite: aBoolean,
  accept: aDecision,
  allowHidden: aBoolean,
  ignoreSpace: aBoolean,
};

/** @throws {TypeError} if the text is not a string, or if an option is missing, misspelt or of another type */
export function checkSendText(text: string, options: TransferOptions): void {
  if (typeof text !== "string") throw new TypeError("text must be a string");
  checkOptions("sendText", options, TRANSFER);
}

/** @throws {TypeError} if the path is not a string, or if an option is missing, misspelt or of another type */
export function checkSendPath(path: string, options: SendPathOptions): void {
  if (typeof path !== "string") throw new TypeError("path must be a string");
  checkOptions("sendPath", options, SEND_PATH);
}

/** @throws {TypeError} if an option is missing, misspelt or of another type */
export function checkReceive(options: ReceiveOptions): void {
  checkOptions("receive", options, RECEIVE);
}
