/** The driver of a race: it turns effects into attempts and timers, and their results into events. */
import { Runner, type Unexpected } from "../../base/machine.ts";
import { Once } from "../../base/once.ts";
import { TransitError } from "../../errors.ts";
import type { Timer } from "../../net/clock.ts";
import type { Connection } from "../../net/connection.ts";
import type { Platform } from "../../platform/platform.ts";
import type { Endpoint } from "../hints.ts";
import type { TransitRole } from "../keys.ts";
import { ATTEMPT_DEADLINE_MS } from "../limits.ts";
import { Attempt } from "./attempt.ts";
import { type Candidate, inboundCandidate, type OutboundCandidate, outboundCandidates } from "./candidates.ts";
import type { HandshakeProtocol, Won } from "./handshake-protocol.ts";
import { awaitStart, type RaceEvent, type RaceState, race } from "./race.ts";
import type { RaceEffect, RaceTimer } from "./race-state.ts";
import type { Ways } from "./usable.ts";
import type { RaceWatch } from "./watch.ts";

/** The maximum number of failures that an error message lists. More would not help the reader. */
const MAX_REASONS = 8;

/** Options that a race has from its beginning. */
export interface RaceOptions {
  readonly role: TransitRole;
  readonly platform: Platform;
  /** This side's own relays. */
  readonly relays: readonly Endpoint[];
  /** Time for each step of a candidate that this side dials. Default {@link ATTEMPT_DEADLINE_MS}. */
  readonly attemptDeadlineMs?: number;
  /** Called after each step. */
  readonly watch?: RaceWatch | undefined;
}

/** Options that a race gets at its start. */
export interface StartOptions<S extends { at: string }, R> {
  readonly protocol: HandshakeProtocol<S>;
  /** Turns the chosen connection into the result of the race. Called once, while `won.rest` is valid. */
  readonly onWon: (won: Won<S>) => R;
}

/** One race. Its result is made by {@link StartOptions.onWon}. */
export class RaceDriver<S extends { at: string }, R> {
  readonly #role: TransitRole;
  readonly #platform: Platform;
  readonly #attemptDeadlineMs: number;
  readonly #attempts = new Map<number, Attempt<S>>();
  readonly #timers = new Map<RaceTimer, Timer>();
  readonly #result = new Once<R>();
  readonly #race: Runner<RaceState, RaceEvent, RaceEffect, Unexpected>;
  #started: StartOptions<S, R> | null = null;
  #lastId = 0;

  constructor({ role, platform, relays, attemptDeadlineMs = ATTEMPT_DEADLINE_MS, watch }: RaceOptions) {
    this.#role = role;
    this.#platform = platform;
    this.#attemptDeadlineMs = attemptDeadlineMs;
    this.#race = new Runner(race, awaitStart(role, this.#candidates({ direct: [], relays })), {
      perform: (effect) => this.#perform(effect),
      stepped: watch,
      unexpected: () => this.close(new TransitError("The race for a connection received an unexpected event.")),
    });
  }

  /** Adds endpoints from the hints of the peer. */
  hinted(ways: Ways): void {
    this.#post({ on: "hints", candidates: this.#candidates(ways) });
  }

  /** Adds a connection that was accepted. */
  accepted(connection: Connection): void {
    const candidate = inboundCandidate(this.#nextId(), connection.description);
    this.#attempts.set(candidate.id, this.#attempt(candidate, connection));
    this.#post({ on: "accepted", candidate });
  }

  /**
   * Starts the race, once. `listening` says whether the peer can dial this side.
   * @throws {TransitError} if no connection can be made; @throws the reason of {@link close}
   */
  start(options: StartOptions<S, R>, listening: boolean): Promise<R> {
    if (this.#started === null) {
      this.#started = options;
      this.#post({ on: "start", listening });
    }
    return this.#result.promise;
  }

  /** Drops everything except a connection that was won. */
  close(reason: unknown): void {
    this.#post({ on: "close" });
    this.#result.reject(reason);
  }

  #post(event: RaceEvent): void {
    this.#race.post(event);
    if (event.on === "failed") this.#attempts.delete(event.id);
    if (this.#race.state.at === "over") this.#cancelTimers();
  }

  #perform(effect: RaceEffect): void {
    switch (effect.do) {
      case "dial":
        this.#dial(effect.candidate);
        break;
      case "handshake":
        if (this.#started !== null) this.#attempts.get(effect.id)?.shakeHands(this.#started.protocol);
        break;
      case "drop":
        this.#attempts.get(effect.id)?.drop();
        this.#attempts.delete(effect.id);
        break;
      case "win":
        this.#win(effect.id);
        break;
      case "lose":
        this.#result.reject(lost(effect.failures));
        break;
      case "timer":
        this.#setTimer(effect.name, effect.after);
        break;
    }
  }

  #dial(candidate: OutboundCandidate): void {
    const { network } = this.#platform;
    if (network === undefined || this.#started === null) return;
    const attempt = this.#attempt(candidate);
    this.#attempts.set(candidate.id, attempt);
    void attempt.dial(candidate, network, this.#started.protocol);
  }

  #win(id: number): void {
    const attempt = this.#attempts.get(id);
    this.#attempts.delete(id);
    if (this.#role === "sender") attempt?.choose();
    const won = attempt?.handOver();
    if (won && this.#started) this.#result.resolve(this.#started.onWon(won));
  }

  #attempt(candidate: Candidate, connection: Connection | null = null): Attempt<S> {
    const { clock, random } = this.#platform;
    const report = (event: RaceEvent) => this.#post(event);
    return new Attempt(candidate, { clock, random, deadlineMs: this.#attemptDeadlineMs, report }, connection);
  }

  #candidates(ways: Ways): OutboundCandidate[] {
    return outboundCandidates(ways, () => this.#nextId());
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

  #cancelTimers(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }
}

function lost(failures: readonly string[]): TransitError {
  const tried = failures.length > 0 ? failures.slice(0, MAX_REASONS).join("; ") : "there was no address to try";
  return new TransitError(`No connection to the other side could be made: ${tried}.`);
}
