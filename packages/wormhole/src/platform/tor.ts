import type { StreamNetwork } from "../net/connection.ts";
import type { OpenMessageSocket } from "../net/message-socket.ts";

/**
 * A way into Tor. It brings connections of its own, so that whoever has it never needs those of the platform. On Node,
 * `getTor` of the `/node` entry finds one.
 */
export interface Tor {
  /**
   * Connections for one wormhole, or for one transit: they share circuits with each other, but with no others, so that
   * nobody can tell that two wormholes are of one person.
   */
  streams(): TorStreams;
}

/** Connections through Tor. */
export interface TorStreams {
  readonly openMessageSocket: OpenMessageSocket;
  /** Its `isTor` is true, and it has no `listen`. */
  readonly network: StreamNetwork;
}
