import type { Listen } from "./handshake.ts";

/** A client of the relay, whichever face it came in by: bytes both ways with backpressure both ways, and an end. */
export interface Client {
  /** Reads the handshake, as this face expects it. */
  readonly listen: Listen;
  /** Bytes that were written and not yet handed to the network. */
  readonly unsent: number;
  /** {@link unsent}, and what has arrived while the client was paused; not a WebSocket message that is incomplete. */
  readonly buffered: number;
  /**
   * Sets who gets what arrives: first when the client has come, again when it is paired. Before it is paired little may
   * arrive.
   */
  receive(receiver: Receiver): void;
  /** Stops and restarts the arrival of chunks. At most one more chunk is taken in meanwhile. */
  pause(): void;
  resume(): void;
  /** Queues bytes and owns them until it calls `written`: they were handed to the network, or never will be. */
  write(bytes: Uint8Array, written: () => void): void;
  /** Sends what is queued, then closes. Nothing is received any more. */
  end(): void;
}

/** Who gets what a {@link Client} sends. */
export interface Receiver {
  /** The memory of the chunk is lent; without `release`, it is the receiver's. */
  bytes(chunk: Uint8Array, release?: () => void): void;
  /** The last call: the client closed, failed, or will send no more. */
  ended(): void;
}

/** Hears nothing. */
export const nobody: Receiver = { bytes: (_, release) => release?.(), ended() {} };
