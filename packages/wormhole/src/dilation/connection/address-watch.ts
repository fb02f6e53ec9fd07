/**
 * Polls for events that systems do not report: a change of this machine's addresses, and a suspension of the process or
 * the machine. While there is no connection, it also asks regularly for a retry of the link to the mailbox server.
 */
import type { Timer } from "../../net/clock.ts";
import { ownAddresses } from "../../net/own-addresses.ts";
import type { Platform } from "../../platform/platform.ts";
import { HURRY_INTERVAL_MS, POLL_INTERVAL_MS, SUSPENSION_MS } from "../limits.ts";

export interface AddressWatchEvents {
  /** Addresses of this machine have appeared, or have disappeared (`lost`). */
  changed(lost: readonly string[]): void;
  /** The process or the machine was suspended. */
  resumed(): void;
  /** Whether there is no connection to the peer. */
  isDisconnected(): boolean;
  /** The link to the mailbox server should be retried. */
  hurry(): void;
}

export class AddressWatch {
  readonly #platform: Platform;
  readonly #events: AddressWatchEvents;
  #addresses: readonly string[] = [];
  #timer: Timer | null = null;
  #lastPoll = 0;
  #lastHurry = 0;

  constructor(platform: Platform, events: AddressWatchEvents) {
    this.#platform = platform;
    this.#events = events;
  }

  start(): void {
    this.#addresses = ownAddresses(this.#platform.network);
    this.#lastPoll = this.#platform.clock.now();
    this.#schedule();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #schedule(): void {
    this.#timer = this.#platform.clock.after(POLL_INTERVAL_MS, () => {
      this.#schedule();
      this.#poll();
    });
  }

  #poll(): void {
    const now = this.#platform.clock.now();
    const wasSuspended = now - this.#lastPoll > SUSPENSION_MS;
    this.#lastPoll = now;
    if (wasSuspended) this.#events.resumed();
    this.#compare();
    if (this.#events.isDisconnected() && now - this.#lastHurry >= HURRY_INTERVAL_MS) {
      this.#lastHurry = now;
      this.#events.hurry();
    }
  }

  #compare(): void {
    const before = this.#addresses;
    const after = ownAddresses(this.#platform.network);
    this.#addresses = after;
    const lost = before.filter((address) => !after.includes(address));
    const found = after.some((address) => !before.includes(address));
    if (lost.length > 0 || found) this.#events.changed(lost);
  }
}
