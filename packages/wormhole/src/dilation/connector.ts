/**
 * Makes the connection of one generation: listens, publishes where, and races along all ways that the other side has
 * named, again and again until one leads there. A relayed connection is good; meanwhile a direct one is looked for.
 */

import type { JsonObject } from "../json.ts";
import type { Timer } from "../net/clock.ts";
import type { Connection, Listener } from "../net/connection.ts";
import type { Platform } from "../platform/platform.ts";
import { tcpAddress } from "../transit/candidates.ts";
import { type Endpoint, encodeDirect, encodeRelay, type Hints, MAX_HINTS } from "../transit/hints.ts";
import { RaceDriver } from "../transit/race-driver.ts";
import type { Talk, Won } from "../transit/talk.ts";
import { usable } from "../transit/usable.ts";
import type { DilationHandshakeState } from "./handshake.ts";
import {
  RACE_PAUSE,
  RACE_PAUSE_FACTOR,
  RACE_PAUSE_MOST,
  STRANGER_PAUSE,
  UPGRADE_PAUSE,
  UPGRADE_PAUSE_MOST,
} from "./limits.ts";
import type { Role } from "./manager.ts";

export interface ConnectorOptions {
  readonly role: Role;
  readonly platform: Platform;
  readonly talk: Talk<DilationHandshakeState>;
  /** Our own. */
  readonly relays: readonly Endpoint[];
  readonly listen: boolean;
  /** Whether the other side is as patient as we are: it tries again by itself, and goes on looking for a direct way. */
  readonly upgrades: boolean;
  readonly publish: (hints: JsonObject[]) => void;
  /** Here is a connection; another one that replaces it may come later. */
  readonly won: (won: Won<DilationHandshakeState>) => void;
  /** All ways have been tried in vain, some time ago; {@link Connector.retry} tries them again. */
  readonly stuck: () => void;
  /** The ways that are known have changed. */
  readonly changed: () => void;
}

type Race = RaceDriver<DilationHandshakeState, Won<DilationHandshakeState>>;

export class Connector {
  readonly #options: ConnectorOptions;
  #listener: Promise<Listener | null> = Promise.resolve(null);
  /** What the other side has named. */
  #direct: Endpoint[] = [];
  #relays: Endpoint[] = [];
  /** It has spoken, though perhaps only to say that nobody can reach it. */
  #heard = false;
  #race: Race | null = null;
  #pause: Timer | null = null;
  #tries = 0;
  /** Whether there is a connection, through a relay or directly. */
  #linked: "no" | "relayed" | "direct" = "no";
  #closed = false;

  constructor(options: ConnectorOptions) {
    this.#options = options;
    this.#listener = this.#listen();
    void this.publish();
    this.#begin();
  }

  /** The ways to the other side, for people. */
  get ways(): string[] {
    const relays = [...this.#options.relays, ...this.#relays].map((endpoint) => `relay:${tcpAddress(endpoint)}`);
    return [...new Set([...this.#direct.map(tcpAddress), ...relays])];
  }

  hinted(hints: Hints): void {
    if (this.#over) return;
    const { direct, relays } = usable(hints, this.#options.platform.network);
    this.#direct = merged(this.#direct, direct);
    this.#relays = merged(this.#relays, relays);
    this.#heard = true;
    this.#race?.hinted(direct, this.#linked === "no" ? relays : []);
    if (this.#linked === "relayed") this.#beginSoon();
    this.#options.changed();
  }

  /** Tells the other side where we can be reached. */
  async publish(): Promise<void> {
    const { platform, relays, publish } = this.#options;
    const listener = await this.#listener;
    if (this.#over) return;
    const addresses = listener === null ? [] : (platform.network?.addresses() ?? []);
    const hosts = addresses.slice(0, Math.max(0, MAX_HINTS - relays.length));
    const direct = hosts.map((host) => encodeDirect({ host, port: listener?.port ?? 0, priority: 0 }));
    publish([...direct, ...relays.map(encodeRelay)]);
  }

  /** Tries all ways again. */
  retry(): void {
    this.#begin();
  }

  /** The addresses of this machine have changed. */
  moved(): void {
    if (this.#over) return;
    void this.publish();
    this.#tries = 0;
    this.#beginSoon();
  }

  /** The connection that was won is lost; a better one may still be on its way. */
  lost(): void {
    this.#linked = this.#linked === "direct" ? "direct" : "no";
  }

  close(): void {
    this.#closed = true;
    this.#stop();
  }

  /** Nothing more is looked for. */
  get #over(): boolean {
    return this.#closed || this.#linked === "direct";
  }

  #stop(): void {
    this.#pause?.cancel();
    this.#race?.close(new Error("not needed any more"));
    this.#race = null;
    void this.#listener.then((listener) => listener?.close());
  }

  async #listen(): Promise<Listener | null> {
    const { listen, platform } = this.#options;
    if (!listen || !platform.network?.listen) return null;
    try {
      const listener = await platform.network.listen((connection) => this.#accepted(connection));
      if (this.#over) listener.close();
      return listener;
    } catch {
      // A machine where that is forbidden can still dial.
      return null;
    }
  }

  #accepted(connection: Connection): void {
    if (this.#race === null) this.#begin(connection);
    else this.#race.accepted(connection);
  }

  #beginSoon(): void {
    if (this.#race === null) this.#beginAfter(0);
  }

  #beginAfter(wait: number): void {
    this.#pause?.cancel();
    this.#pause = this.#options.platform.clock.after(wait, () => this.#begin());
  }

  /** Begins a race, unless there is one, or none is wanted. `visitor`: somebody who has dialled us, and takes part. */
  #begin(visitor?: Connection): void {
    this.#pause?.cancel();
    this.#pause = null;
    if (this.#over || this.#race !== null) return visitor?.destroy();
    if (this.#linked === "relayed" && !this.#options.upgrades) return visitor?.destroy();
    const relayed = this.#linked === "no";
    const { role, platform, relays, talk } = this.#options;
    const race: Race = new RaceDriver({
      role: role === "leader" ? "sender" : "receiver",
      platform,
      relays: relayed ? relays : [],
    });
    this.#race = race;
    // Before the start, which may be the end for lack of other ways.
    if (visitor) race.accepted(visitor);
    // A race in which nobody was heard waits for hints when it has no ways left.
    if (this.#heard) race.hinted(this.#direct, relayed ? this.#relays : []);
    // Nobody is waited for in a race that has no ways left: the listener brings whoever comes into the next one.
    race.start({ talk, take: (won) => this.#take(race, won) }, false).catch(() => this.#finished(race));
  }

  #take(race: Race, won: Won<DilationHandshakeState>): Won<DilationHandshakeState> {
    if (race !== this.#race || this.#closed) {
      won.connection.destroy();
      return won;
    }
    this.#race = null;
    this.#tries = 0;
    const relayed = won.candidate.kind === "relay";
    this.#linked = relayed ? "relayed" : "direct";
    if (!relayed) this.#stop();
    else this.#upgradeLater();
    this.#options.won(won);
    return won;
  }

  /** A race was lost. */
  #finished(race: Race): void {
    if (race !== this.#race || this.#closed) return;
    this.#race = null;
    if (this.#linked !== "no") return this.#upgradeLater();
    const { upgrades, platform, stuck } = this.#options;
    const pause = Math.min(RACE_PAUSE * RACE_PAUSE_FACTOR ** this.#tries++, RACE_PAUSE_MOST);
    this.#pause = platform.clock.after(upgrades ? pause : STRANGER_PAUSE, stuck);
  }

  #upgradeLater(): void {
    this.#beginAfter(Math.min(UPGRADE_PAUSE * 2 ** this.#tries++, UPGRADE_PAUSE_MOST));
  }
}

/** What is named first counts; nobody has so many addresses that the oldest would matter. */
function merged(known: readonly Endpoint[], named: readonly Endpoint[]): Endpoint[] {
  const fresh = named.filter(({ host, port }) => !known.some((other) => other.host === host && other.port === port));
  return [...fresh, ...known].slice(0, MAX_HINTS);
}
