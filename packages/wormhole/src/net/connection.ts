/** Connections, and the network that makes them: the interfaces that transit and dilation are built on. */

/**
 * A stream of bytes in both directions, with backpressure in both.
 *
 * The interface uses callbacks because a record pipe moves a gigabyte through it: a chunk is passed on without a copy,
 * and is valid only until the receiver's method returns. A receiver is never called from within a call of the
 * connection's own methods.
 */
export interface Connection {
  /** A description of the far end for people, such as `192.168.1.8:46295`. Untrusted if it came from a hint. */
  readonly description: string;
  /** The local address of the connection, if it is known. The machine may lose that address later. */
  readonly localAddress?: string | undefined;
  /**
   * Sets the receiver of incoming data, replacing the previous one. Nothing arrives before the first call. If the
   * previous receiver has bytes left over, it has to pass them to the new one itself.
   */
  receive(receiver: Receiver): void;
  /**
   * Stops the arrival of chunks. A chunk that is already under way may still arrive. While paused, few bytes are buffered.
   */
  pause(): void;
  /** Restarts the arrival of chunks. */
  resume(): void;
  /**
   * Queues bytes for sending. The connection owns them until they are sent. `false` asks the caller to wait for
   * {@link drained} before the next write. After the end, bytes are dropped.
   */
  write(bytes: Uint8Array): boolean;
  /**
   * Resolves when everything written before this call has been handed to the network. Then more may be written, and the
   * memory belongs to the caller again. Rejects if the connection has failed or is closed.
   */
  drained(): Promise<void>;
  /**
   * Sends the queued bytes, then closes. Resolves when everything has been handed to the network, or if that fails.
   */
  end(): Promise<void>;
  /** Drops the connection at once, with everything that is queued. */
  destroy(): void;
}

/** Receives the data of a {@link Connection}, and its end. */
export interface Receiver {
  /** Receives the next bytes, in order. The view is valid only during this call: copy the bytes that are needed later. */
  chunk(bytes: Uint8Array): void;
  /** The last call. Without an error, the far end closed the connection. With an error, the connection failed. */
  ended(error?: Error): void;
}

/** A port that waits for connections. */
export interface Listener {
  /** The port on which it listens. */
  readonly port: number;
  /** Ends listening. Connections that were accepted go on. */
  close(): void;
}

/** Options of {@link StreamNetwork.dial}. */
export interface DialOptions {
  /** Ends the attempt. */
  readonly signal: AbortSignal;
  /**
   * Whether a connection to this IP address is permitted: the host itself, or what its name is resolved to on this machine.
   * Default: every address.
   */
  readonly permits?: ((address: string) => boolean) | undefined;
}

/** The connections of a platform with sockets. Browsers have no such network; a simulation has its own. */
export interface StreamNetwork {
  /**
   * Opens a TCP connection. Rejects with the system's error. If the signal aborts, it rejects with the signal's reason or
   * with an `AbortError`.
   */
  dial(host: string, port: number, options: DialOptions): Promise<Connection>;
  /**
   * Waits for connections on all addresses, IPv6 included if there is any. The system chooses the port unless one is
   * given. Absent if this machine cannot be reached.
   */
  listen?(accept: (connection: Connection) => void, port?: number): Promise<Listener>;
  /**
   * The addresses at which other machines may reach this one, the most useful first. Loopback only if there are no others.
   * @throws the system's error if it does not tell them
   */
  addresses(): string[];
  /** If true, `dial` goes through Tor, which reaches onion services and public addresses, but no private ones. */
  readonly isTor?: boolean;
}
