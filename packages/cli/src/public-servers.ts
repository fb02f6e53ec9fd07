/** The public servers of the Magic Wormhole project, which every program of the family uses unless told otherwise. */
export const PUBLIC_MAILBOX = "wss://relay.magic-wormhole.io/v1";
export const PUBLIC_RELAY = "tcp:transit.magic-wormhole.io:4001";

/** Other addresses of the same mailbox server, as older programs and links write them. */
const PUBLIC_HOST = "relay.magic-wormhole.io";

/** Whether this URL leads to the public mailbox server. */
export function isPublicMailbox(url: string): boolean {
  return URL.canParse(url) && new URL(url).hostname === PUBLIC_HOST;
}
