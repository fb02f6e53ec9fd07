/** Runs the connector of one generation: its listener, its hints, its races and its timer. */
import type { JsonObject } from "../../base/json.ts";
import { Runner } from "../../base/machine.ts";
import type { Timer } from "../../net/clock.ts";
import type { Connection, Listener } from "../../net/connection.ts";
import { ownAddresses } from "../../net/own-addresses.ts";
import type { Platform } from "../../platform/platform.ts";
import { type Endpoint, type Hints, ownHints } from "../../transit/hints.ts";
import { tcpAddress } from "../../transit/race/candidates.ts";
import type { Won } from "../../transit/race/handshake-protocol.ts";
import { RaceDriver } from "../../transit/race/race-driver.ts";
import { usable } from "../../transit/race/usable.ts";
import { STEP_DEADLINE_MS } from "../limits.ts";
import type { DilationHandshakeState } from "../wire/handshake.ts";
import type { DilationRole } from "../wire/role.ts";
import {
  beginLooking,
  type ConnectorEffect,
  type ConnectorEvent,
  type ConnectorState,
  connector,
} from "./connector.ts";
import type { RaceHandshake } from "./race-handshake.ts";

export interface ConnectorOptions {
  readonly role: DilationRole;
  readonly platform: Platform;
  readonly handshake: RaceHandshake;
  /** This side's own relays. */
  readonly relays: readonly Endpoint[];
  /** Whether the peer may connect to this machine. */
  readonly listen: boolean;
  /** Whether the peer tries failed ways again by itself, as programs with our extensions do. */
  readonly peerRetries: boolean;
  /** Whether an endpoint that the peer has named may be dialled now. */
  readonly mayDial: (endpoint: Endpoint) => boolean;
  /** Sends hints to the peer. */
  readonly publish: (hints: JsonObject[]) => void;
  /** Called for each connection that is made. A later one replaces an earlier one. */
  readonly won: (won: Won<DilationHandshakeState>) => void;
  /** Called some time after all ways have failed. {@link ConnectorDriver.retry} tries them again. */
  readonly stuck: () => void;
  /** Called when {@link ConnectorDriver.ways} have changed. */
  readonly changed: () => void;
  /** Called if the platform or the application's code throws. */
  readonly failed: (error: unknown) => void;
}

type Race = RaceDriver<DilationHandshakeState, Won<DilationHandshakeState>>;

export class ConnectorDriver {
  readonly #options: ConnectorOptions;
  readonly #listener: Promise<Listener | null>;
  readonly #connector: Runner<ConnectorState, ConnectorEvent, ConnectorEffect>;
  #race: Race | null = null;
  /** The race of visitors, which has no other way: a stranger's visit dials nothing and delays nothing. */
  #door: Race | null = null;
  #timer: Timer | null = null;
  /** An incoming connection, until the machine has decided about it. */
  #visitor: Connection | null = null;

  constructor(options: ConnectorOptions) {
    this.#options = options;
    this.#connector = new Runner(connector, beginLooking(options.peerRetries), {
      perform: (effect) => this.#perform(effect),
    });
    this.#listener = this.#listen();
    this.publish();
    this.retry();
  }

  /** The ways to the peer, for display. */
  get ways(): string[] {
    const { direct, relays } = this.#connector.state.ways ?? { direct: [], relays: [] };
    const relayed = [...this.#options.relays, ...relays].map((endpoint) => `relay:${tcpAddress(endpoint)}`);
    return [...new Set([...direct.map(tcpAddress), ...relayed])];
  }

  /** Takes hints of the peer. */
  hinted(hints: Hints): void {
    this.#connector.post({ on: "hints", ...usable(hints, this.#options.platform.network) });
    this.#options.changed();
  }

  /** Sends our hints to the peer, as soon as the listener is ready. */
  publish(): void {
    this.#listener.then((listener) => this.#publish(listener)).catch(this.#options.failed);
  }

  #publish(listener: Listener | null): void {
    const { platform, relays, publish } = this.#options;
    if (this.#isOver) return;
    publish(ownHints(listener === null ? [] : ownAddresses(platform.network), listener?.port ?? 0, relays));
  }

  /** Tries all ways again. */
  retry(): void {
    this.#connector.post({ on: "retry" });
  }

  /** The addresses of this machine have changed. */
  moved(): void {
    this.#connector.post({ on: "moved" });
  }

  /** The connection is lost. */
  lost(): void {
    this.#connector.post({ on: "lost" });
  }

  /** Ends the generation. */
  close(): void {
    this.#connector.post({ on: "close" });
  }

  get #isOver(): boolean {
    return this.#connector.state.at === "direct" || this.#connector.state.at === "closed";
  }

  #perform(effect: ConnectorEffect): void {
    switch (effect.do) {
      case "publish":
        return this.publish();
      case "race":
        return this.#begin(effect);
      case "join":
        return this.#race?.hinted(effect);
      case "admit":
        return this.#admit();
      case "turnAway":
        return this.#visitor?.destroy();
      case "timer":
        this.#timer?.cancel();
        this.#timer = this.#options.platform.clock.after(effect.after, () => this.#connector.post({ on: "due" }));
        return;
      case "stuck":
        return this.#options.stuck();
      case "end":
        return this.#end();
    }
  }

  #begin({ ways, relayed }: Extract<ConnectorEffect, { do: "race" }>): void {
    this.#stop();
    const race = this.#newRace(relayed ? this.#options.relays : []);
    this.#race = race;
    // A race that has received no hints waits for them. The hints come before the start, because a race without ways ends.
    if (ways) race.hinted(ways);
    this.#start(race);
  }

  #admit(): void {
    if (this.#visitor === null) return;
    if (this.#door !== null) return this.#door.accepted(this.#visitor);
    const door = this.#newRace([]);
    this.#door = door;
    door.accepted(this.#visitor);
    door.hinted({ direct: [], relays: [] });
    this.#start(door);
  }

  #newRace(relays: readonly Endpoint[]): Race {
    const { role, platform, mayDial } = this.#options;
    return new RaceDriver({
      role: role === "leader" ? "sender" : "receiver",
      platform,
      relays,
      mayDial,
      ...(platform.network?.isTor ? {} : { attemptDeadlineMs: STEP_DEADLINE_MS }),
    });
  }

  /** Starts a race. It ends when no way and no visitor is left, even though this side listens. */
  #start(race: Race): void {
    const { handshake: protocol } = this.#options;
    race.start({ protocol, onWon: (won) => this.#take(race, won) }, false).catch(() => this.#failed(race));
  }

  #failed(race: Race): void {
    if (race === this.#door) this.#door = null;
    if (race !== this.#race) return;
    this.#race = null;
    this.#connector.post({ on: "failed" });
  }

  #take(race: Race, won: Won<DilationHandshakeState>): Won<DilationHandshakeState> {
    if (race !== this.#race && race !== this.#door) {
      won.connection.destroy();
      return won;
    }
    if (race === this.#race) this.#race = null;
    else this.#door = null;
    this.#connector.post({ on: "won", relayed: won.candidate.relayed });
    this.#options.won(won);
    return won;
  }

  /** Ends the race and the timer. */
  #stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#race?.close(new Error("not needed any more"));
    this.#race = null;
  }

  #end(): void {
    this.#stop();
    this.#door?.close(new Error("not needed any more"));
    this.#door = null;
    this.#listener.then((listener) => listener?.close()).catch(this.#options.failed);
  }

  async #listen(): Promise<Listener | null> {
    const { listen, platform } = this.#options;
    if (!listen || !platform.network?.listen) return null;
    try {
      return await platform.network.listen((connection) => this.#accepted(connection));
    } catch {
      // A machine that must not listen can still dial.
      return null;
    }
  }

  #accepted(connection: Connection): void {
    this.#visitor = connection;
    this.#connector.post({ on: "visitor" });
    this.#visitor = null;
  }
}
