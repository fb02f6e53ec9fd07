/**
 * The common part of these examples: two programs meet by a code and dilate their wormhole. The first one is started
 * without a code and prints one; the second one is started with that code.
 *
 * Both use the servers of `npx wormhole serve`, or those in the environment variables WORMHOLE_RELAY_URL and
 * WORMHOLE_TRANSIT_HELPER.
 */
import { createWormhole, type Dilated, type DilationStatus, type Wormhole } from "@wormhole-ts/wormhole";

const MAILBOX = process.env.WORMHOLE_RELAY_URL ?? "ws://127.0.0.1:4000/v1";
const RELAY = process.env.WORMHOLE_TRANSIT_HELPER ?? "tcp:127.0.0.1:4001";

export interface Meeting {
  readonly wormhole: Wormhole;
  readonly dilated: Dilated;
}

/** Dilates a wormhole. Only programs with the same `name` meet. Ctrl-C closes the wormhole. */
export async function meet(name: string, code: string | undefined): Promise<Meeting> {
  const interrupted = new AbortController();
  process.once("SIGINT", () => interrupted.abort());
  const { signal } = interrupted;
  const wormhole = createWormhole({ appId: `example.com/${name}`, relayUrl: MAILBOX, signal });
  if (code === undefined) {
    wormhole.allocateCode();
    console.error(`The code is ${await wormhole.getCode()}`);
  } else wormhole.setCode(code);
  const dilated = await wormhole.dilate({ relays: [RELAY], onStatus: report });
  return { wormhole, dilated };
}

let reported = "";

/** Prints each change of the connection. The streams are not affected. */
function report({ peerConnection: connection }: DilationStatus): void {
  const way = connection.state === "connected" ? ` ${connection.description}` : "";
  const news = `[${connection.state}${way}]`;
  if (news !== reported) console.error(news);
  reported = news;
}
