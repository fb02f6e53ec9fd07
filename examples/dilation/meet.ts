/**
 * What the examples of this folder have in common: two programs meet by a code, and dilate their wormhole. The first one
 * is started without a code, and says it; the second one is started with it.
 *
 * Both use the servers of `npx wormhole serve`, or those that the environment names: WORMHOLE_RELAY_URL and
 * WORMHOLE_TRANSIT_HELPER.
 */
import { createWormhole, type Dilated, type DilationStatus, type Wormhole } from "@wormhole-ts/wormhole";

const MAILBOX = process.env.WORMHOLE_RELAY_URL ?? "ws://127.0.0.1:4000/v1";
const RELAY = process.env.WORMHOLE_TRANSIT_HELPER ?? "tcp:127.0.0.1:4001";

export interface Meeting {
  readonly wormhole: Wormhole;
  readonly dilated: Dilated;
}

/** `name` is that of the example: programs with different ones do not meet. Ctrl-C closes the wormhole. */
export async function meet(name: string, code: string | undefined): Promise<Meeting> {
  const interrupted = new AbortController();
  process.once("SIGINT", () => interrupted.abort());
  const { signal } = interrupted;
  const wormhole = createWormhole({ appId: `example.com/${name}`, relayUrl: MAILBOX, signal });
  if (code === undefined) {
    wormhole.allocateCode();
    console.error(`The code is ${await wormhole.getCode()}`);
  } else wormhole.setCode(code);
  const dilated = await wormhole.dilate({ relays: [RELAY], onStatus: tell });
  return { wormhole, dilated };
}

let told = "";

/** Says what happens to the connection, once; the streams do not notice. */
function tell({ peerConnection: connection }: DilationStatus): void {
  const way = connection.state === "connected" ? ` ${connection.description}` : "";
  const news = `[${connection.state}${way}]`;
  if (news !== told) console.error(news);
  told = news;
}
