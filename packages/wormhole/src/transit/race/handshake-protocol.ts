/** The interface between a race and a handshake. Transit and dilation have handshakes of their own for it. */
import type { Draws, Machine, Unexpected } from "../../base/machine.ts";
import type { Connection } from "../../net/connection.ts";
import type { Candidate } from "./candidates.ts";
import type { HandshakeEffect, HandshakeEvent } from "./handshake.ts";

/** The messages that two sides exchange on a candidate until it is chosen or dropped, as a machine. */
export interface HandshakeProtocol<S extends { at: string }> {
  readonly machine: Machine<S, HandshakeEvent, HandshakeEffect, Unexpected, Draws>;
  /**
   * The state before the first message, which goes to the relay if the candidate is `relayed`, otherwise to the peer.
   */
  begin(relayed: boolean): S;
}

/** The connection that a race has chosen. */
export interface Won<S> {
  readonly candidate: Candidate;
  readonly connection: Connection;
  /** The last state of its handshake. */
  readonly state: S;
  /** The bytes that arrived after the handshake. The view is valid only during the call that passes it on. */
  readonly rest: Uint8Array;
}
