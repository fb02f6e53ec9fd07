import type { Timer } from "../../net/clock.ts";
import type { Platform } from "../../platform/platform.ts";
import { ASLEEP, HURRY_INTERVAL, LOOK_INTERVAL } from "../limits.ts";

/** What a look around may lead to. */
export interface Lookouts {
  /** Addresses of this machine have come or gone. */
  changed(lost: readonly string[]): void;
  /** We have been asleep. */
  awake(): void;
  /** There is no connection to the other side. */
  unlinked(): boolean;
  hurry(): void;
}

/** Looks around twice a second: systems do not tell when their addresses change, nor processes that they were stopped. */
export class Lookout {
  readonly #platform: Platform;
  readonly #lookouts: Lookouts;
  #addresses: readonly string[] = [];
  #timer: Timer | null = null;
  #last = 0;
  #hurried = 0;

  constructor(platform: Platform, lookouts: Lookouts) {
    this.#platform = platform;
    this.#lookouts = lookouts;
  }

  start(): void {
    this.#addresses = this.#platform.network?.addresses() ?? [];
    this.#last = this.#platform.clock.now();
    this.#again();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #again(): void {
    this.#timer = this.#platform.clock.after(LOOK_INTERVAL, () => {
      this.#again();
      this.#look();
    });
  }

  #look(): void {
    const now = this.#platform.clock.now();
    const slept = now - this.#last > ASLEEP;
    this.#last = now;
    if (slept) this.#lookouts.awake();
    this.#compare();
    if (this.#lookouts.unlinked() && now - this.#hurried >= HURRY_INTERVAL) {
      this.#hurried = now;
      this.#lookouts.hurry();
    }
  }

  #compare(): void {
    const before = this.#addresses;
    const after = this.#platform.network?.addresses() ?? [];
    this.#addresses = after;
    const lost = before.filter((address) => !after.includes(address));
    const found = after.some((address) => !before.includes(address));
    if (lost.length > 0 || found) this.#lookouts.changed(lost);
  }
}
