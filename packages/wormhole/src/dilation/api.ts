/** The public shapes of dilation: its options, its status, and the objects that carry streams. */
/// <reference lib="esnext.disposable" preserve="true" />
import type { WaitOptions } from "../base/abort.ts";
import type { Bytes } from "../base/bytes.ts";

/** Options of `wormhole.dilate()`. */
export interface DilateOptions {
  /** Relays to use when no direct way works, as `tcp:HOST:PORT`. Default: no relay. */
  relays?: string[] | undefined;
  /** Whether the other side may connect to this machine. Default true. Over Tor, it never may. */
  listen?: boolean | undefined;
  /**
   * The names of all subprotocols that this side will ever listen for. Subchannels that the other side opens under other
   * names are closed at once. `control` and `server` use the names `control` and `subchannel`. Default: every subchannel
   * waits for a listener.
   */
  expectedSubprotocols?: string[] | undefined;
  /** Seconds of silence, pings included, after which a connection is replaced by a new one. Default 30. */
  pingInterval?: number | undefined;
  /** Seconds without a connection after which the other side is considered gone and all streams end. Default 3600. */
  patience?: number | undefined;
  /** Called whenever the status changes. An exception that it throws is ignored. */
  onStatus?: ((status: DilationStatus) => void) | undefined;
  /**
   * Gives up waiting for the other side. If that side has not called `dilate()` yet, this side may call it again; the
   * options of the first call remain if the other side has been asked. Later, it ends the dilation of both sides. It has no
   * effect once the wormhole is dilated.
   */
  signal?: AbortSignal | undefined;
}

/** The state of a dilated wormhole, without secrets. */
export interface DilationStatus {
  /** Number of connections that the two sides have agreed to make, the present one included. 0 before the first. */
  readonly generation: number;
  /** The state of the connection to the other side. */
  readonly peerConnection: PeerConnection;
  /** Ways to the other side in this generation, for display: `tcp:192.168.1.8:46295`, `relay:tcp:HOST:PORT`. */
  readonly hints: readonly string[];
}

/** The state of the connection to the other side. */
export type PeerConnection =
  /** The other side has not asked for dilation yet. */
  | { readonly state: "waiting" }
  /** The first connection is being made. */
  | { readonly state: "connecting" }
  /** There is a connection. `description` names its way: `->tcp:HOST:PORT`, `<-tcp:HOST:PORT`, `->relay:tcp:HOST:PORT`. */
  | { readonly state: "connected"; readonly description: string; readonly relayed: boolean }
  /** The connection was lost, and a new one is being made. */
  | { readonly state: "reconnecting" }
  /** One of the two sides has closed the wormhole, or it has failed. */
  | { readonly state: "stopped" };

/** A dilated wormhole, which carries streams. */
export interface Dilated {
  /** One subchannel between the two sides. Both call `connect()`, each once, in either order. */
  readonly control: SubchannelConnector;
  /** Opens subchannels to the other side's `server`. */
  readonly client: SubchannelConnector;
  /** Takes the subchannels that the other side's `client` opens. */
  readonly server: SubchannelListener;
  /** Opens subchannels of a named subprotocol. @throws {TypeError} if the name is empty, too long or not well-formed */
  connector(subprotocol: string): SubchannelConnector;
  /** Takes the other side's subchannels of a named subprotocol. @throws {TypeError} as {@link connector} */
  listener(subprotocol: string): SubchannelListener;
}

/** Opens subchannels of one subprotocol. */
export interface SubchannelConnector {
  /**
   * Opens a subchannel. Data can be written at once; it waits while there is no connection.
   * @throws {EndpointUsedError} if the control channel is opened a second time
   * @throws {WormholeError} the error that has ended the wormhole
   */
  connect(options?: WaitOptions): Promise<Subchannel>;
}

/** Takes the subchannels of one subprotocol that the other side opens. */
export interface SubchannelListener {
  /**
   * Iterates over the subchannels that the other side opens, including those from before this call. When the wormhole is
   * closed, the iteration ends; when it fails, the iteration throws its error. Leaving the loop, or aborting the
   * `signal`, ends listening: subchannels that were not taken are closed, and so are later ones.
   * @throws {EndpointUsedError} if `listen` was called before for this subprotocol
   */
  listen(options?: WaitOptions): AsyncIterableIterator<Subchannel>;
}

/**
 * A stream of bytes in both directions. It survives every loss of connection: as long as both processes live, everything
 * written arrives once and in order.
 *
 * The two directions end independently: after closing `writable` you can still read, and after reading the end you can
 * still write. If the wormhole ends first, both streams fail with its error, but data that has arrived can be read first.
 */
export interface Subchannel extends AsyncDisposable {
  /** The name of the subprotocol under which it was opened. */
  readonly subprotocol: string;
  /** Each write of the other side, up to 8 MiB, is one chunk here. The reader owns the chunk's memory. */
  readonly readable: ReadableStream<Bytes>;
  /**
   * Takes chunks, and makes the writer wait while too much is unacknowledged. `close()` resolves when the other side's
   * program has everything. The memory of a chunk may be reused when its write has resolved.
   */
  readonly writable: WritableStream<Uint8Array>;
  /** Resolves when both directions have ended. Rejects with the wormhole's error if that ended them. */
  readonly closed: Promise<void>;
  /**
   * Ends both directions: data that was written is still delivered, incoming data is dropped. Resolves when the other
   * side's program has everything. Further calls return the same result.
   */
  close(): Promise<void>;
}
