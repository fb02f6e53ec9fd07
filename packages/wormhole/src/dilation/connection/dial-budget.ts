/**
 * Limits how often the peer can make this side dial, over the whole life of a dilation. A peer may name any address in its
 * hints, and generations and races have no end. Without these limits, this side would be the source of a flood.
 */
import type { Clock } from "../../net/clock.ts";
import { parseIp } from "../../net/ip-address.ts";
import type { Endpoint } from "../../transit/hints.ts";
import { DIAL_WINDOW_MS, MAX_DIALS, MAX_DIALS_PER_HOST, MAX_NEW_HOSTS, NEW_HOST_INTERVAL_MS } from "../limits.ts";

/** Hosts that are remembered. After the first minutes, a new one is dialled once a minute at most. */
const MAX_REMEMBERED = 1000;

interface Dial {
  readonly host: string;
  readonly at: number;
}

export class DialBudget {
  readonly #clock: Clock;
  /** The dials within {@link DIAL_WINDOW_MS}. */
  #recent: Dial[] = [];
  readonly #hosts = new Set<string>();
  /** How many new hosts may be dialled, and when that was calculated. */
  #newHosts = MAX_NEW_HOSTS;
  #calculated: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#calculated = clock.now();
  }

  /** Whether an endpoint that the peer has named may be dialled now. If so, the dial is counted. */
  mayDial({ host: name }: Endpoint): boolean {
    const now = this.#clock.now();
    const host = parseIp(name)?.join() ?? name.toLowerCase();
    this.#recent = this.#recent.filter(({ at }) => now - at < DIAL_WINDOW_MS);
    if (this.#recent.length >= MAX_DIALS) return false;
    if (this.#recent.filter((dial) => dial.host === host).length >= MAX_DIALS_PER_HOST) return false;
    if (!this.#admit(host, now)) return false;
    this.#recent.push({ host, at: now });
    return true;
  }

  /** Takes a new host from the budget, which grows slowly. A known host is free. */
  #admit(host: string, now: number): boolean {
    if (this.#hosts.has(host)) return true;
    const grown = this.#newHosts + (now - this.#calculated) / NEW_HOST_INTERVAL_MS;
    this.#newHosts = Math.min(MAX_NEW_HOSTS, grown);
    this.#calculated = now;
    if (this.#newHosts < 1) return false;
    this.#newHosts--;
    this.#hosts.add(host);
    for (const oldest of this.#hosts) {
      if (this.#hosts.size <= MAX_REMEMBERED) break;
      this.#hosts.delete(oldest);
    }
    return true;
  }
}
