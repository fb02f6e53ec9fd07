/** Checks the arguments and options of transfers, before anything is opened or a code is used. */
import {
  aBoolean,
  aFunction,
  aName,
  anAddress,
  aPath,
  aString,
  type Check,
  type Checks,
  checkOptions,
  required,
  wholeNumber,
} from "../base/options.ts";
import { MAX_WORDS } from "../session/code-words.ts";
import { TRANSIT_CHECKS } from "../transit/options.ts";
import type {
  OfferChoice,
  ReceiveFileOptions,
  ReceiveOptions,
  SendFileOptions,
  SendPathOptions,
  TransferOptions,
} from "./api.ts";

const TRANSFER: Checks<TransferOptions> = {
  ...TRANSIT_CHECKS,
  relayUrl: required(anAddress),
  appId: aName,
  code: aString,
  codeLength: wholeNumber(1, MAX_WORDS),
  verify: aBoolean,
};

const either = (must: string, ...checks: readonly Check[]): Check => ({
  is: (value) => checks.some((each) => each.is(value)),
  must,
  optional: true,
});

const aDecision = either("be a boolean or a function", aBoolean, aFunction);
const aStreamToWrite: Check = {
  is: (value) => typeof value === "object" && value !== null && "getWriter" in value,
  must: "be a WritableStream",
  optional: true,
};

const CHOICE: Checks<OfferChoice> = {
  output: aPath,
  overwrite: either('be a boolean or "output"', aBoolean, {
    is: (value) => value === "output",
    must: "",
    optional: true,
  }),
  ignoreSpace: aBoolean,
};

const SEND_PATH: Checks<SendPathOptions> = { ...TRANSFER, ignoreUnsendable: aBoolean, followLinks: aBoolean };

const SEND_FILE: Checks<SendFileOptions> = { ...TRANSFER, name: aString };

const ANSWER = { enterCode: aFunction, accept: aDecision, allowHidden: aBoolean };

const RECEIVE: Checks<ReceiveOptions> = { ...TRANSFER, ...ANSWER, ...CHOICE, directory: aPath };

const RECEIVE_FILE: Checks<ReceiveFileOptions> = {
  ...TRANSFER,
  ...ANSWER,
  into: either("be a WritableStream, or a function that returns one", aStreamToWrite, aFunction),
  maxBytes: wholeNumber(0, Number.MAX_SAFE_INTEGER),
};

/** @throws {TypeError} if the text is not a string, or if an option is missing, misspelt or of another type */
export function checkSendText(text: string, options: TransferOptions): void {
  if (typeof text !== "string") throw new TypeError("text must be a string");
  checkOptions("sendText", options, TRANSFER);
}

/** @throws {TypeError} if the path is not a string, or if an option is missing, misspelt or of another type */
export function checkSendPath(path: string | URL, options: SendPathOptions): void {
  if (typeof path !== "string" && !(path instanceof URL)) throw new TypeError("path must be a string or a URL");
  checkOptions("sendPath", options, SEND_PATH);
}

/** @throws {TypeError} if an option is missing, misspelt or of another type */
export function checkReceive(options: ReceiveOptions): void {
  checkOptions("receive", options, RECEIVE);
}

/** @throws {TypeError} if an option is missing, misspelt or of another type */
export function checkReceiveFile(options: ReceiveFileOptions): void {
  checkOptions("receiveFile", options, RECEIVE_FILE);
}

/** @throws {TypeError} if an option is missing, misspelt or of another type */
export function checkSendFile(options: SendFileOptions): void {
  checkOptions("sendFile", options, SEND_FILE);
}

/** @throws {TypeError} if a part of the choice is misspelt or of another type */
export function checkChoice(choice: OfferChoice): void {
  checkOptions("accept", choice, CHOICE);
}
