/** The public servers of the Magic Wormhole project: the defaults of every Magic Wormhole program. */

/** The public mailbox server. */
export const PUBLIC_MAILBOX = "wss://relay.magic-wormhole.io/v1";
/** The public transit relay. */
export const PUBLIC_RELAY = "tcp:transit.magic-wormhole.io:4001";

/** The host under which older programs and code URIs name the same mailbox server, with other schemes and ports. */
const PUBLIC_HOST = "relay.magic-wormhole.io";

/** Whether a URL leads to the public mailbox server. */
export function isPublicMailbox(url: string): boolean {
  return URL.canParse(url) && new URL(url).hostname === PUBLIC_HOST;
}
