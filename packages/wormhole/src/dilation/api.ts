import type { WaitOptions } from "../base/abort.ts";

/** How a wormhole is dilated. */
export interface DilateOptions {
  /** Relays that may help, as `tcp:HOST:PORT`: used when no direct way works. Default: none. */
  relays?: string[] | undefined;
  /** Whether the other side may connect to this machine. Default true; never with Tor. */
  listen?: boolean | undefined;
  /**
   * The names of all subprotocols that this side will ever listen for. What the other side opens under another name is
   * closed at once. `control` and `server` are the names `control` and `subchannel`. Default: everything waits until
   * somebody listens.
   */
  expectedSubprotocols?: string[] | undefined;
  /** A connection that has been silent for so many seconds, questions included, is replaced by a new one. Default 30. */
  pingInterval?: number | undefined;
  /** After so many seconds without any connection the other side counts as gone, and all streams end. Default 3600. */
  patience?: number | undefined;
  /** Called whenever the status changes; an exception in it harms nothing. */
  onStatus?: ((status: DilationStatus) => void) | undefined;
  /** Gives up waiting for the other side. Once dilated, it means nothing any more. */
  signal?: AbortSignal | undefined;
}

/** What a dilated wormhole is doing, without secrets. */
export interface DilationStatus {
  /** Connections that the two sides have agreed to make so far, the present one included: 0 before the first. */
  readonly generation: number;
  readonly peerConnection: PeerConnection;
  /** Ways to the other side that this generation knows of, for people: `tcp:192.168.1.8:46295`, `relay:tcp:HOST:PORT`. */
  readonly hints: readonly string[];
}

/** How this side stands with the other one. */
export type PeerConnection =
  /** The other side has not asked for dilation yet. */
  | { readonly state: "waiting" }
  /** The first connection is being made. */
  | { readonly state: "connecting" }
  /** `description` names the way: `->tcp:HOST:PORT`, `<-tcp:HOST:PORT`, `->relay:tcp:HOST:PORT`. */
  | { readonly state: "connected"; readonly description: string; readonly relayed: boolean }
  /** The connection was lost, and another is being made. */
  | { readonly state: "reconnecting" }
  /** The wormhole was closed here or there, or has failed. */
  | { readonly state: "stopped" };

/** A wormhole as a bundle of streams. */
export interface Dilated {
  /** One subchannel that both sides connect to, whoever comes first. It can be connected once. */
  readonly control: SubchannelConnector;
  /** Opens subchannels to the other side's `server`. */
  readonly client: SubchannelConnector;
  /** Gets the subchannels that the other side's `client` opens. */
  readonly server: SubchannelListener;
  /** Opens subchannels of a named subprotocol; the name is not empty. @throws {TypeError} if it is none */
  connector(subprotocol: string): SubchannelConnector;
  /** Gets the subchannels of a named subprotocol that the other side opens. @throws {TypeError} if it is no name */
  listener(subprotocol: string): SubchannelListener;
}

/** Opens subchannels of one subprotocol. */
export interface SubchannelConnector {
  /**
   * Opens a subchannel; data may be written at once, and waits where it must.
   * @throws {EndpointUsedError} if it is the control channel's, and was used
   * @throws {WormholeError} that ended the wormhole
   */
  connect(options?: WaitOptions): Promise<Subchannel>;
}

/** Gets the subchannels of one subprotocol that the other side opens. */
export interface SubchannelListener {
  /**
   * The subchannels that the other side opens, those from before this call included. It ends with the wormhole, if that
   * ends well, and throws its error otherwise. Whoever leaves the loop, or ends it by the `signal`, listens no more: what
   * nobody has taken is closed, and so is what comes later.
   * @throws {EndpointUsedError} if somebody listens, or has listened, for this name
   */
  listen(options?: WaitOptions): AsyncIterableIterator<Subchannel>;
}

/**
 * A stream of bytes in both directions. It survives every loss of connection: what was written arrives once and in order
 * as long as both processes live.
 *
 * The two directions end independently. Whoever closes `writable` can still read; whoever has read the end can still
 * write. When the wormhole ends before, both streams fail with its error, but what had arrived can be read first.
 */
export interface Subchannel extends AsyncDisposable {
  readonly subprotocol: string;
  /** One write of the other side, up to 8 MiB, is one chunk here. Its memory is the reader's own. */
  readonly readable: ReadableStream<Uint8Array>;
  /**
   * Takes chunks, and waits while too much is under way. Its `close()` resolves when the other side's program has
   * everything. A chunk may be used again when its write has resolved.
   */
  readonly writable: WritableStream<Uint8Array>;
  /** Resolves when both directions have ended; rejects with the error that cut them off. */
  readonly closed: Promise<void>;
  /**
   * Ends both directions: what was written is still delivered, what comes is no longer read. Resolves when the other
   * side's program has everything. A second call does nothing more.
   */
  close(): Promise<void>;
}
