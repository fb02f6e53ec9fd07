/** Starts a transit relay, and puts its parts together. */
import { clientHost } from "../../internal/src/client-host.ts";
import { type Clock, systemClock } from "../../internal/src/clock.ts";
import { hostAndPort, type ListenAddress } from "../../internal/src/listen.ts";
import { HANDSHAKE_MS, IDLE_MS, WAITING_MS } from "./limits.ts";
import type { OpenPort } from "./port.ts";
import { type RelayStatus, Switchboard } from "./switchboard.ts";
import { listenTcp } from "./tcp-face.ts";
import { listenWebSocket } from "./websocket-face.ts";

/** Options of a relay: where it listens for TCP clients, and more. */
export interface TransitRelayOptions extends ListenAddress {
  /** A second port, for clients that can only use WebSocket. Both kinds of client are paired with each other. */
  readonly websocket?: ListenAddress;
  /** How long a client may wait for its partner, in milliseconds. Default: five minutes. */
  readonly waitingTime?: number;
  /** Time, for tests. */
  readonly clock?: Clock;
}

/** A running relay. */
export interface TransitRelay extends AsyncDisposable {
  /** The TCP port. */
  readonly port: number;
  /** The address for clients, such as `tcp:127.0.0.1:4001`. If the relay listens on every address, it is one of them. */
  readonly url: string;
  /** The address for WebSocket clients, such as `ws://127.0.0.1:4002`. */
  readonly websocketUrl?: string;
  /** The present numbers of clients, pairs and buffered bytes. */
  readonly status: RelayStatus;
  /** Drops all connections and closes the ports. */
  close(): Promise<void>;
}

/** Where a relay without options listens: any free port, for programs of this machine only. */
const LOOPBACK: ListenAddress = { host: "127.0.0.1", port: 0 };

/**
 * Starts a transit relay (transit.md of magic-wormhole-protocols). Two clients that cannot reach each other connect to
 * it with the same token, and it forwards bytes between them. It sees only ciphertext. Without options, it listens on any free
 * port of the loopback address.
 *
 * @throws ListenError if a port cannot be opened
 */
export async function startTransitRelay(options: TransitRelayOptions = LOOPBACK): Promise<TransitRelay> {
  const { host, websocket, waitingTime = WAITING_MS, clock = systemClock } = options;
  const switchboard = new Switchboard(clock, { handshakeMs: HANDSHAKE_MS, waitingMs: waitingTime, idleMs: IDLE_MS });
  const arrive = switchboard.arrive.bind(switchboard);
  const tcp = await listenTcp(options, clock, arrive);
  const web = websocket && (await openSecond(tcp, () => listenWebSocket(websocket, clock, arrive)));
  const close = async () => {
    switchboard.close();
    await Promise.all([tcp.close(), web?.close()]);
  };
  return {
    port: tcp.port,
    url: `tcp:${hostAndPort({ host: clientHost(host), port: tcp.port })}`,
    ...(websocket &&
      web && { websocketUrl: `ws://${hostAndPort({ host: clientHost(websocket.host), port: web.port })}` }),
    get status() {
      return switchboard.status;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Opens the second port. If that fails, the first one is closed again. */
async function openSecond(first: OpenPort, open: () => Promise<OpenPort>): Promise<OpenPort> {
  try {
    return await open();
  } catch (error) {
    await first.close();
    throw error;
  }
}
