/** Turns flags and environment variables into the options of the library. */
import { ZERO_CODE } from "@wormhole-ts/wormhole";
import {
  parseRelay,
  type ReceiveOptions,
  type SendPathOptions,
  type TransferOptions,
} from "@wormhole-ts/wormhole/node";
import { type CodeUri, mailboxUrl } from "./code/code-uri.ts";
import { placeOf } from "./commands/place.ts";
import type { Context } from "./context.ts";
import type { ReceiveFlags, SendFlags, TransferFlags } from "./flags.ts";
import type { Environment } from "./host.ts";
import { isPublicMailbox, PUBLIC_MAILBOX, PUBLIC_RELAY } from "./public-servers.ts";
import { UsageError } from "./usage-error.ts";

/** A flag that the sub-command handles itself. */
const NOT_AN_OPTION = "not an option of the library";

/** One row for each flag, which turns it into options of the library. A flag without a row does not compile. */
type Rows<Flags, Options> = {
  readonly [F in keyof Flags]-?: typeof NOT_AN_OPTION | ((flags: Flags, environment: Environment) => Partial<Options>);
};

const TRANSFER_ROWS: Rows<TransferFlags, TransferOptions> = {
  relayUrl: ({ relayUrl }, { WORMHOLE_RELAY_URL }) => ({ relayUrl: relayUrl || WORMHOLE_RELAY_URL || PUBLIC_MAILBOX }),
  transitHelper: ({ transitHelper }, { WORMHOLE_TRANSIT_HELPER }) => ({
    relays: relays(transitHelper ?? WORMHOLE_TRANSIT_HELPER ?? PUBLIC_RELAY),
  }),
  appid: ({ appid }) => ({ appId: appid }),
  listen: ({ listen }) => ({ listen }),
  verify: ({ verify }) => ({ verify: verify === true }),
  codeLength: ({ codeLength }) => ({ codeLength }),
  zero: ({ zero }) => (zero === true ? { code: ZERO_CODE } : {}),
  code: NOT_AN_OPTION,
  codeFile: NOT_AN_OPTION,
  exactCode: NOT_AN_OPTION,
  dumpTiming: NOT_AN_OPTION,
  hideProgress: NOT_AN_OPTION,
  tor: NOT_AN_OPTION,
  torControlPort: NOT_AN_OPTION,
  launchTor: NOT_AN_OPTION,
};

const SEND_ROWS: Rows<SendFlags, SendPathOptions> = {
  ...TRANSFER_ROWS,
  ignoreUnsendableFiles: ({ ignoreUnsendableFiles }) => ({ ignoreUnsendable: ignoreUnsendableFiles === true }),
  followLinks: ({ followLinks }) => ({ followLinks: followLinks === true }),
  text: NOT_AN_OPTION,
};

const RECEIVE_ROWS: Rows<ReceiveFlags, ReceiveOptions> = {
  ...TRANSFER_ROWS,
  outputFile: ({ outputFile }, environment) => ({ output: placeOf(outputFile, environment)?.path }),
  // A file that stands where -o points may be replaced. Files in a folder that -o names may not, nor a file that appears
  // later, nor a link.
  overwrite: ({ overwrite, outputFile }, environment) => ({
    overwrite: overwrite === true || placeOf(outputFile, environment)?.isFile === true,
  }),
  allocate: NOT_AN_OPTION,
  onlyText: NOT_AN_OPTION,
  acceptFile: NOT_AN_OPTION,
  allowHidden: NOT_AN_OPTION,
  ignoreSpace: NOT_AN_OPTION,
};

/**
 * Returns the library's options for `wormhole send`: all but the code and Tor.
 * @throws {UsageError} if the transit relay is invalid
 */
export function sendOptions(flags: SendFlags, context: OptionsContext): SendPathOptions {
  return withContext(convert(SEND_ROWS, flags, context.environment), context);
}

/**
 * Returns the library's options for `wormhole receive`: all but the code and Tor.
 * @throws {UsageError} if the transit relay is invalid
 */
export function receiveOptions(flags: ReceiveFlags, context: OptionsContext): ReceiveOptions {
  return withContext(convert(RECEIVE_ROWS, flags, context.environment), context);
}

/** The part of a context that becomes options. */
type OptionsContext = Pick<Context, "environment" | "signal" | "timing" | "platform">;

function convert<Flags, Options>(rows: Rows<Flags, Options>, flags: Flags, environment: Environment): Partial<Options> {
  const options: Partial<Options> = {};
  for (const name in rows) {
    const row = rows[name];
    if (typeof row === "function") Object.assign(options, row(flags, environment));
  }
  return options;
}

function withContext<O extends Partial<TransferOptions>>(options: O, { signal, timing, platform }: OptionsContext) {
  // The options include the mailbox server, but their type does not require it. So this default is never used.
  return { relayUrl: PUBLIC_MAILBOX, ...options, signal, timing, platform };
}

/** Checks the relay early: a typing mistake must end the program before it prints a code. */
function relays(text: string): string[] {
  if (text === "") return [];
  try {
    parseRelay(text);
  } catch (cause) {
    throw new UsageError(`--transit-helper: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  return [text];
}

/**
 * Returns the mailbox server that a code URI names, or nothing if it is the one in use.
 * @throws {UsageError} if the command line names another one: one of the two must be wrong
 */
export function serverOfUri(uri: CodeUri, flags: TransferFlags, options: TransferOptions): string | undefined {
  if (uri.rendezvous === undefined) return undefined;
  const server = isPublicMailbox(uri.rendezvous) ? PUBLIC_MAILBOX : mailboxUrl(uri.rendezvous);
  const inUse = String(options.relayUrl);
  if (server === inUse || (isPublicMailbox(server) && isPublicMailbox(inUse))) return undefined;
  if (flags.relayUrl === undefined) return server;
  throw new UsageError(`The code names the mailbox server ${server}, and --relay-url another one. Leave one out.`);
}

/** Whether an environment variable means yes, by the rules of the Python program. */
export function isOn(value: string | undefined): boolean {
  return value !== undefined && !["", "0", "false", "f", "no", "n", "off"].includes(value.trim().toLowerCase());
}
