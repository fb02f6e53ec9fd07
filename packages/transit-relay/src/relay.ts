import { type Clock, systemClock } from "./clock.ts";
import { HANDSHAKE_TIME, IDLE_TIME, WAITING_TIME } from "./limits.ts";
import type { Address, Listening } from "./listening.ts";
import { type RelayStatus, Switchboard } from "./switchboard.ts";
import { listenTcp } from "./tcp-face.ts";
import { listenWebSocket } from "./websocket-face.ts";

/** Where a relay listens, and how patient it is. */
export interface TransitRelayOptions extends Address {
  /** A second port, for clients that can only speak WebSocket. Both kinds of client are paired with each other. */
  readonly websocket?: Address;
  /** How long a client may wait for its partner, in milliseconds. Five minutes unless given. */
  readonly waitingTime?: number;
  /** The relay's time, for simulations. */
  readonly clock?: Clock;
}

/** A relay that runs. */
export interface TransitRelay extends AsyncDisposable {
  /** The TCP port, also where the system chose it. */
  readonly port: number;
  /** What clients are given, as in `tcp:127.0.0.1:4001`. */
  readonly url: string;
  /** The same for the WebSocket port, as in `ws://127.0.0.1:4002`. */
  readonly websocketUrl?: string;
  /** What the relay is doing at this moment. */
  readonly status: RelayStatus;
  /** Drops all connections and closes the ports. */
  close(): Promise<void>;
}

/**
 * Starts a transit relay (transit.md of magic-wormhole-protocols): two clients that cannot reach each other connect to
 * it with the same token, and it carries bytes between them. It sees only what they have encrypted.
 *
 * @throws ListenError when a port cannot be opened.
 */
export async function startTransitRelay(options: TransitRelayOptions): Promise<TransitRelay> {
  const { host, websocket, waitingTime = WAITING_TIME, clock = systemClock } = options;
  const switchboard = new Switchboard(clock, { handshakeTime: HANDSHAKE_TIME, waitingTime, idleTime: IDLE_TIME });
  const arrive = switchboard.arrive.bind(switchboard);
  const tcp = await listenTcp(options, clock, arrive);
  const web = websocket && (await openSecond(tcp, () => listenWebSocket(websocket, clock, arrive)));
  const close = async () => {
    switchboard.close();
    await Promise.all([tcp.close(), web?.close()]);
  };
  return {
    port: tcp.port,
    url: `tcp:${hostInUrl(host)}:${tcp.port}`,
    ...(websocket && web && { websocketUrl: `ws://${hostInUrl(websocket.host)}:${web.port}` }),
    get status() {
      return switchboard.status;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** When the second port cannot be opened, the first is closed again. */
async function openSecond(first: Listening, open: () => Promise<Listening>): Promise<Listening> {
  try {
    return await open();
  } catch (error) {
    await first.close();
    throw error;
  }
}

function hostInUrl(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
