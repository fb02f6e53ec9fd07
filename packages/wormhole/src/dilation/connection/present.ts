/**
 * The present connection of a dilation and everything that watches it: keep-alive, address watch, reconnect backoff and
 * patience. The manager and the connector decide elsewhere when a connection is made, and which one.
 */
import { readUint32, UINT32_BYTES } from "../../base/uint32.ts";
import type { BulkCipher } from "../../crypto/bulk.ts";
import type { NoiseKeys } from "../../crypto/noise.ts";
import type { Timer } from "../../net/clock.ts";
import type { Connection } from "../../net/connection.ts";
import type { Platform } from "../../platform/platform.ts";
import type { Signalling } from "../signalling.ts";
import type { Way } from "../status.ts";
import { FramedConnection } from "../streams/framed-connection.ts";
import type { Traffic } from "../streams/traffic.ts";
import { AddressWatch } from "./address-watch.ts";
import { BreachLimit } from "./breach-limit.ts";
import { KeepaliveDriver } from "./keepalive-driver.ts";
import { ReconnectBackoff } from "./reconnect-backoff.ts";
import { ReplacedConnection } from "./replaced-connection.ts";

export interface PresentEvents {
  /** A connection is in use. Records flow after this call. */
  connected(): void;
  /** The connection has just been lost. {@link lost} follows after `delayMs`: 0, unless the last connections were useless. */
  disconnected(delayMs: number): void;
  /** A new connection should be made. */
  lost(): void;
  /** The addresses of this machine have changed. */
  moved(): void;
  /** There was no connection for the whole patience. */
  gone(): void;
  /** The peer has broken the protocol too often. */
  tooManyBreaches(): void;
}

export interface PresentOptions {
  readonly platform: Platform;
  readonly traffic: Traffic;
  readonly signalling: Signalling;
  readonly pingIntervalSeconds: number;
  readonly patienceSeconds: number;
  readonly events: PresentEvents;
}

/** A connection whose handshake has succeeded. */
export interface Chosen {
  readonly connection: Connection;
  readonly keys: NoiseKeys;
  readonly cipher: BulkCipher;
  /** Bytes that came after the handshake. */
  readonly rest: Uint8Array;
  /** Whether each frame of the peer holds a single Noise message. */
  readonly whole: boolean;
  readonly way: Way;
  /** Whether a connection that this one replaces stays open for a while, as it does at the leader. */
  readonly keepReplaced: boolean;
}

export class PresentConnection {
  readonly #options: PresentOptions;
  readonly #keepalive: KeepaliveDriver;
  readonly #addresses: AddressWatch;
  readonly #backoff = new ReconnectBackoff();
  readonly #breaches = new BreachLimit();
  #connection: FramedConnection | null = null;
  #replaced: ReplacedConnection | null = null;
  #way: Way | null = null;
  #patience: Timer | null = null;
  /** The timer of a loss that is reported later, because of the backoff. */
  #losing: Timer | null = null;
  #stopped = false;

  constructor(options: PresentOptions) {
    const { platform, signalling, pingIntervalSeconds } = options;
    this.#options = options;
    this.#keepalive = new KeepaliveDriver(platform.clock, pingIntervalSeconds * 1000, {
      isPaused: () => this.#connection?.isPaused ?? false,
      received: () => this.#received(),
      ping: () => this.#ping(),
      dead: () => this.#dead(),
    });
    this.#addresses = new AddressWatch(platform, {
      changed: (lost) => this.#moved(lost),
      resumed: () => this.#resumed(),
      isDisconnected: () => this.#connection === null,
      hurry: () => signalling.hurry(),
    });
  }

  /** Begins to watch this machine's addresses. */
  start(): void {
    this.#addresses.start();
  }

  /** How the connection reaches the peer; null without a connection. */
  get way(): Way | null {
    return this.#way;
  }

  /** Uses a new connection in place of the present one. */
  use({ connection, keys, cipher, rest, whole, way, keepReplaced }: Chosen): void {
    if (keepReplaced) this.#keepReplaced();
    this.#detach();
    const { traffic, events } = this.#options;
    const framed = new FramedConnection({
      connection,
      keys,
      cipher,
      whole,
      events: {
        record: (record) => traffic.receiving.take(record),
        settled: () => traffic.receiving.settled(),
        ready: () => traffic.sending.pump(),
        lost: () => this.#lost(),
        breach: () => this.breach(),
      },
    });
    this.#connection = framed;
    this.#way = way;
    this.#patience?.cancel();
    this.#losing?.cancel();
    this.#backoff.began(traffic.progress);
    traffic.begin(framed, way.relayed);
    events.connected();
    this.#keepalive.connected();
    framed.start(rest);
    traffic.sending.pump();
  }

  /** Drops the connection, and the one that it has replaced, without reporting a loss. */
  drop(): void {
    this.#replaced?.drop();
    this.#replaced = null;
    this.#detach();
  }

  /** Closes the connection after everything that was written. */
  end(): void {
    this.#connection?.end();
    this.#detach();
  }

  /** Drops everything, timers included. No event follows. */
  stop(): void {
    this.#stopped = true;
    this.drop();
    this.#addresses.stop();
    this.#patience?.cancel();
    this.#losing?.cancel();
  }

  /** Gives up the connection, because the peer has sent a record that the protocol forbids. */
  breach(): void {
    this.#lost();
    if (this.#breaches.isTooMany(this.#options.platform.clock.now())) this.#options.events.tooManyBreaches();
  }

  #keepReplaced(): void {
    this.#replaced?.drop();
    this.#replaced =
      this.#connection && new ReplacedConnection(this.#connection.release(), this.#options.platform.clock);
  }

  #detach(): void {
    if (this.#connection === null) return;
    this.#connection.drop();
    this.#connection = null;
    this.#way = null;
    this.#options.traffic.end();
    this.#keepalive.lost();
    if (!this.#stopped) this.#startPatience();
  }

  #startPatience(): void {
    const { platform, patienceSeconds, events } = this.#options;
    this.#patience?.cancel();
    this.#patience = platform.clock.after(patienceSeconds * 1000, () => events.gone());
  }

  #lost(): void {
    const { platform, traffic, events } = this.#options;
    this.#detach();
    const delayMs = this.#backoff.ended(traffic.progress);
    events.disconnected(delayMs);
    if (this.#stopped) return;
    if (delayMs === 0) events.lost();
    else this.#losing = platform.clock.after(delayMs, () => events.lost());
  }

  #received(): boolean {
    const received = this.#connection?.received ?? false;
    if (this.#connection) this.#connection.received = false;
    return received;
  }

  #ping(): void {
    const { platform, traffic } = this.#options;
    traffic.sending.ping(readUint32(platform.random(UINT32_BYTES), 0));
  }

  /** Gives up a connection that does not answer. The link to the mailbox server may be dead as well. */
  #dead(): void {
    this.#options.signalling.moved();
    this.#lost();
  }

  #moved(lost: readonly string[]): void {
    if (lost.length > 0) this.#options.signalling.moved();
    const local = this.#connection?.localAddress;
    if (local !== undefined && lost.includes(local)) this.#lost();
    // Even if our own address is still there, the route to the peer may have changed.
    else this.#keepalive.doubt();
    this.#options.events.moved();
  }

  /** After a suspension, any connection may be dead. */
  #resumed(): void {
    this.#options.signalling.moved();
    this.#keepalive.doubt();
  }
}
