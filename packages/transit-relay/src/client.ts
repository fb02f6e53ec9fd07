/** The interface of a client, which is the same over TCP and over WebSocket, and of the receiver of its bytes. */
import type { HandshakeReader } from "./handshake.ts";

/** One connected program: bytes in both directions with backpressure, and an end. */
export interface Client {
  /** Reads the handshake as this face frames it. */
  readonly readHandshake: HandshakeReader;
  /** Bytes that were written and have not left yet. */
  readonly unsent: number;
  /** {@link unsent}, and the bytes that arrived during a pause. An incomplete WebSocket message does not count. */
  readonly buffered: number;
  /**
   * Sets the receiver of incoming data, replacing the previous one. It is set when the client arrives and again when
   * it is paired; before that, a client may send only little.
   */
  receive(receiver: Receiver): void;
  /** Stops the delivery of chunks. At most one more chunk is read during the pause. */
  pause(): void;
  /** Continues the delivery of chunks. */
  resume(): void;
  /** Queues bytes. They must not change until `written` is called, once they have left or were dropped. */
  write(bytes: Uint8Array, written: () => void): void;
  /** Sends what is queued, then closes. Incoming data is ignored from now on. */
  end(): void;
}

/** The receiver of what a {@link Client} sends. */
export interface Receiver {
  /**
   * Takes a chunk. If there is a `release`, the memory is only lent until the receiver calls it; otherwise it belongs
   * to the receiver.
   */
  bytes(chunk: Uint8Array, release?: () => void): void;
  /** The last call: the client has closed, failed, or sends no more. */
  ended(): void;
}

/** A receiver that ignores everything. */
export const noReceiver: Receiver = { bytes: (_, release) => release?.(), ended() {} };
