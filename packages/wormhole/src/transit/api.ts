import type { JsonObject } from "../base/json.ts";
import type { OptionNames } from "../base/pick.ts";
import type { Timing } from "../base/timing.ts";
import type { Platform } from "../platform/platform.ts";
import type { Tor } from "../platform/tor.ts";

/** Options of {@link TransitSender} and {@link TransitReceiver}. */
export interface TransitOptions {
  /** This side's relays, each `tcp:HOST:PORT` with IPv6 in brackets. Default: none, direct connections only. */
  relays?: readonly string[] | undefined;
  /** If false, no listening port is opened and no direct address is offered. Default: true. */
  listen?: boolean | undefined;
  /** Sends every connection through Tor. No port is opened then and no direct address offered. Default: no Tor. */
  tor?: Tor | undefined;
  /** Records when things happen. */
  timing?: Timing | undefined;
  /** Closes the transit when it aborts. */
  signal?: AbortSignal | undefined;
  /** Replaces parts of the platform, for tests. */
  platform?: Partial<Platform> | undefined;
}

/** The options that {@link TransitOptions} has. */
export const TRANSIT_OPTIONS: OptionNames<TransitOptions> = {
  relays: true,
  listen: true,
  tor: true,
  timing: true,
  signal: true,
  platform: true,
};

/**
 * Connects two machines that share a key: directly if they can reach each other, through a relay otherwise. Each side
 * gives its abilities and hints to the other by whatever means (a wormhole), and then both call {@link connect}.
 */
export interface Transit {
  /** What we can do, for the other side: `[{"type": "direct-tcp-v1"}, {"type": "relay-v1"}]`. */
  getConnectionAbilities(): JsonObject[];
  /** Where we can be reached, for the other side. Opens the listening port, unless `listen` is false. */
  getConnectionHints(): Promise<JsonObject[]>;
  /** Takes the other side's hints, at any time and as often as they come. What makes no sense is left out. */
  addConnectionHints(hints: readonly unknown[]): void;
  /** The key that both sides derived: 32 bytes. @throws {TypeError} if it is not */
  setTransitKey(key: Uint8Array): void;
  /**
   * Tries every way there is; needs the key. Once one of them is chosen, all others and the port are closed.
   * @throws {TransitError} when none worked; @throws the signal's reason when it aborts
   */
  connect(options?: { signal?: AbortSignal }): Promise<RecordPipe>;
  /** Drops everything but the pipe that `connect` gave. */
  close(): void;
}

/**
 * Encrypted records in both directions. A record arrives whole, in order and unchanged, or the pipe fails with a
 * {@link TransitError} and gives nothing more.
 */
export interface RecordPipe extends AsyncIterable<Uint8Array>, AsyncDisposable {
  /** How the two are connected, for people: `->tcp:HOST:PORT`, `->relay:tcp:HOST:PORT` or `<-HOST:PORT`; through Tor, `tor->…`. */
  readonly description: string;
  /**
   * Sends one record of at most 4 MiB. Resolves when the next may be sent; until then the bytes must not change.
   * @throws {TransitError} if the connection is lost
   */
  sendRecord(record: Uint8Array): Promise<void>;
  /**
   * The next record, in memory of its own. When the signal aborts, no record is lost: the next call gets it.
   * @throws {TransitError} if the connection is lost or corrupted, or the other side has closed it
   */
  receiveRecord(options?: { signal?: AbortSignal }): Promise<Uint8Array>;
  /** Every record until the other side closes between two records. Throws as {@link receiveRecord} otherwise. */
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array>;
  /**
   * Sends bytes whose boundaries mean nothing, cut into records; pieces of 256 KiB are best. Resolves when the next
   * may be sent; until then the bytes must not change.
   * @throws {TransitError} if the connection is lost
   */
  sendBulk(data: Uint8Array): Promise<void>;
  /**
   * Receives exactly `length` bytes, in pieces as they come, mostly of 256 KiB. A piece is valid until the next is
   * asked for: copy what must stay. Leaving the loop early destroys the pipe.
   * @throws {TransitError} if the other side sends more, or closes before it has sent them all
   */
  receiveBulk(length: number, options?: { signal?: AbortSignal }): AsyncIterable<Uint8Array>;
  /** Closes when all that was sent has left this machine; resolves then. Nothing can be sent any more. */
  close(): Promise<void>;
  /** Drops the connection at once, with all that waits in either direction. */
  destroy(): void;
}
