/** From flags and environment to what the library wants. */
import { ZERO_CODE } from "@wormhole-ts/wormhole";
import { parseRelay, type TransferOptions } from "@wormhole-ts/wormhole/node";
import { type Link, mailboxUrl } from "./code/uri.ts";
import type { TransferFlags } from "./flags.ts";
import { isPublicMailbox, PUBLIC_MAILBOX, PUBLIC_RELAY } from "./public-servers.ts";
import { UsageError } from "./usage-error.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Everything but the code.
 * @throws {UsageError} if the transit relay is not written as one
 */
export function transferOptions(flags: TransferFlags, environment: Environment): TransferOptions {
  return {
    relayUrl: flags.relayUrl || environment.WORMHOLE_RELAY_URL || PUBLIC_MAILBOX,
    relays: relays(flags.transitHelper ?? environment.WORMHOLE_TRANSIT_HELPER ?? PUBLIC_RELAY),
    listen: flags.listen,
    verify: flags.verify === true,
    ...(flags.appid === undefined ? {} : { appId: flags.appid }),
    ...(flags.codeLength === undefined ? {} : { codeLength: flags.codeLength }),
    ...(flags.zero === true ? { code: ZERO_CODE } : {}),
  };
}

/** A typing mistake must show before a code is given away: the other side would wait for nothing. */
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
 * The mailbox server at which a link's code waits; nothing if it is the one in use anyway.
 * @throws {UsageError} if the command line names another one: one of the two must be wrong
 */
export function serverOfLink(link: Link, flags: TransferFlags, options: TransferOptions): string | undefined {
  if (link.rendezvous === undefined) return undefined;
  const server = isPublicMailbox(link.rendezvous) ? PUBLIC_MAILBOX : mailboxUrl(link.rendezvous);
  if (server === options.relayUrl || (isPublicMailbox(server) && isPublicMailbox(options.relayUrl))) return undefined;
  if (flags.relayUrl === undefined) return server;
  throw new UsageError(`The link leads to the mailbox server ${server}, and --relay-url to another: leave one out.`);
}

/** Whether a variable of the environment says yes, as the Python program reads it. */
export function isOn(value: string | undefined): boolean {
  return value !== undefined && !["", "0", "false", "f", "no", "n", "off"].includes(value.trim().toLowerCase());
}
