/** The interface of an access to Tor. The code that finds or launches a Tor is in tor/. */
import type { StreamNetwork } from "../net/connection.ts";
import type { OpenMessageSocket } from "../net/message-socket.ts";

/**
 * An access to Tor, with its own connections: a wormhole that has one never uses the connections of the platform. On
 * Node, `getTor` of the `/node` entry finds one.
 */
export interface Tor {
  /**
   * Returns connections for one wormhole or one transit. They share circuits with each other and with no others, so the
   * servers cannot tell that two wormholes belong to one person.
   */
  streams(): TorStreams;
}

/** Connections through Tor. */
export interface TorStreams {
  /** Opens the connection to the mailbox server. */
  readonly openMessageSocket: OpenMessageSocket;
  /** Has `isTor: true` and no `listen`. */
  readonly network: StreamNetwork;
}
