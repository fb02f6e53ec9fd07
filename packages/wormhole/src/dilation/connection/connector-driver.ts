import type { JsonObject } from "../../base/json.ts";
import { Runner } from "../../base/machine.ts";
import type { Timer } from "../../net/clock.ts";
import type { Connection, Listener } from "../../net/connection.ts";
import type { Platform } from "../../platform/platform.ts";
import { type Endpoint, encodeDirect, encodeRelay, type Hints, MAX_HINTS } from "../../transit/hints.ts";
import { tcpAddress } from "../../transit/race/candidates.ts";
import type { HandshakeProtocol, Won } from "../../transit/race/handshake-protocol.ts";
import { RaceDriver } from "../../transit/race/race-driver.ts";
import { usable } from "../../transit/race/usable.ts";
import { STEP_DEADLINE } from "../limits.ts";
import type { Role } from "../manager.ts";
import type { DilationHandshakeState } from "../wire/handshake.ts";
import {
  beginLooking,
  type ConnectorEffect,
  type ConnectorEvent,
  type ConnectorState,
  connector,
} from "./connector.ts";

export interface ConnectorOptions {
  readonly role: Role;
  readonly platform: Platform;
  readonly talk: HandshakeProtocol<DilationHandshakeState>;
  /** Our own. */
  readonly relays: readonly Endpoint[];
  readonly listen: boolean;
  /** Whether the other side is as patient as we are. */
  readonly patient: boolean;
  readonly publish: (hints: JsonObject[]) => void;
  /** Here is a connection; another one that replaces it may come later. */
  readonly won: (won: Won<DilationHandshakeState>) => void;
  /** All ways have been tried in vain, some time ago; {@link ConnectorDriver.retry} tries them again. */
  readonly stuck: () => void;
  /** The ways that are known have changed. */
  readonly changed: () => void;
}

type Race = RaceDriver<DilationHandshakeState, Won<DilationHandshakeState>>;

/** Runs the connector of one generation: listens, publishes where, and races as the machine says. */
export class ConnectorDriver {
  readonly #options: ConnectorOptions;
  readonly #listener: Promise<Listener | null>;
  readonly #connector: Runner<ConnectorState, ConnectorEvent, ConnectorEffect>;
  #race: Race | null = null;
  #timer: Timer | null = null;
  /** Somebody who has just dialled us, until the machine has said what becomes of them. */
  #visitor: Connection | null = null;

  constructor(options: ConnectorOptions) {
    this.#options = options;
    this.#connector = new Runner(connector, beginLooking(options.patient), {
      perform: (effect) => this.#perform(effect),
    });
    this.#listener = this.#listen();
    void this.publish();
    this.retry();
  }

  /** The ways to the other side, for people. */
  get ways(): string[] {
    const { direct, relays } = this.#connector.state.ways ?? { direct: [], relays: [] };
    const relayed = [...this.#options.relays, ...relays].map((endpoint) => `relay:${tcpAddress(endpoint)}`);
    return [...new Set([...direct.map(tcpAddress), ...relayed])];
  }

  hinted(hints: Hints): void {
    this.#connector.post({ on: "hints", ...usable(hints, this.#options.platform.network) });
    this.#options.changed();
  }

  /** Tells the other side where we can be reached. */
  async publish(): Promise<void> {
    const { platform, relays, publish } = this.#options;
    const listener = await this.#listener;
    if (this.#isOver) return;
    const addresses = listener === null ? [] : (platform.network?.addresses() ?? []);
    const hosts = addresses.slice(0, Math.max(0, MAX_HINTS - relays.length));
    const direct = hosts.map((host) => encodeDirect({ host, port: listener?.port ?? 0, priority: 0 }));
    publish([...direct, ...relays.map(encodeRelay)]);
  }

  /** Tries all ways again. */
  retry(): void {
    this.#connector.post({ on: "retry" });
  }

  /** The addresses of this machine have changed. */
  moved(): void {
    this.#connector.post({ on: "moved" });
  }

  /** The connection that was won is lost. */
  lost(): void {
    this.#connector.post({ on: "lost" });
  }

  close(): void {
    this.#connector.post({ on: "close" });
  }

  get #isOver(): boolean {
    return this.#connector.state.at === "direct" || this.#connector.state.at === "closed";
  }

  #perform(effect: ConnectorEffect): void {
    switch (effect.do) {
      case "publish":
        return void this.publish();
      case "race":
        return this.#begin(effect);
      case "join":
        return this.#race?.hinted(effect);
      case "admit":
        if (this.#visitor) this.#race?.accepted(this.#visitor);
        return;
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

  #begin({ ways, relayed, visited }: Extract<ConnectorEffect, { do: "race" }>): void {
    const { role, platform, relays, talk } = this.#options;
    this.#stop();
    const race: Race = new RaceDriver({
      role: role === "leader" ? "sender" : "receiver",
      platform,
      relays: relayed ? relays : [],
      ...(platform.network?.isTor ? {} : { attemptDeadlineMs: STEP_DEADLINE }),
    });
    this.#race = race;
    // Before the start, which may be the end for lack of other ways.
    if (visited && this.#visitor) race.accepted(this.#visitor);
    // A race in which nobody was heard waits for hints when it has no ways left.
    if (ways) race.hinted(ways);
    // Nobody is waited for in a race that has no ways left: the listener brings whoever comes into the next one.
    race.start({ protocol: talk, onWon: (won) => this.#take(race, won) }, false).catch(() => this.#failed(race));
  }

  #failed(race: Race): void {
    if (race !== this.#race) return;
    this.#race = null;
    this.#connector.post({ on: "vain" });
  }

  #take(race: Race, won: Won<DilationHandshakeState>): Won<DilationHandshakeState> {
    if (race !== this.#race) {
      won.connection.destroy();
      return won;
    }
    this.#race = null;
    this.#connector.post({ on: "won", relayed: won.candidate.relayed });
    this.#options.won(won);
    return won;
  }

  /** Neither a race nor a wait for one. */
  #stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#race?.close(new Error("not needed any more"));
    this.#race = null;
  }

  #end(): void {
    this.#stop();
    void this.#listener.then((listener) => listener?.close());
  }

  async #listen(): Promise<Listener | null> {
    const { listen, platform } = this.#options;
    if (!listen || !platform.network?.listen) return null;
    try {
      return await platform.network.listen((connection) => this.#accepted(connection));
    } catch {
      // A machine where that is forbidden can still dial.
      return null;
    }
  }

  #accepted(connection: Connection): void {
    this.#visitor = connection;
    this.#connector.post({ on: "visitor" });
    this.#visitor = null;
  }
}
