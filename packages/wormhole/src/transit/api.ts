/** The public interfaces of transit: its options, one side of a transit, and the record pipe. */
/// <reference lib="esnext.disposable" preserve="true" />
import type { WaitOptions } from "../base/abort.ts";
import type { Bytes } from "../base/bytes.ts";
import type { JsonObject } from "../base/json.ts";
import type { OptionNames } from "../base/pick.ts";
import type { Timing } from "../base/timing.ts";
import type { Platform } from "../platform/platform.ts";
import type { Tor } from "../platform/tor.ts";

/** Options of {@link TransitSender} and {@link TransitReceiver}. */
export interface TransitOptions {
  /** This side's relays, each `tcp:HOST:PORT` with IPv6 in brackets. Default: no relay, direct connections only. */
  relays?: readonly string[] | undefined;
  /** If false, no port is opened and no direct address is offered. Default: true. */
  listen?: boolean | undefined;
  /** Makes every connection through Tor. Then no port is opened and no direct address is offered. Default: no Tor. */
  tor?: Tor | undefined;
  /** Records when the transit connects and how each attempt ends. */
  timing?: Timing | undefined;
  /** Closes the transit when it aborts. */
  signal?: AbortSignal | undefined;
  /** Replaces parts of the platform, for tests. */
  platform?: Partial<Platform> | undefined;
}

/** The names of all {@link TransitOptions}, for `pick`. */
export const TRANSIT_OPTIONS: OptionNames<TransitOptions> = {
  relays: true,
  listen: true,
  tor: true,
  timing: true,
  signal: true,
  platform: true,
};

/**
 * One side of a transit, which connects two machines that share a key: directly if they can reach each other, otherwise
 * through a relay. Each side sends its abilities and hints to the other, for example through a wormhole. Then both
 * sides call {@link connect}.
 */
export interface Transit extends Disposable {
  /** The abilities of this side, for the peer: `[{"type": "direct-tcp-v1"}, {"type": "relay-v1"}]`. */
  getConnectionAbilities(): JsonObject[];
  /**
   * The hints of this side, for the peer: where it can be reached. Opens the port, unless `listen` is false. The list is
   * empty if the platform has no sockets.
   */
  getConnectionHints(): Promise<JsonObject[]>;
  /** Adds hints from the peer. It may be called at any time, and more than once. Invalid hints are ignored. */
  addConnectionHints(hints: readonly unknown[]): void;
  /**
   * Sets the key that both sides have derived.
   *
   * **A key must never make two connections.** The records of both would be encrypted with the same keystream, and an
   * attacker who sees both could read them. Derive a new key for each connection, with a purpose that was never used. In one process, a
   * second connection with the same key and role is refused. A program that was restored from a saved state must remember
   * by itself which keys it has used.
   * @throws {TypeError} if it is not a Uint8Array of 32 bytes
   */
  setTransitKey(key: Uint8Array): void;
  /**
   * Tries all candidates. When the sender has chosen a connection, its other ones and its port are closed. A receiver keeps
   * its other candidates until the first record has arrived, because a stranger may have spoken for the sender.
   * @throws {NoKeyError} before {@link setTransitKey}, or if the key has made a connection before
   * @throws {TransitError} if no connection can be made; @throws the signal's reason when it aborts
   */
  connect(options?: WaitOptions): Promise<RecordPipe>;
  /** Drops everything except a pipe that `connect` has returned. */
  close(): void;
}

/**
 * Encrypted records in both directions. Each record arrives whole, in order and unchanged. Otherwise, the pipe fails
 * with a {@link TransitError} and delivers nothing more.
 *
 * @example
 * await pipe.sendRecord(new TextEncoder().encode("what is your name?"));
 * const answer = await pipe.receiveRecord();
 *
 * // A gigabyte whose length both sides have agreed on:
 * for await (const piece of pipe.receiveBulk(2 ** 30)) await file.write(piece);
 */
export interface RecordPipe extends AsyncIterable<Bytes>, AsyncDisposable {
  /**
   * The connection, described for people: `->tcp:HOST:PORT`, `->relay:tcp:HOST:PORT`, `<-HOST:PORT` or `tor->…`. At a
   * receiver, it may change until the first record has arrived.
   */
  readonly description: string;
  /**
   * Sends one record of at most 4 MiB. Resolves when the next one may be sent. Until then, `record` must not change.
   * @throws {RangeError} if the record is longer; @throws {TransitError} if the connection is lost or closed
   */
  sendRecord(record: Uint8Array): Promise<void>;
  /**
   * Receives the next record, in memory that belongs to the caller. If the signal aborts, no record is lost: the next call
   * returns it.
   * @throws {TransitError} if the connection is lost, corrupted or closed
   */
  receiveRecord(options?: WaitOptions): Promise<Bytes>;
  /**
   * Returns all records until the other side closes the connection between two of them. If the connection ends in any
   * other way, it throws as {@link receiveRecord} does.
   */
  [Symbol.asyncIterator](): AsyncIterator<Bytes>;
  /**
   * Sends bytes whose boundaries have no meaning, divided into records. Pieces of 256 KiB are best. Resolves when the
   * next bytes may be sent. Until then, `data` must not change.
   * @throws {TransitError} if the connection is lost or closed
   */
  sendBulk(data: Uint8Array): Promise<void>;
  /**
   * Receives exactly `length` bytes, in pieces of mostly 256 KiB. A piece is valid until the next one is requested:
   * copy the bytes that are needed later. Leaving the loop early destroys the pipe.
   * @throws {TransitError} if the other side sends more bytes, or closes before it has sent them all
   */
  receiveBulk(length: number, options?: WaitOptions): AsyncIterable<Bytes>;
  /** Sends all that is queued, closes the connection, then resolves. After the call, nothing more can be sent. */
  close(): Promise<void>;
  /** Drops the connection at once, with all data that is queued in either direction. */
  destroy(): void;
}
