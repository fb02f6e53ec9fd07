import type { Draws, Machine, Unexpected } from "../../base/machine.ts";
import type { Connection } from "../../net/connection.ts";
import type { Candidate } from "./candidates.ts";
import type { HandshakeEffect, HandshakeEvent } from "./handshake.ts";

/** What two sides say to each other on a candidate, until it is the connection or is dropped. */
export interface Talk<S extends { at: string }> {
  readonly machine: Machine<S, HandshakeEvent, HandshakeEffect, Unexpected, Draws>;
  /** The state before the first word, which goes to a relay or to the other side. */
  begin(relayed: boolean): S;
}

/** The connection that a race was about. */
export interface Won<S> {
  readonly candidate: Candidate;
  readonly connection: Connection;
  /** The last state of its talk. */
  readonly state: S;
  /** What has come behind the talk: valid during the call that brings it. */
  readonly rest: Uint8Array;
}
