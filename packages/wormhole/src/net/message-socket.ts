/** Message sockets: connections that carry whole texts, such as the WebSocket to the mailbox server. */
import type { ConnectionFailure } from "../errors.ts";

/** Why a message socket closed. `failure` is meaningful only if the socket never opened. */
export interface SocketEnd {
  /** The kind of the failure. */
  readonly failure: ConnectionFailure;
  /** The platform's description, for people. It may contain untrusted text: print it through `printable`. */
  readonly detail: string;
  /** The error of the system, if there was one. It becomes the `cause` of a {@link ServerConnectionError}. */
  readonly cause?: unknown;
}

/** Receives the events of a {@link MessageSocket}. `closed` is called exactly once, as the last call. */
export interface MessageSocketEvents {
  /** The connection is open, and texts can be sent. */
  opened(): void;
  /** A text has arrived. */
  received(text: string): void;
  /** The connection has ended, or could not be opened. */
  closed(end: SocketEnd): void;
}

/** A connection that carries texts: a WebSocket, or a substitute that behaves like one. */
export interface MessageSocket {
  /** Sends a text. Before `opened` and after `closed`, it does nothing. */
  send(text: string): void;
  /**
   * Checks whether the far end still answers. If it does not answer soon, `closed` follows. Absent if the platform cannot
   * check that.
   */
  probe?(): void;
  /** Closes politely. `closed` follows within a bounded time. */
  close(): void;
}

/** Opens a message socket. It never throws: an invalid URL is reported by `closed` too. */
export type OpenMessageSocket = (url: string, events: MessageSocketEvents) => MessageSocket;
