import type { ConnectionFailure } from "../errors.ts";

/** Why a message socket has closed. `failure` is meaningful when it never opened. */
export interface SocketEnd {
  readonly failure: ConnectionFailure;
  /** What the platform says of it, for people. May hold text of strangers: print it through `printable`. */
  readonly detail: string;
}

/** Who gets what a {@link MessageSocket} brings. `closed` comes exactly once, and last. */
export interface MessageSocketEvents {
  opened(): void;
  received(text: string): void;
  closed(end: SocketEnd): void;
}

/** A connection that carries text messages: a WebSocket, or a stand-in with its manners. */
export interface MessageSocket {
  send(text: string): void;
  /** Asks whether the far end is still there; if no answer comes soon, `closed` follows. Absent where nobody can ask. */
  probe?(): void;
  /** Closes politely; `closed` follows in bounded time. */
  close(): void;
}

/** Opens a message socket. Never throws: a bad URL comes as `closed` too. */
export type OpenMessageSocket = (url: string, events: MessageSocketEvents) => MessageSocket;
