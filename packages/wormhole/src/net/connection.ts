/**
 * A stream of bytes in both directions, with backpressure both ways: what transit and dilation stand on.
 *
 * It is callback-shaped, because a record pipe moves a gigabyte through it: a chunk is handed over without a copy,
 * and is only the receiver's until its call returns. A receiver is never called from within a call of the
 * connection's own methods.
 */
export interface Connection {
  /** The far end for people, such as `192.168.1.8:46295`. Untrusted where a hint gave it. */
  readonly description: string;
  /** The address of this machine that the connection began with, if that is known: it may be taken away. */
  readonly localAddress?: string | undefined;
  /**
   * Sets who gets what arrives; may be set again, and the newest one counts. Nothing arrives before the first call.
   * What one receiver leaves over, it must hand to the next itself.
   */
  receive(receiver: Receiver): void;
  /** Stops and restarts the arrival of chunks; one that was on its way may still come. Few bytes wait meanwhile. */
  pause(): void;
  resume(): void;
  /**
   * Queues bytes for sending and owns them until they are sent. `false` asks the caller to wait for {@link drained}
   * before the next write. After the end, bytes are dropped.
   */
  write(bytes: Uint8Array): boolean;
  /**
   * Resolves when all that was written before this call has been handed to the network: more may be written, and the
   * memory is the caller's again. Rejects when the connection has failed.
   */
  drained(): Promise<void>;
  /** Sends what is queued, then closes. Resolves when all has been handed to the network, or nothing more can be. */
  end(): Promise<void>;
  /** Drops the connection at once, with all that is queued. */
  destroy(): void;
}

/** Who gets what a {@link Connection} brings. */
export interface Receiver {
  /** Bytes in order. The view is valid during this call only: copy what must stay. */
  chunk(bytes: Uint8Array): void;
  /** The last call: the far end closed (no error), or the connection failed. */
  ended(error?: Error): void;
}

/** A port that waits for connections. */
export interface Listener {
  readonly port: number;
  close(): void;
}

/** What a platform with sockets offers. Browsers have none; a simulation has its own. */
export interface StreamNetwork {
  /** Opens a TCP connection. Rejects with the system's error; the signal abandons the attempt. */
  dial(host: string, port: number, options: { signal: AbortSignal }): Promise<Connection>;
  /**
   * Waits on all addresses, IPv6 included where there is one, on a port of the system's choice unless given. Absent
   * where nobody can reach us.
   */
  listen?(accept: (connection: Connection) => void, port?: number): Promise<Listener>;
  /** The addresses of this machine that others may reach, IPv4 first; loopback only when it is alone. */
  addresses(): string[];
  /** True: `dial` goes through Tor, which reaches onion services and public addresses, but no private ones. */
  readonly isTor?: boolean;
}
