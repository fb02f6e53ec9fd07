import { Runner, type Unexpected } from "../../base/machine.ts";
import { Once } from "../../base/once.ts";
import { TransitError } from "../../errors.ts";
import type { Timer } from "../../net/clock.ts";
import type { Connection } from "../../net/connection.ts";
import type { Platform } from "../../platform/platform.ts";
import type { Endpoint } from "../hints.ts";
import type { Role } from "../keys.ts";
import { ATTEMPT_DEADLINE } from "../limits.ts";
import { Attempt } from "./attempt.ts";
import type { Candidate, Dialled } from "./candidates.ts";
import { awaitStart, type RaceEvent, type RaceState, race } from "./race.ts";
import type { RaceEffect, RaceTimer } from "./race-state.ts";
import type { Talk, Won } from "./talk.ts";
import type { RaceWatch } from "./watch.ts";

/** More reasons than these would not help anybody. */
const MAX_REASONS = 8;

export interface RaceOptions {
  readonly role: Role;
  readonly platform: Platform;
  /** Our own. */
  readonly relays: readonly Endpoint[];
  /** For each step of a candidate that we dial, milliseconds. Default {@link ATTEMPT_DEADLINE}. */
  readonly deadline?: number;
  /** Sees every step from outside. */
  readonly watch?: RaceWatch | undefined;
}

/** What a race is about, from its start on. */
export interface Prize<S extends { at: string }, P> {
  readonly talk: Talk<S>;
  /** Makes of the connection what the race was for, at once. */
  readonly take: (won: Won<S>) => P;
}

/** Runs a race: turns its effects into connections and timers, and what becomes of them into events. */
export class RaceDriver<S extends { at: string }, P> {
  readonly #role: Role;
  readonly #platform: Platform;
  readonly #deadline: number;
  readonly #attempts = new Map<number, Attempt<S>>();
  readonly #timers = new Map<RaceTimer, Timer>();
  readonly #outcome = new Once<P>();
  readonly #race: Runner<RaceState, RaceEvent, RaceEffect, Unexpected>;
  #prize: Prize<S, P> | null = null;
  #lastId = 0;

  constructor({ role, platform, relays, deadline = ATTEMPT_DEADLINE, watch }: RaceOptions) {
    this.#role = role;
    this.#platform = platform;
    this.#deadline = deadline;
    this.#race = new Runner(race, awaitStart(role, this.#candidates("relay", relays)), {
      perform: (effect) => this.#perform(effect),
      stepped: watch,
      unexpected: () => this.close(new TransitError("The race for a connection got out of order.")),
    });
  }

  /** Endpoints that the other side has named. */
  hinted(direct: readonly Endpoint[], relays: readonly Endpoint[]): void {
    this.#post({
      on: "hints",
      candidates: [...this.#candidates("direct", direct), ...this.#candidates("relay", relays)],
    });
  }

  /** Somebody has dialled us. */
  accepted(connection: Connection): void {
    const candidate = { id: this.#nextId(), kind: "inbound", from: connection.description } as const;
    this.#attempts.set(candidate.id, this.#attempt(candidate, connection));
    this.#post({ on: "accepted", candidate });
  }

  /** Starts the race, once. Rejects with a {@link TransitError} when it is lost, or with the reason of {@link close}. */
  start(prize: Prize<S, P>, listening: boolean): Promise<P> {
    if (this.#prize === null) {
      this.#prize = prize;
      this.#post({ on: "start", listening });
    }
    return this.#outcome.promise;
  }

  /** Drops everything but a connection that was won. */
  close(reason: unknown): void {
    this.#post({ on: "close" });
    this.#outcome.reject(reason);
  }

  #post(event: RaceEvent): void {
    this.#race.post(event);
    if (event.on === "failed") this.#attempts.delete(event.id);
    if (this.#race.state.at === "over") this.#stopClocks();
  }

  #perform(effect: RaceEffect): void {
    switch (effect.do) {
      case "dial":
        this.#dial(effect.candidate);
        break;
      case "talk":
        if (this.#prize !== null) this.#attempts.get(effect.id)?.talk(this.#prize.talk);
        break;
      case "drop":
        this.#attempts.get(effect.id)?.drop();
        this.#attempts.delete(effect.id);
        break;
      case "win":
        this.#win(effect.id);
        break;
      case "lose":
        this.#outcome.reject(lost(effect.failures));
        break;
      case "timer":
        this.#setTimer(effect.name, effect.after);
        break;
    }
  }

  #dial(candidate: Dialled): void {
    const { network } = this.#platform;
    if (network === undefined || this.#prize === null) return;
    const attempt = this.#attempt(candidate);
    this.#attempts.set(candidate.id, attempt);
    void attempt.dial(network, candidate.endpoint, this.#prize.talk);
  }

  #win(id: number): void {
    const attempt = this.#attempts.get(id);
    this.#attempts.delete(id);
    if (this.#role === "sender") attempt?.choose();
    const won = attempt?.handOver();
    if (won && this.#prize) this.#outcome.resolve(this.#prize.take(won));
  }

  #attempt(candidate: Candidate, connection: Connection | null = null): Attempt<S> {
    const { clock, random } = this.#platform;
    const report = (event: RaceEvent) => this.#post(event);
    return new Attempt(candidate, { clock, random, deadline: this.#deadline, report }, connection);
  }

  #candidates(kind: "direct" | "relay", endpoints: readonly Endpoint[]): Dialled[] {
    return endpoints.map((endpoint) => ({ id: this.#nextId(), kind, endpoint }));
  }

  #nextId(): number {
    this.#lastId++;
    return this.#lastId;
  }

  #setTimer(name: RaceTimer, after: number): void {
    this.#timers.get(name)?.cancel();
    this.#timers.set(
      name,
      this.#platform.clock.after(after, () => this.#post({ on: name })),
    );
  }

  #stopClocks(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }
}

function lost(failures: readonly string[]): TransitError {
  const tried = failures.length > 0 ? failures.slice(0, MAX_REASONS).join("; ") : "there was no address to try";
  return new TransitError(`No connection to the other side came about: ${tried}.`);
}
